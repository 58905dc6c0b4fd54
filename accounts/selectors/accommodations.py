"""What students are given, for whoever asks: quizzes for time, questions for tries, dates for days; and lists of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Accommodation, User
from core.slots import ACCOMMODATION_COURSES


@dataclass(frozen=True)
class Effective:
    """What counts for a student in a course: of each kind the most that any accommodation gives that holds."""

    time_factor: Decimal = Decimal(1)
    extra_attempts: int = 0
    extra_days: int = 0
    break_minutes: int = 0

    @property
    def words(self) -> list[str]:
        """What it gives, as sentences have it: “1.5 times the time”, “2 extra tries”."""
        factor = number_format(self.time_factor.normalize(), use_l10n=True)
        said = {
            _("%(factor)s times the time") % {"factor": factor}: self.time_factor != 1,
            ngettext("%(n)d extra try", "%(n)d extra tries", self.extra_attempts): self.extra_attempts,
            ngettext("%(n)d day longer", "%(n)d days longer", self.extra_days): self.extra_days,
            ngettext("%(n)d minute of breaks", "%(n)d minutes of breaks", self.break_minutes): self.break_minutes,
        }
        return [words % {"n": number} for words, number in said.items() if number]


NONE = Effective()


def effective(user_ids: Collection[int], course_id: int, *, on: date | None = None) -> dict[int, Effective]:
    """What counts in a course for each of the people, in one query; who is given nothing is not in it.

    ``on``: the day, today in the site's zone if left out. Several that hold together do not add up: a student who has
    half as much time again everywhere and twice the time in one course has twice the time there.
    """
    day = on or timezone.localdate(timezone=timezone.get_default_timezone())
    rows = Accommodation.objects.holding(day).in_course(course_id).filter(user_id__in=user_ids).order_by("pk")
    names = ("time_factor", "extra_attempts", "extra_days", "break_minutes")
    found: dict[int, Effective] = {}
    for user_id, *values in rows.values_list("user_id", *names):
        known = found.get(user_id, NONE)
        found[user_id] = Effective(
            *(max(getattr(known, name), value) for name, value in zip(names, values, strict=True))
        )
    return found


def effective_for(user_id: int, course_id: int, *, on: date | None = None) -> Effective:
    """The same for one person."""
    return effective([user_id], course_id, on=on).get(user_id, NONE)


def time_factor(person: User, course: Any, *, on: date | None = None) -> Decimal:
    """By how much a time limit is longer for ``person`` in ``course``; 1 for most. The end of a window moves with it."""
    return effective_for(person.pk, course.pk, on=on).time_factor


def extra_attempts(user_id: int, course_id: int) -> int:
    """How many tries more than others a person has at what limits them."""
    return effective_for(user_id, course_id).extra_attempts


def extended(person: User, course: Any, due: datetime) -> datetime:
    """``due`` as it is for ``person``: so many days later, by the clock of the person's zone."""
    days = effective_for(person.pk, course.pk).extra_days
    # The same time of day where the person is, also across a change of the clock.
    return due.astimezone(person.zone) + timedelta(days=days) if days else due


@dataclass(frozen=True)
class ShownAccommodation:
    """One as ``viewer`` sees it: the note only where they may read it; ``course`` is (address, title) or None for all."""

    row: Accommodation
    course: tuple[str, str] | None
    note: str
    reads: bool
    factor: str
    may_change: bool
    holds: bool


def list_accommodations(viewer: Any, person: User) -> Any:
    """Those of ``person`` that ``viewer`` may see, open ones first, then the latest."""
    rows = Accommodation.objects.visible_to(viewer).filter(user=person).select_related("user", "given_by")
    return rows.order_by("ended_at", "-starts_on", "-pk")


def shown_accommodations(viewer: Any, rows: Collection[Accommodation]) -> list[ShownAccommodation]:
    """Rows that ``viewer`` may see with what they may know of them; as many queries for many as for one."""
    names: dict[int, tuple[str, str]] = {}
    looked_after: set[int] = set()
    ids = {row.course_id for row in rows if row.course_id is not None}
    for courses in ACCOMMODATION_COURSES:
        if ids:
            names |= courses.named(ids)
            looked_after |= set(courses.looked_after(viewer).filter(pk__in=ids))
    all_of_them = viewer.has_perm("accounts.add_user")
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    shown = []
    for row in rows:
        may_change = all_of_them or row.course_id in looked_after
        reads = may_change or row.user_id == viewer.pk
        shown.append(
            ShownAccommodation(
                row,
                names.get(row.course_id) if row.course_id is not None else None,
                row.note if reads else "",
                reads,
                number_format(row.time_factor.normalize(), use_l10n=True),
                may_change and row.ended_at is None,
                row.holds_on(today),
            )
        )
    return shown


def courses_to_give_in(viewer: Any, person: User) -> dict[int, tuple[str, str]]:
    """Courses, by number, in which ``viewer`` may give ``person`` an accommodation: (address, title)."""
    found: dict[int, tuple[str, str]] = {}
    for courses in ACCOMMODATION_COURSES:
        found |= courses.of_person(viewer, person)
    return found
