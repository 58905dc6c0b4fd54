"""Packages' own admin pages: read-only here, or gone where nothing uses their models."""

from importlib import import_module

from django.contrib import admin
from django.contrib.auth.models import Group
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
