"""Kinds of topics. An app registers its own, with the question whether somebody may listen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.slots import Slot

# What a topic is called: its kind, then what it is about.
NAME = re.compile(r"([a-z][a-z_]{0,29})\.([A-Za-z0-9-]{1,48})")


@dataclass(frozen=True)
class TopicKind:
    """``may_listen``: given who asks and what stands behind the kind in the name. Absent things are answered as those of
    others are: no. ``has_presence``: who listens may be told who else is there."""

    may_listen: Callable[[Any, str], bool]
    has_presence: bool = False


TOPICS: Slot[TopicKind] = Slot("TOPICS")


def register_topic(kind: str, topic: TopicKind) -> None:
    """Called once by the app whose topics these are."""
    TOPICS.register(kind, topic)


def topic_of_rows(rows: Callable[[], Any], *, permission: str = "", has_presence: bool = False) -> TopicKind:
    """The kind of topics that are each about one row: whoever may see the row may listen, and has ``permission`` for it.

    ``rows`` gives a manager with ``visible_to``; the row's public id stands in the name.
    """

    def may_see(user: Any, public_id: str) -> bool:
        try:
            wanted = UUID(public_id)
        except ValueError:
            return False
        if not user.is_authenticated:
            return False
        seen = rows().visible_to(user).filter(public_id=wanted)
        if not permission:
            return bool(seen.exists())
        row = seen.first()
        return row is not None and bool(user.has_perm(permission, row))

    return TopicKind(may_see, has_presence)


def own_topic(user: Any) -> str:
    """Where what concerns ``user`` alone is said, the end of a sign-in among it."""
    return f"user.{user.public_id}"


def personal_topic() -> TopicKind:
    """The kind of topics that each are for one person, whose public id stands in the name."""
    return TopicKind(lambda user, public_id: bool(user.is_authenticated and str(user.public_id) == public_id))


def may_listen(user: Any, name: str) -> bool:
    """Whether ``user`` may hear what is said about the topic; no for names that nobody knows."""
    found = NAME.fullmatch(name)
    kind = TOPICS.get(found[1]) if found else None
    return bool(found and kind and kind.may_listen(user, found[2]))


def has_presence(name: str) -> bool:
    """Whether it is told who is at the topic."""
    found = NAME.fullmatch(name)
    kind = TOPICS.get(found[1]) if found else None
    return kind is not None and kind.has_presence
