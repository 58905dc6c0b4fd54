"""What a kind of notification is: from an event to words. Apps' kinds stand in the files beside this one."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core.events import Event, event_name
from core.slots import Slot
from notifications.enums import Category


@dataclass(frozen=True)
class Facts:
    """What a notification keeps of an event: where it leads, what it is about, values for its words.

    ``group``: what comes together in one notification while it is unread, which then leads to ``many_url`` and is
    about ``many_thread``; empty stands alone.
    """

    url: str
    thread: str = ""
    course_id: int | None = None
    group: str = ""
    many_url: str = ""
    many_thread: str = ""
    # By mail or push it is not told.
    only_in_app: bool = False
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Words:
    """A notification as its reader sees it: a sentence, and a line below it that may be empty."""

    title: str
    about: str = ""


@dataclass(frozen=True)
class Kind:
    """``facts``: what is kept of an event; None if there is nothing to tell any more. ``people``: ids of those whom it
    concerns and who may see it now. ``words``: given the values, how many there are, and the name of who did it.

    ``tells_actor``: also who did it is told. ``mailed_elsewhere``: a mail about it goes out anyway. ``letter``: the
    template of a mail about this one thing alone, and ``letter_context`` what stands in it.
    """

    category: Category
    icon: str
    event: type[Event]
    facts: Callable[[Any], Facts | None]
    people: Callable[[Any], "QuerySet[Any, Any]"]
    words: Callable[[Mapping[str, Any], int, str], Words]
    tells_actor: bool = False
    mailed_elsewhere: bool = False
    # A lock screen shows the title alone.
    is_private: bool = False
    # Only those who are in the course at the time of sending are told.
    for_members: bool = False
    # Given threads of deliveries that are due, those whose thing is still there for its readers.
    standing: Callable[[Collection[str]], set[str]] | None = None
    letter: str = ""
    letter_context: Callable[[Any, Mapping[str, Any]], dict[str, Any] | None] | None = None


KINDS: Slot[Kind] = Slot("KINDS")


def register_kind(key: str, kind: Kind) -> None:
    """Called once for each kind."""
    KINDS.register(key, kind)


def kinds_of(name: str) -> list[tuple[str, Kind]]:
    """The kinds that tell of events of that name."""
    return [(key, kind) for key, kind in KINDS.items() if event_name(kind.event) == name]
