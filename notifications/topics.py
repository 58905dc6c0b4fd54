"""What sockets may hear of notifications: that one's own have changed."""

from core.realtime import personal_topic, register_topic


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("notifications", personal_topic())
