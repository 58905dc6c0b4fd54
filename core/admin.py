"""The data admin: everything can be looked at, nothing is changed behind the services' back."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult

from core.errors import Conflict
from core.jobs import run_again
from core.mail import forget_bounce
from core.models import (
    BouncedAddress,
    ClientError,
    Effect,
    EventArchive,
    EventLog,
    EventSeal,
    IdempotentRequest,
    JobLease,
    OutgoingMail,
    Presence,
    ScheduledRun,
    ServerLease,
    Topic,
    TopicMessage,
    WorkerBeat,
)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Look, search, filter; changes go through actions that call services."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EventLog)
class EventLogAdmin(ReadOnlyAdmin):
    list_display = ("at", "name", "actor_id", "impersonator_id", "course_id", "address", "request_id")
    list_filter = ("name",)
    search_fields = ("request_id", "name")


@admin.register(ClientError)
class ClientErrorAdmin(ReadOnlyAdmin):
    list_display = ("last_seen", "message", "count", "page", "resolved_at")
    search_fields = ("message", "source", "page")


@admin.register(EventSeal)
class EventSealAdmin(ReadOnlyAdmin):
    list_display = ("number", "event_id", "at", "key")
    search_fields = ("event_id",)


@admin.register(EventArchive)
class EventArchiveAdmin(ReadOnlyAdmin):
    list_display = ("number", "events", "file_name", "at")


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "subject", "recipients", "state")
    list_filter = ("state",)
    search_fields = ("subject",)
    exclude = ("html",)


@admin.register(JobLease)
class JobLeaseAdmin(ReadOnlyAdmin):
    list_display = ("job_id", "worker", "attempt", "until")


@admin.register(ScheduledRun)
class ScheduledRunAdmin(ReadOnlyAdmin):
    list_display = ("task", "next_at", "last_at")


@admin.register(WorkerBeat)
class WorkerBeatAdmin(ReadOnlyAdmin):
    list_display = ("worker", "started_at", "seen_at")


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin):
    list_display = ("key", "at")
    search_fields = ("key",)


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "address", "status")
    exclude = ("body",)


# Importing the package's own admin has registered it; this one has the action.
admin.site.unregister(DBTaskResult)


@admin.register(DBTaskResult)
class JobAdmin(DBTaskResultAdmin):
    list_display = ("task_path", "status", "enqueued_at", "started_at", "finished_at")  # type: ignore[assignment]
    list_filter = ("status", "task_path")  # type: ignore[assignment]
    list_per_page = 50
    show_full_result_count = False
    actions = ("run_again",)

    @admin.action(description=gettext_lazy("Run again"))
    def run_again(self, request: HttpRequest, queryset: "QuerySet[DBTaskResult[Any, Any]]") -> None:
        queued = 0
        for job in queryset:
            try:
                run_again(actor=request.user, job_id=job.pk)  # type: ignore[arg-type]
            except Conflict as error:
                messages.warning(request, f"{job.task_path}: {error.message}")
            else:
                queued += 1
        if queued:
            messages.success(request, _("Queued again: %(n)d") % {"n": queued})


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin):
    list_display = ("name", "last_seq")
    search_fields = ("name",)


@admin.register(TopicMessage)
class TopicMessageAdmin(ReadOnlyAdmin):
    list_display = ("topic", "seq", "at")
    list_select_related = ("topic",)


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin):
    list_display = ("topic", "user_id", "server", "joined_at", "left_at")
    search_fields = ("topic",)


@admin.register(ServerLease)
class ServerLeaseAdmin(ReadOnlyAdmin):
    list_display = ("server", "until")


@admin.register(BouncedAddress)
class BouncedAddressAdmin(ReadOnlyAdmin):
    list_display = ("email", "at", "reason")
    search_fields = ("email",)
    actions = ("try_again",)

    @admin.action(description=gettext_lazy("Send there again"))
    def try_again(self, request: HttpRequest, queryset: "QuerySet[BouncedAddress]") -> None:
        for email in queryset.values_list("email", flat=True):
            forget_bounce(email)
        messages.success(request, _("Mail goes there again."))
