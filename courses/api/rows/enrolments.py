"""Enrolments as the API reads them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet

from accounts.selectors.accommodations import NONE, Effective, effective
from core.api.values import decimal_text
from courses.enums import Role
from courses.models import Course, Membership
from courses.selectors.results import Points, totals


def enrolments(
    user: Any, *, course: Course | None = None, role: str = "", ended: bool = False
) -> "QuerySet[Membership]":
    """Memberships that ``user`` may see: of one course, or their own of all courses."""
    found = Membership.objects.visible_to(user).filter(course__deleted_at__isnull=True, ended_at__isnull=not ended)
    found = found.filter(course=course) if course else found.filter(user=user)
    if role:
        found = found.filter(role=role)
    return found.order_by("pk")


def enrolment_rows(found: "QuerySet[Membership]") -> QuerySet[Any]:
    return found.values(
        "user_id",
        "course_id",
        "public_id",
        "course__slug",
        "user__public_id",
        "user__name",
        "user__email",
        "role",
        "started_at",
        "ended_at",
    )


def present_enrolments(user: Any, page: Iterable[dict[str, Any]], *, course: Any = None) -> list[dict[str, Any]]:
    """Memberships with the points of students; queries do not grow with the page.

    Of one ``course`` also what its students are given, to ``user`` if they look after its people.
    """
    found = list(page)
    students = [row for row in found if row["role"] == Role.STUDENT]
    points = totals((row["user_id"], row["course_id"]) for row in students)
    given: dict[int, Effective] = {}
    if students and course is not None and user.has_perm("courses.manage_people", course):
        known = effective([row["user_id"] for row in students], course.pk)
        given = {row["user_id"]: known.get(row["user_id"], NONE) for row in students}
    return [
        _present_enrolment(row, points.get((row["user_id"], row.pop("course_id"))), given.get(row.pop("user_id")))
        for row in found
    ]


def _present_enrolment(row: dict[str, Any], points: Points | None, given: Effective | None) -> dict[str, Any]:
    return {
        "id": row.pop("public_id"),
        "course": row.pop("course__slug"),
        "user": {
            "id": row.pop("user__public_id"),
            "name": row.pop("user__name"),
            "email": row.pop("user__email"),
        },
        **row,
        "points": decimal_text(points.points) if points else None,
        "possible": decimal_text(points.possible) if points else None,
        "accommodation": asdict(given) | {"time_factor": str(given.time_factor)} if given else None,
    }


def enrolment_detail(user: Any, membership: Membership) -> dict[str, Any]:
    rows = enrolment_rows(Membership.objects.filter(pk=membership.pk))
    return present_enrolments(user, rows, course=membership.course)[0]


def is_member(course: Course, user: Any) -> bool:
    return Membership.objects.active().filter(course=course, user=user).exists()
