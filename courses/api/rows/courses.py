"""Courses as the API reads them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from courses.models import Course
from courses.querysets import CourseQuerySet
from courses.rules import course_roles
from courses.selectors.catalogue import lesson_count, lesson_minutes, matching
from courses.selectors.description import description_html

COURSE_ORDERINGS = {
    name: (f"{'-' if name.startswith('-') else ''}{column}", "pk")
    for name, column in (
        ("title", "title"),
        ("-title", "title"),
        ("created", "created_at"),
        ("-created", "created_at"),
    )
}


_COURSE = (
    "public_id",
    "slug",
    "code",
    "title",
    "summary",
    "language",
    "time_zone",
    "state",
    "enrolment",
    "capacity",
    "plate",
    "ground",
    "licence",
    "published_at",
    "created_at",
    "updated_at",
    "version",
)


def courses(
    user: Any, *, search: str = "", state: str = "", mine: bool = False, role: str = "", ordering: str = "title"
) -> CourseQuerySet:
    """Courses that ``user`` may see, filtered and sorted."""
    found: CourseQuerySet = Course.objects.visible_to(user)
    if mine or role:
        own = [pk for pk, own_role in course_roles(user).items() if not role or own_role == role]
        found = found.filter(pk__in=own)
    if state:
        found = found.filter(state=state)
    return matching(found, search).order_by(*COURSE_ORDERINGS[ordering])


def present_courses(user: Any, page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    roles = course_roles(user)
    presented = []
    for row in page:
        role = roles.get(row.pop("pk"))
        presented.append({"id": row.pop("public_id"), **row, "role": role.value if role else None})
    return presented


def course_rows(found: CourseQuerySet) -> QuerySet[Any]:
    return found.values("pk", *_COURSE)


def course_detail(user: Any, course: Course) -> dict[str, Any]:
    """One course; the numbers come from the database, the rest from the object."""
    found = Course.objects.filter(pk=course.pk).annotate(lessons=lesson_count(), minutes=lesson_minutes())
    rows = list(found.values("pk", *_COURSE, "description", "lessons", "minutes"))
    return {**present_courses(user, rows)[0], "description_html": description_html(course)}
