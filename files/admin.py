from django.contrib import admin

from core.admin import ReadOnlyAdmin
from files.models import StoredFile, Upload, Usage


class UsageInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Usage
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "media_type", "size", "scan_state", "uploaded_by", "created_at")
    list_filter = ("scan_state", "media_type")
    list_select_related = ("uploaded_by",)
    search_fields = ("name", "sha256")
    inlines = (UsageInline,)


@admin.register(Usage)
class UsageAdmin(ReadOnlyAdmin):
    list_display = ("file", "owner_kind", "owner_id")
    list_filter = ("owner_kind",)
    list_select_related = ("file",)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "size", "state", "purpose", "created_at")
    list_filter = ("state", "purpose")
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
