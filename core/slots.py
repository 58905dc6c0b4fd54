"""Places where a higher app shows itself on a lower app's page.

A slot is a typed registry. Apps fill slots in ``AppConfig.ready``; pages read them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from django.db.models import QuerySet
from django.utils.functional import Promise

T = TypeVar("T")


class Slot(Generic[T]):
    """Named entries in the order of their ``order`` and then of registration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, tuple[int, T]] = {}

    def register(self, key: str, entry: T, *, order: int = 100) -> T:
        if key in self._entries:
            raise ValueError(f"{self.name}: {key!r} is registered twice")
        self._entries[key] = (order, entry)
        return entry

    def get(self, key: str) -> T | None:
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def __getitem__(self, key: str) -> T:
        return self._entries[key][1]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(entry for _, entry in sorted(self._entries.values(), key=lambda pair: pair[0]))

    def items(self) -> list[tuple[str, T]]:
        ordered = sorted(self._entries.items(), key=lambda pair: pair[1][0])
        return [(key, entry) for key, (_, entry) in ordered]

    def keys(self) -> list[str]:
        return [key for key, _ in self.items()]


@runtime_checkable
class BlockKind(Protocol):
    """What a kind of block must be able to do. One that lacks any of it cannot register."""

    @property
    def label(self) -> str | Promise: ...

    @property
    def icon(self) -> str: ...

    @property
    def template(self) -> str: ...

    def context(self, blocks: list[Any], user: Any) -> dict[int, dict[str, Any]]:
        """Template variables by block id, for all blocks of this kind on a page, in few queries.

        ``block.shown`` is the revision that this reader sees; ``block.section.item`` is at hand.
        """

    def validate(self, data: dict[str, Any], text: str) -> list[str]:
        """What is wrong with settings (as ``load`` takes them) and text, in the author's words.

        Nothing is stored yet. A sentence that puts a setting's name in “quotes” is shown at that setting.
        """

    def copy(self, block: Any, copied: Any, ids: dict[str, str]) -> None:
        """Carry what hangs on a block over to its copy; ``ids`` maps old public ids to new ones."""

    def export(self, block: Any, revision: Any) -> tuple[dict[str, Any], str]:
        """Settings and text in the folder format, files named as ``file:<public id>``.

        Always the same for the same content, in one order and without settings that say nothing: exports
        are compared, byte by byte, and this is how an import knows that a block has not changed. Every file
        that the block refers to appears in what is returned: usages are made from it.
        """

    def load(self, block: Any, settings: dict[str, Any], text: str, actor: Any) -> tuple[dict[str, Any], str]:
        """Inverse of ``export``: store what hangs on the block, return its data and text.

        Called inside a transaction, after ``validate`` found nothing, for a new block and for one whose export
        differs from ``settings`` and ``text``. The caller then makes the new revision.
        """

    def check(self, block: Any, revision: Any) -> list[str]:
        """What a careful author would mend: a missing alternative text, captions, a right answer.

        Sentences; a ``core.findings.Finding`` says besides what it is about and how bad it is.
        """

    def render(self, text: str) -> str:
        """Safe HTML for the block's text, made once when a draft is written.

        References to files stay ``file:<public id>``, those to parts of the course ``part:<id>``: who shows it
        resolves them.
        """

    def search_text(self, block: Any, revision: Any) -> str:
        """Plain words to find the block by; never a key to a question."""

    def open_work(self, item_ids: list[int], user_ids: list[int]) -> set[tuple[int, int]]:
        """(user id, item id) pairs that still have something to answer here.

        Blocks in the bin, and blocks that students do not see yet, ask for nothing.
        """

    def points(self, blocks: list[Any]) -> dict[int, Decimal]:
        """The most that can be had, by block id, for those blocks that score; of their published texts, in few queries."""

    def bin(self, blocks: list[Any]) -> None:
        """Blocks went to the bin."""

    def restore(self, blocks: list[Any]) -> None:
        """Blocks came back from the bin."""


@runtime_checkable
class ItemKind(Protocol):
    """What a kind of course item must be able to do."""

    @property
    def label(self) -> str | Promise: ...

    @property
    def icon(self) -> str: ...

    def url(self, item: Any) -> str:
        """Where the item opens."""


@dataclass(frozen=True)
class CourseTab:
    """A page of a course; ``permission`` is asked with the course."""

    label: str | Promise
    url_name: str
    permission: str
    key: str


@dataclass(frozen=True)
class DashboardCard:
    """A part of the home page: ``build`` gives template variables, or None to stay away."""

    template: str
    build: Callable[[Any], dict[str, Any] | None]
    aside: bool = False


@dataclass(frozen=True)
class ProfilePart:
    """A part of the page about oneself: ``build`` gives template variables for the person."""

    template: str
    build: Callable[[Any], dict[str, Any]]


@runtime_checkable
class InvitationTarget(Protocol):
    """What an invitation may bring besides an account: a place in a course. Most invitations bring none of a kind."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Relations of an invitation that ``describe`` follows, for lists to read along."""

    def describe(self, invitation: Any) -> str:
        """What it brings, for the invited person; empty if nothing."""

    def address(self, invitation: Any) -> str:
        """Where who has taken it goes; empty if nowhere."""

    def problem(self, invitation: Any) -> str:
        """Why it cannot be had at the moment, with what to do; empty if it can."""

    def take(self, invitation: Any, person: Any) -> str:
        """Give it to ``person``, in the caller's transaction; returns ``address``. Raises ``DomainError``."""


@dataclass(frozen=True)
class PersonPart:
    """A part of a person's page for those who look after people: a template and, given who looks and the person,
    its variables; None leaves the part out."""

    template: str
    build: Callable[[Any, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class PeopleFilter:
    """A filter of the list of people. ``ids``: given who looks and what was typed, ids of the people it leaves."""

    label: str | Promise
    hint: str | Promise
    ids: "Callable[[Any, str], QuerySet[Any, Any]]"


@runtime_checkable
class PeopleColumns(Protocol):
    """Columns of a table of people that a higher app understands: a course to enrol in. ``values`` holds its own fields."""

    @property
    def labels(self) -> dict[str, str | Promise]:
        """What each field is called."""

    @property
    def synonyms(self) -> dict[str, str]:
        """By field: headings that mean it, words joined by "_", parted by blanks."""

    def problem(self, actor: Any, values: dict[str, str], known: dict[Any, Any]) -> tuple[str, str] | None:
        """Field and sentence if ``actor`` cannot give this; ``known`` is kept from row to row, for few queries."""

    def changes(self, person: Any, values: dict[str, str], known: dict[Any, Any]) -> bool:
        """Whether ``person`` has it not yet."""

    def take(self, actor: Any, person: Any, values: dict[str, str], known: dict[Any, Any]) -> None:
        """Give it, in the caller's transaction. Raises ``DomainError``."""


@runtime_checkable
class AccommodationCourses(Protocol):
    """Courses that an accommodation may be for. Courses are numbers here; pages and API name them by their address."""

    def looked_after(self, user: Any) -> "QuerySet[Any, Any]":
        """Ids of the courses whose students' accommodations ``user`` looks after."""

    def students(self, user: Any) -> "QuerySet[Any, Any]":
        """Ids of the students of those courses."""

    def of_person(self, viewer: Any, person: Any) -> dict[int, tuple[str, str]]:
        """Address and title by id: the courses in which ``person`` is a student and that ``viewer`` looks after."""

    def named(self, ids: set[int]) -> dict[int, tuple[str, str]]:
        """Address and title by id."""


class SocketPass(Protocol):
    """What a one-time ticket of a program stands for."""

    @property
    def user(self) -> Any: ...

    def holds(self) -> bool:
        """Whether what the ticket was given for is still open; asked from time to time while the socket is."""


class Erase(StrEnum):
    """What becomes of a person's rows when the person is erased."""

    KEEP = "keep"
    CLEAR = "clear"
    DELETE = "delete"


@dataclass(frozen=True)
class PersonalTable:
    """A table that speaks of people: what an export tells of it, and what erasing somebody does to it.

    ``person`` is the lookup from a row to its person. An export has the rows in a file named ``area``, each with
    ``fields`` (name in the file → lookup, in order); without an area ``not_exported`` says why. Rows that erasing keeps
    say why in ``kept``; of those that it clears, ``cleared`` fields get these values.
    """

    model: str
    person: str
    area: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    not_exported: str = ""
    erase: Erase = Erase.KEEP
    cleared: Mapping[str, Any] = field(default_factory=dict)
    kept: str = ""

    def __post_init__(self) -> None:
        if bool(self.area) == bool(self.not_exported) or bool(self.area) != bool(self.fields):
            raise ValueError(f"{self.model}.{self.person}: either an area with fields, or why it is not exported")
        if (self.erase == Erase.KEEP) != bool(self.kept) or (self.erase == Erase.CLEAR) != bool(self.cleared):
            raise ValueError(f"{self.model}.{self.person}: say what erasing does, and if it keeps the rows, why")


@dataclass(frozen=True)
class UploadPurpose:
    """What people upload files for, in parts: endings of names that are taken (all that are kept here, without any), and
    who may."""

    endings: tuple[str, ...] = ()
    permission: str = ""


@dataclass(frozen=True)
class PersonalFile:
    """Bytes of a person's that an export takes along: the name they get there, and where they lie."""

    name: str
    path: Path


@dataclass(frozen=True)
class PersonalStep:
    """What erasing does beside the tables: ``run`` is given the person and may be run again, as if for the first time.

    ``covers`` names the tables it sees to, as ``app.Model.field``, that no foreign key leads from.
    """

    run: Callable[[Any], None]
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Obstacle:
    """What must be put in order before somebody can be erased, and where."""

    sentence: str
    url: str


@runtime_checkable
class ErasureObstacle(Protocol):
    """Something of an app's that only the person can look after at the moment."""

    def people(self) -> "QuerySet[Any, Any]":
        """Ids of those it holds back."""

    def of(self, person: Any) -> list[Obstacle]:
        """What holds ``person`` back; empty if nothing does."""


@dataclass(frozen=True)
class RetentionKind:
    """A kind of data that is let go of after some days.

    ``count`` and ``run`` are given the same moment and speak of the same rows: those from before it. ``days`` is the
    rule where administrators made none; None keeps them. ``does`` says what happens to them.
    """

    label: str | Promise
    does: str | Promise
    days: int | None
    count: Callable[[datetime], int]
    run: Callable[[datetime], int]
    least: int = 1
    # Whether it may be kept for good.
    keepable: bool = True


@dataclass(frozen=True)
class ReadAlong:
    """What every page shows of its reader, read by the question that asks who they are.

    ``rows``: given the number of the person as an expression, the rows as a column. ``keep``: puts them on the person.
    """

    rows: Callable[[Any], Any]
    keep: Callable[[Any, list[Any]], None]


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
# Given a user, a queryset of one column: ids of the owners (or people) that the user may see.
IdsVisibleTo = Callable[[Any], "QuerySet[Any, Any]"]
# Given who fetches a file and the id of the owner it is of: write down that they did.
NoteFetch = Callable[[Any, int], None]


@dataclass(frozen=True)
class HealthReport:
    """``blocks`` tells whether the site must take no visitors while the check fails."""

    ok: bool
    detail: str
    hint: str = ""
    blocks: bool = True


@dataclass(frozen=True)
class HealthCheck:
    """Something that the site needs: what it is called, and a look at it."""

    label: str | Promise
    run: Callable[[], HealthReport]


BLOCK_KINDS: Slot[BlockKind] = Slot("BLOCK_KINDS")
ITEM_KINDS: Slot[ItemKind] = Slot("ITEM_KINDS")
COURSE_TABS: Slot[CourseTab] = Slot("COURSE_TABS")
DASHBOARD_CARDS: Slot[DashboardCard] = Slot("DASHBOARD_CARDS")
FILE_ACCESS: Slot[IdsVisibleTo] = Slot("FILE_ACCESS")
# By kind of owner, as in ``FILE_ACCESS``: files that nobody fetches without it being written down.
FETCHES_NOTED: Slot[NoteFetch] = Slot("FETCHES_NOTED")
PERSON_ACCESS: Slot[IdsVisibleTo] = Slot("PERSON_ACCESS")
PROFILE_PARTS: Slot[ProfilePart] = Slot("PROFILE_PARTS")
PERSON_PARTS: Slot[PersonPart] = Slot("PERSON_PARTS")
PEOPLE_FILTERS: Slot[PeopleFilter] = Slot("PEOPLE_FILTERS")
PEOPLE_COLUMNS: Slot[PeopleColumns] = Slot("PEOPLE_COLUMNS")
INVITATION_TARGETS: Slot[InvitationTarget] = Slot("INVITATION_TARGETS")
ACCOMMODATION_COURSES: Slot[AccommodationCourses] = Slot("ACCOMMODATION_COURSES")
SOCKET_TICKETS: Slot[SocketTickets] = Slot("SOCKET_TICKETS")
HEALTH_CHECKS: Slot[HealthCheck] = Slot("HEALTH_CHECKS")
PERSONAL_TABLES: Slot[PersonalTable] = Slot("PERSONAL_TABLES")
PERSONAL_FILES: Slot[Callable[[Any], Iterable[PersonalFile]]] = Slot("PERSONAL_FILES")
# In their order; the account's own comes last, since the others may ask it for name and address.
PERSONAL_STEPS: Slot[PersonalStep] = Slot("PERSONAL_STEPS")
ERASURE_OBSTACLES: Slot[ErasureObstacle] = Slot("ERASURE_OBSTACLES")
RETENTION: Slot[RetentionKind] = Slot("RETENTION")
# By the kind of thread ("announcement"): what people are told about, for the report of how that went.
SENT_THINGS: Slot[SentThings] = Slot("SENT_THINGS")
SEEN: Slot[NoteSeen] = Slot("SEEN")
UPLOAD_PURPOSES: Slot[UploadPurpose] = Slot("UPLOAD_PURPOSES")
READ_ALONG: Slot[ReadAlong] = Slot("READ_ALONG")
# By the name of the address; for forms that no class of forms describes.
SENT_WORDS: Slot[SentWords] = Slot("SENT_WORDS")


def register_block_kind(key: str, kind: BlockKind, *, order: int = 100) -> None:
    """Register a kind of block, refusing one that cannot do all that a block must do."""
    if not isinstance(kind, BlockKind):
        wanted = {*BlockKind.__annotations__, *(name for name in vars(BlockKind) if not name.startswith("_"))}
        missing = [name for name in wanted if not hasattr(kind, name)]
        raise TypeError(f"block kind {key!r} lacks {', '.join(sorted(missing))}")
    BLOCK_KINDS.register(key, kind, order=order)


def columns(names: str = "", **lookups: str) -> dict[str, str]:
    """Fields of a ``PersonalTable``: first those that are called in an export what they are called here, parted by
    blanks, then name in the file → lookup."""
    return {name: name for name in names.split()} | lookups


def register_personal_tables(*tables: PersonalTable) -> None:
    """Say how tables that speak of people are exported and erased; one entry for each way to a person."""
    for table in tables:
        PERSONAL_TABLES.register(f"{table.model}.{table.person.split('__')[0]}", table)
