"""What sockets may hear of courses."""

from typing import Any
from uuid import UUID

from core.realtime import TopicKind, register_topic
from courses.models import ImportRun


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("import", TopicKind(may_see_import))


def may_see_import(user: Any, public_id: str) -> bool:
    """Whether ``user`` may open the import's page."""
    try:
        wanted = UUID(public_id)
    except ValueError:
        return False
    return bool(user.is_authenticated and ImportRun.objects.visible_to(user).filter(public_id=wanted).exists())
