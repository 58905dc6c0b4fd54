"""What sockets may hear of people: what concerns oneself alone, and how work on tables of them goes on."""

from typing import Any

from accounts.models import PeopleAction, PeopleImport
from core.realtime import TopicKind, register_topic, topic_of_rows


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("user", TopicKind(is_own))
    register_topic("people_table", topic_of_rows(lambda: PeopleImport.objects))
    register_topic("people_action", topic_of_rows(lambda: PeopleAction.objects))


def is_own(user: Any, public_id: str) -> bool:
    """Whether the topic is that of ``user``."""
    return bool(user.is_authenticated and str(user.public_id) == public_id)
