"""Lessons as the API reads them: one query for a page of the list, however long it is."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, OuterRef, QuerySet

from courses.api.rows.content import blocks_of, present_blocks, present_section
from courses.api.rows.values import earlier, number_of
from courses.enums import ItemKindName
from courses.models import Item, Section


def lessons(user: Any, *, course: str = "", module: Any = None, state: str = "") -> QuerySet[Any]:
    """Lessons that ``user`` may open, in the order of their outlines."""
    found = Item.objects.visible_to(user).filter(kind=ItemKindName.LESSON)
    if course:
        found = found.filter(course__slug=course)
    if module:
        found = found.filter(module__public_id=module)
    if state:
        found = found.filter(state=state)
    return _lesson_rows(user, found).order_by("course_id", "module__rank", "module_id", "rank", "pk")


def _lesson_rows(user: Any, found: QuerySet[Item]) -> QuerySet[Any]:
    before = Item.objects.visible_to(user).filter(module=OuterRef("module")).filter(earlier())
    return found.annotate(position=number_of(before, "module", Count("pk"))).values(
        "public_id",
        "course__slug",
        "module__public_id",
        "title",
        "objective",
        "minutes",
        "state",
        "position",
        "needs_end",
        "needs_answers",
        "is_preview",
        "is_paged",
        "published_at",
        "created_at",
        "updated_at",
        "version",
    )


def present_lessons(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pop("public_id"),
            "course": row.pop("course__slug"),
            "module": row.pop("module__public_id"),
            **row,
        }
        for row in page
    ]


def lesson_detail(user: Any, item: Item) -> dict[str, Any]:
    """One lesson with its sections and blocks as ``user`` may see them; no more queries for more of them."""
    lesson = present_lessons(_lesson_rows(user, Item.objects.filter(pk=item.pk)))[0]
    blocks = defaultdict(list)
    for row in present_blocks(user, item, blocks_of(user, item)):
        blocks[row["section"]].append(row)
    sections = Section.objects.filter(item=item, inside__isnull=True).order_by("rank", "pk")
    lesson["sections"] = [
        present_section(item, section, position) | {"blocks": blocks[section.public_id]}
        for position, section in enumerate(sections)
    ]
    return lesson
