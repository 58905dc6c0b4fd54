from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.admin import ReadOnlyAdmin
from core.errors import DomainError
from courses.models import (
    Block,
    BlockRevision,
    Course,
    CourseInvitation,
    Experiment,
    ExperimentGroup,
    ExperimentPlace,
    ExportRun,
    ImportRun,
    Item,
    ItemProgress,
    Membership,
    Module,
    Page,
    Result,
    Section,
    Watching,
)
from courses.services import content, enrolment, outline, publishing
from courses.services import course as courses


def _for_each(request: HttpRequest, rows: Any, act: Callable[[Any], Any]) -> None:
    """Call a service for each row; a refusal concerns that row alone and is told."""
    done = 0
    for row in rows:
        try:
            act(row)
        except DomainError as refused:
            messages.error(request, f"{row}: {refused.message}")
        except PermissionDenied:
            messages.error(request, _("%(row)s: you may not do this.") % {"row": row})
        else:
            done += 1
    if done:
        messages.success(request, ngettext("%(n)s changed.", "%(n)s changed.", done) % {"n": done})


class WithBin(ReadOnlyAdmin):
    """Shows what is in the bin as well, and moves rows there and back."""

    actions: tuple[str, ...] = ("to_bin", "from_bin")
    into_bin: Any = None
    out_of_bin: Any = None
    argument = ""

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = self.model.everything.all()
        return rows.order_by(*self.get_ordering(request)) if self.get_ordering(request) else rows

    @admin.action(description=gettext_lazy("Move to the bin"))
    def to_bin(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: type(self).into_bin(actor=request.user, **{self.argument: row}))

    @admin.action(description=gettext_lazy("Restore from the bin"))
    def from_bin(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: type(self).out_of_bin(actor=request.user, **{self.argument: row}))


@admin.register(Course)
class CourseAdmin(WithBin):
    list_display = ("code", "title", "state", "enrolment", "deleted_at")
    list_filter = ("state", "enrolment")
    search_fields = ("code", "title", "slug")
    actions = ("publish", "unpublish", "archive", "to_bin", "from_bin")
    into_bin = staticmethod(courses.bin_course)
    out_of_bin = staticmethod(courses.restore_course)
    argument = "course"

    @admin.action(description=gettext_lazy("Publish"))
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: courses.publish_course(actor=request.user, course=row))

    @admin.action(description=gettext_lazy("Unpublish"))
    def unpublish(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: courses.unpublish_course(actor=request.user, course=row))

    @admin.action(description=gettext_lazy("Archive"))
    def archive(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: courses.archive_course(actor=request.user, course=row))


@admin.register(Module)
class ModuleAdmin(WithBin):
    list_display = ("title", "course", "deleted_at")
    list_select_related = ("course",)
    search_fields = ("title", "course__title")
    into_bin = staticmethod(outline.bin_module)
    out_of_bin = staticmethod(outline.restore_module)
    argument = "module"


@admin.register(Item)
class ItemAdmin(WithBin):
    list_display = ("title", "course", "kind", "state", "deleted_at")
    list_filter = ("kind", "state")
    list_select_related = ("course",)
    search_fields = ("title", "course__title")
    actions = ("publish", "unpublish", "to_bin", "from_bin")
    into_bin = staticmethod(outline.bin_item)
    out_of_bin = staticmethod(outline.restore_item)
    argument = "item"

    @admin.action(description=gettext_lazy("Publish"))
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: publishing.publish_item(actor=request.user, item=row))

    @admin.action(description=gettext_lazy("Unpublish"))
    def unpublish(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: publishing.unpublish_item(actor=request.user, item=row))


@admin.register(Section)
class SectionAdmin(WithBin):
    list_display = ("title", "item", "deleted_at")
    list_select_related = ("item",)
    search_fields = ("title", "item__title")
    into_bin = staticmethod(content.bin_section)
    out_of_bin = staticmethod(content.restore_section)
    argument = "section"


@admin.register(Block)
class BlockAdmin(WithBin):
    list_display = ("id", "kind", "section", "version", "deleted_at")
    list_filter = ("kind",)
    list_select_related = ("section",)
    search_fields = ("section__item__title",)
    into_bin = staticmethod(content.bin_block)
    out_of_bin = staticmethod(content.restore_block)
    argument = "block"


@admin.register(BlockRevision)
class BlockRevisionAdmin(ReadOnlyAdmin):
    list_display = ("block", "number", "created_at", "created_by")
    list_select_related = ("block", "created_by")
    search_fields = ("text",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "course", "role", "started_at", "ended_at")
    list_filter = ("role",)
    list_select_related = ("user", "course")
    search_fields = ("user__name", "user__email", "course__title")
    actions = ("end",)

    @admin.action(description=gettext_lazy("End the membership"))
    def end(self, request: HttpRequest, queryset: Any) -> None:
        _for_each(request, queryset, lambda row: enrolment.end_membership(actor=request.user, membership=row))


@admin.register(ItemProgress)
class ItemProgressAdmin(ReadOnlyAdmin):
    list_display = ("user", "item", "state", "seen_at", "done_at")
    list_filter = ("state",)
    list_select_related = ("user", "item")
    search_fields = ("user__name", "user__email", "item__title")


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "file", "state", "course")
    list_filter = ("state",)
    list_select_related = ("user", "file", "course")


@admin.register(ExportRun)
class ExportRunAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "course", "user", "state", "finished_at")
    list_filter = ("state",)
    list_select_related = ("user", "course")


@admin.register(Experiment)
class ExperimentAdmin(ReadOnlyAdmin):
    list_display = ("name", "course")
    list_select_related = ("course",)
    search_fields = ("name", "course__title")


@admin.register(ExperimentGroup)
class ExperimentGroupAdmin(ReadOnlyAdmin):
    list_display = ("name", "experiment", "is_closed")
    list_select_related = ("experiment",)


@admin.register(ExperimentPlace)
class ExperimentPlaceAdmin(ReadOnlyAdmin):
    list_display = ("user", "experiment", "group", "created_at")
    list_select_related = ("user", "experiment", "group")
    search_fields = ("user__name", "user__email", "experiment__name")


@admin.register(CourseInvitation)
class CourseInvitationAdmin(ReadOnlyAdmin):
    list_display = ("invitation", "course", "role")
    list_select_related = ("invitation", "course")


@admin.register(Page)
class PageAdmin(ReadOnlyAdmin):
    list_display = ("title", "course", "is_published", "deleted_at")
    list_select_related = ("course",)
    search_fields = ("title", "course__title")


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    list_display = ("user", "item", "points", "max_points", "tries", "scored_at")
    list_select_related = ("user", "item")
    search_fields = ("user__name", "user__email", "item__title")


@admin.register(Watching)
class WatchingAdmin(ReadOnlyAdmin):
    list_display = ("user", "block", "position", "duration", "updated_at")
    list_select_related = ("user", "block")
    search_fields = ("user__name", "user__email")
