from django.contrib import admin

from core.admin import ReadOnlyAdmin
from privacy.models import Erasure, PersonalExport, RetentionRule


@admin.register(PersonalExport)
class PersonalExportAdmin(ReadOnlyAdmin):
    list_display = ("user", "asked_by", "state", "size", "created_at", "finished_at")
    list_select_related = ("user", "asked_by")
    list_filter = ("state",)


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("user", "asked_by", "state", "created_at", "due_at", "finished_at")
    list_select_related = ("user", "asked_by")
    list_filter = ("state",)


@admin.register(RetentionRule)
class RetentionRuleAdmin(ReadOnlyAdmin):
    list_display = ("kind", "days", "last_at", "last_rows")
