"""The rail: where a person can go, and their courses."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.roles import SiteCapability
from courses.selectors import rail_courses


@dataclass(frozen=True)
class Entry:
    key: str
    label: str
    url: str
    icon: str
    count: int = 0


@dataclass(frozen=True)
class CourseEntry:
    label: str
    url: str
    ground: str


@dataclass(frozen=True)
class Person:
    name: str
    initials: str
    hue: int
    url: str
    picture: str = ""


@dataclass(frozen=True)
class Navigation:
    items: list[Entry]
    courses_title: str = ""
    courses: list[CourseEntry] = field(default_factory=list)
    person: Person | None = None


def build_navigation(request: HttpRequest) -> Navigation:
    """One rail for one person, whatever roles they have; a visitor gets the catalogue."""
    user = request.user
    catalogue = Entry("courses", _("Courses"), reverse("courses:catalogue"), "library-big")
    if not user.is_authenticated:
        return Navigation(items=[catalogue])
    items = [Entry("home", _("Home"), reverse("home"), "house"), catalogue]
    taught, courses = rail_courses(user)
    if taught or user.can(SiteCapability.CREATE_COURSES):
        items.append(Entry("teaching", _("Teaching"), reverse("courses:teaching"), "square-pen"))
    items.append(Entry("files", _("Files"), reverse("files:home"), "folder"))
    if user.has_perm("accounts.list_users"):
        items.append(Entry("people", _("People"), reverse("accounts:people"), "users"))
    if user.can(SiteCapability.RUN_SITE):
        items.append(Entry("operations", _("Operations"), reverse("operations"), "activity"))
    entries = [CourseEntry(f"{c.code} · {c.title}", c.get_absolute_url(), c.ground) for c in courses]
    return Navigation(
        items=items,
        courses_title=_("My courses"),
        courses=entries,
        person=Person(str(user), user.initials, user.hue, reverse("accounts:profile"), user.picture),
    )
