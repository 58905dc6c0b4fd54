"""Packages' own tables in the data admin: all there, all read-only, without what would open an account."""

from importlib import import_module

from allauth.account.models import EmailConfirmation
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from core.admin import ReadOnlyAdmin

# They register themselves when they are imported; that must have happened before it can be undone.
for package in ("django.contrib.auth", "rest_framework_simplejwt.token_blacklist"):
    import_module(f"{package}.admin")

admin.site.unregister(Group)
admin.site.unregister(BlacklistedToken)
admin.site.unregister(OutstandingToken)


@admin.register(BlacklistedToken)
class BlacklistedTokenAdmin(ReadOnlyAdmin):
    list_display = ("token", "blacklisted_at")
    list_select_related = ("token__user",)


@admin.register(OutstandingToken)
class OutstandingTokenAdmin(ReadOnlyAdmin):
    list_display = ("jti", "user", "created_at", "expires_at")
    list_select_related = ("user",)
    # The token itself opens the account for as long as it is valid.
    exclude = ("token",)


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("expire_date",)
    list_display_links = None
    exclude = ("session_key", "session_data")


@admin.register(EmailConfirmation)
class EmailConfirmationAdmin(ReadOnlyAdmin):
    list_display = ("email_address", "created", "sent")
    list_select_related = ("email_address",)
    exclude = ("key",)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "content_type", "object_repr")
    list_select_related = ("user", "content_type")


@admin.register(ContentType)
class ContentTypeAdmin(ReadOnlyAdmin):
    list_display = ("app_label", "model")


@admin.register(Permission, Group)
class UnusedAdmin(ReadOnlyAdmin):
    """Rules decide, these stay empty or unread."""
