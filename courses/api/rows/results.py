"""Results of a course's students."""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import QuerySet

from core.api.values import decimal_text
from courses.enums import Role
from courses.models import Course, Membership
from courses.selectors.outline import counted_items
from courses.selectors.results import Points, added, course_grade, lesson_points


def results(user: Any, course: Course) -> "QuerySet[Membership]":
    """The students of the course whose results ``user`` may see: all for its staff, themselves for others."""
    found = Membership.objects.visible_to(user).filter(course=course, role=Role.STUDENT, ended_at__isnull=True)
    rows: QuerySet[Membership] = found.filter(user__is_active=True).select_related("user").order_by("user__name", "pk")
    return rows


def present_results(course: Course, page: Iterable[Membership]) -> list[dict[str, Any]]:
    """What each has reached, by lesson; queries do not grow with the page."""
    members = list(page)
    points = lesson_points(course, [member.user_id for member in members])
    lessons = {
        pk: (public_id, category)
        for pk, public_id, category in counted_items(course).values_list("pk", "public_id", "grade_category")
    }
    categories = {pk: category for pk, (_public_id, category) in lessons.items()}
    return [_present_result(course, member, points[member.user_id], lessons, categories) for member in members]


def _present_result(
    course: Course,
    member: Membership,
    points: dict[int, Points],
    lessons: dict[int, tuple[Any, str]],
    categories: dict[int, str],
) -> dict[str, Any]:
    whole = added(points.values())
    grade = course_grade(course, categories, points)
    return {
        "enrolment": member.public_id,
        "user": {"id": member.user.public_id, "name": member.user.name, "email": member.user.email},
        "points": decimal_text(whole.points),
        "possible": decimal_text(whole.possible),
        "percent": whole.percent,
        "score_so_far": _share(grade.share) if grade and grade.share is not None else None,
        "score_sure": _share(grade.sure) if grade else None,
        "passed": grade.is_passed if grade and grade.pass_mark is not None else None,
        "lessons": [
            {
                "lesson": public_id,
                "category": category,
                "points": decimal_text(points[pk].points),
                "possible": decimal_text(points[pk].possible),
                "tries": points[pk].tries,
                "scored_at": points[pk].at,
            }
            for pk, (public_id, category) in lessons.items()
            if pk in points
        ],
    }


def _share(share: Decimal) -> str:
    """A share from 0 to 1 with four decimals, rounded down."""
    return decimal_text(share.quantize(Decimal("0.0001"), rounding=ROUND_DOWN))
