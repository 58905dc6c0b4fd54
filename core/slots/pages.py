"""Parts of pages that several apps fill: of a course, the home page, the profile, a person's page; and what each page reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from core.slots.base import Slot


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


@dataclass(frozen=True)
class PersonPart:
    """A part of a person's page for those who look after people: a template and, given who looks and the person,
    its variables; None leaves the part out."""

    template: str
    build: Callable[[Any, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class ReadAlong:
    """What every page shows of its reader, read by the question that asks who they are.

    ``rows``: given the number of the person as an expression, the rows as a column. ``keep``: puts them on the person.
    """

    rows: Callable[[Any], Any]
    keep: Callable[[Any, list[Any]], None]


COURSE_TABS: Slot[CourseTab] = Slot("COURSE_TABS")
DASHBOARD_CARDS: Slot[DashboardCard] = Slot("DASHBOARD_CARDS")
PROFILE_PARTS: Slot[ProfilePart] = Slot("PROFILE_PARTS")
PERSON_PARTS: Slot[PersonPart] = Slot("PERSON_PARTS")
READ_ALONG: Slot[ReadAlong] = Slot("READ_ALONG")
