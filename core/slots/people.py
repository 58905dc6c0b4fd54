"""Looking after people: lists, tables, invitations and accommodations that speak of what higher apps have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from django.db.models import QuerySet
from django.utils.functional import Promise

from core.slots.base import IdsVisibleTo, Slot


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


# All ``core.prepared.preparable``: pictures of people are asked for by them.
PERSON_ACCESS: Slot[IdsVisibleTo] = Slot("PERSON_ACCESS")
PEOPLE_FILTERS: Slot[PeopleFilter] = Slot("PEOPLE_FILTERS")
PEOPLE_COLUMNS: Slot[PeopleColumns] = Slot("PEOPLE_COLUMNS")
INVITATION_TARGETS: Slot[InvitationTarget] = Slot("INVITATION_TARGETS")
ACCOMMODATION_COURSES: Slot[AccommodationCourses] = Slot("ACCOMMODATION_COURSES")
