"""Enrolments as the API reads them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

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


def present_enrolments(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Memberships with the points of students; queries do not grow with the page."""
    found = list(page)
    points = totals((row["user_id"], row["course_id"]) for row in found if row["role"] == Role.STUDENT)
    return [_present_enrolment(row, points.get((row.pop("user_id"), row.pop("course_id")))) for row in found]


def _present_enrolment(row: dict[str, Any], points: Points | None) -> dict[str, Any]:
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
    }


def enrolment_detail(membership: Membership) -> dict[str, Any]:
    return present_enrolments(enrolment_rows(Membership.objects.filter(pk=membership.pk)))[0]


def is_member(course: Course, user: Any) -> bool:
    return Membership.objects.active().filter(course=course, user=user).exists()
