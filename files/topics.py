"""What sockets may hear of uploads: that one's own was checked."""

from core.realtime import register_topic, topic_of_rows
from files.models import Upload


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("upload", topic_of_rows(lambda: Upload.objects))
