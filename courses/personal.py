"""What courses keep of people, what an export tells of it, and what must be handed over before somebody is erased."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.retention import deleted_rows
from core.slots import (
    ERASURE_OBSTACLES,
    RETENTION,
    Obstacle,
    PersonalTable,
    columns,
    register_personal_tables,
)
from courses.enums import Role
from courses.models import ImportRun, Membership
from courses.services.importing.runs import forget_runs

_COUNTS = "Counts in the course: its figures stay what they were. It has a number instead of a name."
_WRITTEN = "Belongs to the course. It has a number instead of a name."
_BINNED = "Says who put it into the bin; it is the course’s and not about them."
_COURSE = columns(course="course__code", course_title="course__title")
_PLACE = columns(course="block__section__item__course__code", item="block__section__item__title")


class SoleOwner:
    """Courses that would be left without an owner."""

    def people(self) -> "QuerySet[Any, Any]":
        rows: QuerySet[Any, Any] = self._alone().values("user_id")
        return rows

    def of(self, person: Any) -> list[Obstacle]:
        rows = self._alone().filter(user_id=person.pk).select_related("course").order_by("course__title", "pk")
        return [
            Obstacle(
                _("“%(course)s” has no other owner. Make somebody else an owner, or delete the course.")
                % {"course": membership.course.title},
                reverse("courses:people", args=[membership.course.slug]),
            )
            for membership in rows
        ]

    def _alone(self) -> "QuerySet[Membership]":
        owners = Membership.objects.active().filter(role=Role.OWNER, user__is_active=True)
        others = owners.filter(course=OuterRef("course")).exclude(user=OuterRef("user"))
        rows: QuerySet[Membership] = Membership.objects.active().filter(
            role=Role.OWNER, course__deleted_at__isnull=True
        )
        return rows.filter(~Exists(others))


def register() -> None:
    """Called once, with the app's other registrations."""
    ERASURE_OBSTACLES.register("course_owner", SoleOwner())
    register_personal_tables(
        _table("Membership", "user", "courses", _COURSE | columns("role started_at ended_at"), _COUNTS),
        _table(
            "ItemProgress",
            "user",
            "progress",
            _COURSE | columns(item="item__title") | columns("state started_at seen_at ended_at done_at place share"),
            _COUNTS,
        ),
        _table(
            "Result",
            "user",
            "results",
            _COURSE | columns(item="item__title") | columns("points max_points tries scored_at"),
            _COUNTS,
        ),
        _table("Watching", "user", "films", _PLACE | columns("position duration ranges updated_at"), _COUNTS),
        _table(
            "ExperimentPlace",
            "user",
            "experiments",
            columns(
                course="experiment__course__code",
                experiment="experiment__name",
                group="group__name",
                since="created_at",
            ),
            _COUNTS,
        ),
        _table("ExportRun", "user", "course_exports", _COURSE | columns("state created_at finished_at"), _WRITTEN),
        _table(
            "ImportRun",
            "user",
            "course_imports",
            columns(file="file__name") | columns("format state is_trial created_at finished_at"),
            _WRITTEN,
        ),
        _table("BlockRevision", "created_by", "texts_written", _PLACE | columns("number text created_at"), _WRITTEN),
        *(
            PersonalTable(f"courses.{model}", "deleted_by", not_exported=_BINNED, kept=_BINNED)
            for model in ("Course", "Module", "Item", "Section", "Block", "Page")
        ),
    )
    RETENTION.register(
        "import_runs",
        deleted_rows(
            gettext_lazy("Imports of courses"),
            gettext_lazy("deleted, with their reports and the uploaded archives; the courses stay"),
            days=365,
            rows=lambda before: ImportRun.objects.filter(finished_at__lt=before),
            let_go=forget_runs,
        ),
        order=60,
    )


def _table(model: str, person: str, area: str, fields: dict[str, str], kept: str) -> PersonalTable:
    return PersonalTable(f"courses.{model}", person, area=area, fields=fields, kept=kept)
