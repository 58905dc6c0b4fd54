"""Personal data: how it is exported, erased and let go of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, Protocol, runtime_checkable

from django.db.models import QuerySet
from django.utils.functional import Promise

from core.slots.base import Slot


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
class PersonalFile:
    """Bytes of a person's that an export takes along: the name they get there, and what opens them.

    ``opened`` raises ``FileNotFoundError`` for bytes that are lost.
    """

    name: str
    opened: Callable[[], BinaryIO]


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


PERSONAL_TABLES: Slot[PersonalTable] = Slot("PERSONAL_TABLES")
PERSONAL_FILES: Slot[Callable[[Any], Iterable[PersonalFile]]] = Slot("PERSONAL_FILES")
# In their order; the account's own comes last, since the others may ask it for name and address.
PERSONAL_STEPS: Slot[PersonalStep] = Slot("PERSONAL_STEPS")
ERASURE_OBSTACLES: Slot[ErasureObstacle] = Slot("ERASURE_OBSTACLES")
RETENTION: Slot[RetentionKind] = Slot("RETENTION")


def columns(names: str = "", **lookups: str) -> dict[str, str]:
    """Fields of a ``PersonalTable``: first those that are called in an export what they are called here, parted by
    blanks, then name in the file → lookup."""
    return {name: name for name in names.split()} | lookups


def register_personal_tables(*tables: PersonalTable) -> None:
    """Say how tables that speak of people are exported and erased; one entry for each way to a person."""
    for table in tables:
        PERSONAL_TABLES.register(f"{table.model}.{table.person.split('__')[0]}", table)
