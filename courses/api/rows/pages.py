"""A course's pages as the API reads them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from courses.api.rows.content import writes
from courses.models import Course, Page
from courses.selectors.pages import shown_html

_PAGE = ("title", "markup", "is_published", "created_at", "updated_at", "version")


def pages(user: Any, course: Course) -> QuerySet[Any]:
    found: QuerySet[Any] = Page.objects.visible_to(user).filter(course=course).order_by("rank", "pk")
    return found.values("public_id", "course__slug", *_PAGE)


def present_pages(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": row.pop("public_id"), "course": row.pop("course__slug"), **row} for row in page]


def page_detail(user: Any, page: Page) -> dict[str, Any]:
    return {
        "id": page.public_id,
        "course": page.course.slug,
        **{name: getattr(page, name) for name in _PAGE},
        "html": shown_html(page),
        "text": page.text if writes(user, page.course_id) else None,
    }
