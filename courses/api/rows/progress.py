"""Progress: one's own, a lesson's, that of a course's students."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from courses.api.rows.values import number_of
from courses.enums import ProgressState
from courses.models import Course, Item, ItemProgress
from courses.roles import Capability, roles_with
from courses.rules import course_roles
from courses.selectors.catalogue import lesson_count

ROSTER_ORDERINGS = ("name", "-name", "done", "-done", "seen", "-seen")


def own_progress(user: Any, *, course: str = "") -> QuerySet[Any]:
    """The courses that ``user`` learns in, with how far they are."""
    learning = [pk for pk, role in course_roles(user).items() if role in roles_with(Capability.LEARN)]
    found = Course.objects.visible_to(user).filter(pk__in=learning)
    if course:
        found = found.filter(slug=course)
    own = ItemProgress.objects.filter(course=OuterRef("pk"), user=user)
    done = own.filter(state=ProgressState.DONE, item__in=Item.objects.published())
    last = own.order_by().values("course").annotate(last=Max("seen_at")).values("last")
    rows: QuerySet[Any] = (
        found.annotate(lessons=lesson_count(), done=number_of(done, "course", Count("pk")), last_seen_at=Subquery(last))
        .order_by("title", "pk")
        .values("slug", "lessons", "done", "last_seen_at")
    )
    return rows


def present_own_progress(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "course": row["slug"],
            "lessons": row["lessons"],
            "done": row["done"],
            "percent": _percent(row["done"], row["lessons"]),
            "last_seen_at": row["last_seen_at"],
        }
        for row in page
    ]


def present_students(page: Iterable[Any], total: int) -> list[dict[str, Any]]:
    """Rows of ``selectors.roster``."""
    return [
        {
            "enrolment": row.public_id,
            "user": {"id": row.user.public_id, "name": row.user.name, "email": row.user.email},
            "lessons": total,
            "done": row.done,
            "percent": _percent(row.done, total),
            "last_seen_at": row.seen_at,
        }
        for row in page
    ]


def lesson_progress(user: Any, item: Item) -> dict[str, Any]:
    return present_lesson_progress(item, ItemProgress.objects.filter(user=user, item=item).first())


def present_lesson_progress(item: Item, row: ItemProgress | None) -> dict[str, Any]:
    return {
        "lesson": item.public_id,
        "state": row.state if row else "not_started",
        "share": row.share if row else 0,
        "place": row.place if row else "",
        "started_at": row.started_at if row else None,
        "seen_at": row.seen_at if row else None,
        "ended_at": row.ended_at if row else None,
        "done_at": row.done_at if row else None,
    }


def _percent(done: int, total: int) -> int:
    return done * 100 // total if total else 0
