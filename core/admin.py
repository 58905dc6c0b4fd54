"""The data admin: everything can be looked at, nothing is changed behind the services' back."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.models import Effect, EventLog, IdempotentRequest, JobLease, OutgoingMail, ScheduledRun, WorkerBeat


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
    list_display = ("at", "name", "actor_id", "course_id", "request_id")
    list_filter = ("name",)
    search_fields = ("request_id", "name")


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
