"""What sockets may hear of a person: what concerns them alone, and nobody else."""

from typing import Any

from core.realtime import TopicKind, register_topic


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("user", TopicKind(is_own))


def is_own(user: Any, public_id: str) -> bool:
    """Whether the topic is that of ``user``."""
    return bool(user.is_authenticated and str(user.public_id) == public_id)
