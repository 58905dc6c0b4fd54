from django.contrib import admin

from core.admin import ReadOnlyAdmin
from files.models import AccessLog, File, FileVersion, Folder, Rendition, Share, Space, StoredFile, Upload, Usage


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


@admin.register(Space)
class SpaceAdmin(ReadOnlyAdmin):
    list_display = ("kind", "owner_id", "quota", "created_at")
    list_filter = ("kind",)


@admin.register(Folder)
class FolderAdmin(ReadOnlyAdmin):
    list_display = ("name", "space", "made_by", "deleted_at", "created_at")
    list_select_related = ("space", "made_by")
    search_fields = ("name",)


@admin.register(File)
class FileAdmin(ReadOnlyAdmin):
    list_display = ("name", "space", "folder", "changed_at", "deleted_at")
    list_select_related = ("space", "folder")
    search_fields = ("name",)


@admin.register(FileVersion)
class FileVersionAdmin(ReadOnlyAdmin):
    list_display = ("file", "number", "stored", "made_by", "created_at")
    list_select_related = ("file", "stored", "made_by")


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    list_display = ("audience_kind", "file", "folder", "level", "made_by", "expires_at", "revoked_at", "downloads")
    list_filter = ("audience_kind", "level")
    list_select_related = ("file", "folder", "made_by")
    exclude = ("password",)


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "user", "file", "folder")
    list_filter = ("action",)
    list_select_related = ("user", "file", "folder")


@admin.register(Rendition)
class RenditionAdmin(ReadOnlyAdmin):
    list_display = ("source", "kind", "made", "reason")
    list_filter = ("kind", "reason")
    list_select_related = ("source", "made")
