"""The catalogue: published courses, searched and filtered."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, TextChoices
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.enums import CourseState, EnrolmentPolicy, Role
from courses.models import Course, Item, Membership, Module
from courses.querysets import CourseQuerySet
from courses.rules import course_roles
from courses.selectors.outline import length_in_words
from courses.selectors.page import staff_of

_MOST_WORDS = 8


class CatalogueFilter(TextChoices):
    ALL = "all", gettext_lazy("All courses")
    MINE = "mine", gettext_lazy("My courses")
    OPEN = "open", gettext_lazy("Open to join")


def catalogue(user: Any, query: str = "", only: str = CatalogueFilter.ALL) -> CourseQuerySet:
    """Courses that ``user`` finds in the catalogue, with ``lessons`` and ``minutes`` (numbers) on each.

    Every word of ``query`` must stand in the code, title, summary or a module's title, in any case.
    """
    courses: CourseQuerySet = Course.objects.visible_to(user)
    mine = list(course_roles(user))
    if only == CatalogueFilter.MINE:
        courses = courses.filter(pk__in=mine)
    else:
        courses = courses.filter(state=CourseState.PUBLISHED)
    if only == CatalogueFilter.OPEN:
        courses = courses.annotate(students=_students()).filter(
            Q(capacity__isnull=True) | Q(capacity__gt=F("students")), enrolment=EnrolmentPolicy.OPEN
        )
        courses = courses.exclude(pk__in=mine)
    courses = matching(courses, query)
    return courses.annotate(lessons=lesson_count(), minutes=lesson_minutes()).defer("description")


def matching(courses: CourseQuerySet, query: str) -> CourseQuerySet:
    """Those courses in which every word of ``query`` stands in the code, title, summary or a module's title."""
    for word in query.replace("\x00", "").split()[:_MOST_WORDS]:
        courses = courses.filter(_holds(word))
    return courses


def catalogue_cards(user: Any, courses: Iterable[Course]) -> list[dict[str, Any]]:
    """The cards of one page of the catalogue, for the template ``course_card``; one query for the teachers."""
    shown = list(courses)
    staff = staff_of([course.pk for course in shown])
    roles = course_roles(user)
    return [_card(course, staff.get(course.pk, []), roles.get(course.pk)) for course in shown]


def _card(course: Any, staff: list[Any], role: Role | None) -> dict[str, Any]:
    teacher = staff[0].name if staff and staff[0].role != Role.ASSISTANT else ""
    tag, kind = "", ""
    if course.state != CourseState.PUBLISHED:
        tag, kind = str(course.get_state_display()), "draft"
    elif role is not None:
        tag, kind = (_("Enrolled"), "success") if role == Role.STUDENT else (str(role.label), "role")
    return {
        "code": course.code,
        "title": course.title,
        "url": course.get_absolute_url(),
        "plate": course.plate,
        "ground": course.ground,
        "summary": course.summary,
        "about": " · ".join(part for part in (length_in_words(course.lessons, course.minutes), teacher) if part),
        "tag": tag,
        "tag_kind": kind,
        "progress": None,
    }


def _holds(word: str) -> Q:
    """A condition that the word stands somewhere in the course.

    SQLite compares only ASCII letters without case, so a word with others is looked for in its usual spellings.
    """
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    found = Q()
    for spelling in sorted(spellings):
        modules = Module.objects.filter(course=OuterRef("pk"), title__icontains=spelling)
        found |= (
            Q(title__icontains=spelling)
            | Q(code__icontains=spelling)
            | Q(summary__icontains=spelling)
            | Q(Exists(modules))
        )
    return found


def _per_course(rows: QuerySet[Any], value: Any) -> Coalesce:
    """A number for each course out of rows that have a ``course``, 0 if there are none."""
    numbers = rows.filter(course=OuterRef("pk")).order_by().values("course").annotate(number=value).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)


def lesson_count() -> Coalesce:
    return _per_course(Item.objects.published(), Count("pk"))


def lesson_minutes() -> Coalesce:
    return _per_course(Item.objects.published(), Sum("minutes"))


def _students() -> Coalesce:
    return _per_course(Membership.objects.filter(role=Role.STUDENT, ended_at__isnull=True), Count("pk"))
