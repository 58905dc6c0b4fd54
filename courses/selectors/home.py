"""A person's own start page: where to go on, their courses, what they teach."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, FilteredRelation, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from courses.enums import ProgressState, Role
from courses.models import Course, Item, ItemProgress, Membership, Section
from courses.roles import Capability
from courses.rules import own_memberships
from courses.selectors.lesson import section_of_place
from courses.selectors.outline import Lesson, ModuleLessons, outline
from courses.selectors.page import is_open_to


@dataclass(frozen=True)
class StudiedCourse:
    """``total`` and ``done`` count published lessons; ``next_title`` is empty when all are done."""

    course: Course
    total: int
    done: int
    next_title: str
    seen_at: datetime | None

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0


@dataclass(frozen=True)
class TaughtCourse:
    """``finished`` is the number of lessons that students finished since Monday, in the reader's zone."""

    course: Course
    students: int
    finished: int


@dataclass(frozen=True)
class GoOn:
    """The lesson to go on with and the section where its reader stopped."""

    course: Course
    module: ModuleLessons
    lesson: Lesson
    stopped_at: str


@dataclass(frozen=True)
class HomePage:
    studied: list[StudiedCourse] = field(default_factory=list)
    observed: list[Course] = field(default_factory=list)
    taught: list[TaughtCourse] = field(default_factory=list)
    go_on: GoOn | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.studied or self.taught or self.observed)


def home_page(user: Any, *, now: datetime | None = None) -> HomePage:
    """What Home shows to ``user``; as many queries for one course as for forty."""
    memberships = [m for m in own_memberships(user) if is_open_to(m)]
    studied = _studied(user, [m for m in memberships if m.can(Capability.LEARN)])
    taught = [m for m in memberships if m.can(Capability.VIEW_PEOPLE)]
    return HomePage(
        studied=studied,
        observed=[m.course for m in memberships if m.role == Role.OBSERVER],
        taught=_taught(taught, now or timezone.now()),
        go_on=_go_on(user, studied),
    )


def _studied(user: Any, memberships: list[Membership]) -> list[StudiedCourse]:
    if not memberships:
        return []
    items = Item.objects.published().filter(course=OuterRef("pk"))
    mine = ItemProgress.objects.filter(course=OuterRef("pk"), user=user)
    finished = items.annotate(
        mine=FilteredRelation("progress", condition=Q(progress__user=user, progress__state=ProgressState.DONE))
    )
    rows = Course.objects.filter(pk__in=[m.course_id for m in memberships]).annotate(
        total=_number(items, Count("pk")),
        done=_number(finished, Count("mine")),
        next_title=Subquery(finished.filter(mine__isnull=True).order_by("module__rank", "rank").values("title")[:1]),
        seen=Subquery(mine.order_by().values("course").annotate(last=Max("seen_at")).values("last")),
    )
    found = [
        StudiedCourse(row, row.total, row.done, row.next_title or "", row.seen) for row in rows.defer("description")
    ]
    long_ago = timezone.make_aware(datetime(1970, 1, 2))
    return sorted(found, key=lambda s: (-(s.seen_at or long_ago).timestamp(), s.course.code))


def _go_on(user: Any, studied: list[StudiedCourse]) -> GoOn | None:
    """In the course read last that is not finished."""
    course = next((s.course for s in studied if s.done < s.total), None)
    if course is None:
        return None
    lessons = outline(user, course)
    lesson = lessons.current
    module = lessons.module_of(lesson.id) if lesson else None
    if lesson is None or module is None:
        return None
    section = section_of_place(lesson.place)
    stopped_at = ""
    if section is not None and lesson.state:
        stopped_at = (
            Section.objects.filter(item_id=lesson.id, public_id=section).values_list("title", flat=True).first()
        )
    return GoOn(course, module, lesson, stopped_at or "")


def _taught(memberships: list[Membership], now: datetime) -> list[TaughtCourse]:
    if not memberships:
        return []
    local = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = local - timedelta(days=local.weekday())
    students = Membership.objects.filter(course=OuterRef("pk"), role=Role.STUDENT, ended_at__isnull=True)
    finished = ItemProgress.objects.filter(course=OuterRef("pk"), done_at__gte=monday)
    rows = Course.objects.filter(pk__in=[m.course_id for m in memberships]).annotate(
        students=_number(students, Count("pk")), finished=_number(finished, Count("pk"))
    )
    return [TaughtCourse(row, row.students, row.finished) for row in rows.defer("description").order_by(F("code"))]


def _number(rows: QuerySet[Any], value: Any) -> Coalesce:
    numbers = rows.order_by().values("course").annotate(number=value).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)
