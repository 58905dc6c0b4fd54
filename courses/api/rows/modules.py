"""Modules as the API reads them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, OuterRef, QuerySet

from courses.api.rows.values import earlier, number_of
from courses.models import Course, Item, Module


def modules(user: Any, course: Course) -> QuerySet[Any]:
    return _module_rows(user, Module.objects.visible_to(user).filter(course=course))


def module_detail(user: Any, module: Module) -> dict[str, Any]:
    return present_modules(_module_rows(user, Module.objects.filter(pk=module.pk)))[0]


def _module_rows(user: Any, found: QuerySet[Module]) -> QuerySet[Any]:
    lessons = Item.objects.visible_to(user).filter(module=OuterRef("pk"))
    before = Module.objects.filter(course=OuterRef("course")).filter(earlier())
    return (
        found.annotate(lessons=number_of(lessons, "module", Count("pk")))
        .annotate(position=number_of(before, "course", Count("pk")))
        .order_by("rank", "pk")
        .values(
            "public_id",
            "course__slug",
            "title",
            "summary",
            "position",
            "lessons",
            "created_at",
            "updated_at",
            "version",
        )
    )


def present_modules(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": row.pop("public_id"), "course": row.pop("course__slug"), **row} for row in page]
