"""What reaches people and what they send: sockets, notes, and forms as words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from core.slots.base import Slot


class SocketPass(Protocol):
    """What a one-time ticket of a program stands for."""

    @property
    def user(self) -> Any: ...

    def holds(self) -> bool:
        """Whether what the ticket was given for is still open; asked from time to time while the socket is."""


@dataclass(frozen=True)
class SentThing:
    """Something that was said to many people, as its sender sees it: what it is called, and its page."""

    title: str
    url: str


# Given who asks and the public id: the thing, if they may see how it reached people; None for those of others, too.
SentThings = Callable[[Any, str], SentThing | None]
# Given a request and a thread ("announcement.0190…"): its reader has it before their eyes.
NoteSeen = Callable[[Any, str], None]
# Uses a ticket up and says what it stands for; None if it is none, too old or used.
SocketTickets = Callable[[str], SocketPass | None]
# Given a user, what the address names and what a form had: labels and values for whoever sent it.
SentWords = Callable[[Any, dict[str, Any], Any], list[tuple[str, str]]]

SOCKET_TICKETS: Slot[SocketTickets] = Slot("SOCKET_TICKETS")
# By the kind of thread ("announcement"): what people are told about, for the report of how that went.
SENT_THINGS: Slot[SentThings] = Slot("SENT_THINGS")
SEEN: Slot[NoteSeen] = Slot("SEEN")
# By the name of the address; for forms that no class of forms describes.
SENT_WORDS: Slot[SentWords] = Slot("SENT_WORDS")
