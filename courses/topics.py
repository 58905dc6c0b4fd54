"""What sockets may hear of courses."""

from core.realtime import register_topic, topic_of_rows
from courses.models import ExportRun, ImportRun


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("import", topic_of_rows(lambda: ImportRun.objects))
    register_topic("export", topic_of_rows(lambda: ExportRun.objects))
