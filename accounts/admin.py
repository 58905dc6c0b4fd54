from typing import Any

from allauth.account.admin import EmailAddress  # its admin module registers the model; ours replaces that
from allauth.mfa.admin import Authenticator  # likewise
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Accommodation,
    ApiKey,
    Connection,
    Consent,
    Device,
    EmailChange,
    GivenReason,
    Impersonation,
    Invitation,
    InvitationUse,
    LateForm,
    PeopleAction,
    PeopleActionRow,
    PeopleImport,
    PeopleImportRow,
    PolicyVersion,
    RolePolicy,
    SigningKey,
    SignInTries,
    TokenFamily,
    User,
)
from accounts.services.people import end_user, restore_user
from core.admin import ReadOnlyAdmin
from core.forms import domain_errors_as_messages


@login_not_required
def sign_in_first(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The data admin has no door of its own: the site's sign-in has the limits and the mail confirmation."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


admin.site.login = sign_in_first  # type: ignore[method-assign,assignment]


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("name", "email", "role", "is_active", "date_joined")
    list_filter = ("role", "is_active")
    search_fields = ("name", "email")
    exclude = ("password", "sign_in_epoch")
    actions = ("close_accounts", "open_accounts")

    @admin.action(description=_("Close the accounts"))
    def close_accounts(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            with domain_errors_as_messages(request):
                end_user(actor=request.user, user=user)

    @admin.action(description=_("Open the accounts again"))
    def open_accounts(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            with domain_errors_as_messages(request):
                restore_user(actor=request.user, user=user)


@admin.register(TokenFamily)
class TokenFamilyAdmin(ReadOnlyAdmin):
    list_display = ("user", "created_at", "expires_at", "ended_at")
    list_select_related = ("user",)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "prefix", "created_at", "last_used_at", "expires_at", "ended_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__name", "user__email")
    exclude = ("digest",)


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    list_display = ("user", "kind", "name", "created_at", "last_seen_at", "ended_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    exclude = ("session_key",)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    list_display = ("kid", "algorithm", "created_at", "retired_at")
    exclude = ("sealed_private",)


@admin.register(RolePolicy)
class RolePolicyAdmin(ReadOnlyAdmin):
    list_display = ("role", "second_factor_since", "grace_days", "idle_minutes", "kept_idle_minutes", "most_hours")


@admin.register(SignInTries)
class SignInTriesAdmin(ReadOnlyAdmin):
    list_display = ("key", "failures", "last_at", "open_at")


@admin.register(EmailChange)
class EmailChangeAdmin(ReadOnlyAdmin):
    list_display = ("user", "before", "after", "created_at", "ended_at")
    list_select_related = ("user",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "role", "made_by", "created_at", "expires_at", "ended_at")
    list_select_related = ("made_by",)
    exclude = ("digest",)


@admin.register(InvitationUse)
class InvitationUseAdmin(ReadOnlyAdmin):
    list_display = ("invitation", "user", "at")
    list_select_related = ("invitation", "user")


@admin.register(LateForm)
class LateFormAdmin(ReadOnlyAdmin):
    # What somebody typed is theirs alone.
    list_display = ("path", "created_at", "expires_at")
    exclude = ("visitor", "fields")


@admin.register(PeopleImport)
class PeopleImportAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "state", "created_at", "total")
    list_select_related = ("user",)


@admin.register(PeopleImportRow)
class PeopleImportRowAdmin(ReadOnlyAdmin):
    list_display = ("number", "email", "verdict", "field", "applied")
    list_filter = ("verdict",)


admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ("email", "user", "primary", "verified")
    list_filter = ("verified",)
    search_fields = ("email",)
    list_select_related = ("user",)


for model in (SocialApp, SocialAccount, SocialToken):
    admin.site.unregister(model)


@admin.register(SocialApp, Connection)
class SocialAppAdmin(ReadOnlyAdmin):
    list_display = ("name", "provider", "provider_id")
    exclude = ("secret", "key", "settings")


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    list_display = ("user", "provider", "uid", "last_login")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email", "uid")


@admin.register(SocialToken)
class SocialTokenAdmin(ReadOnlyAdmin):
    list_display = ("account", "expires_at")
    exclude = ("token", "token_secret")


@admin.register(Accommodation)
class AccommodationAdmin(ReadOnlyAdmin):
    list_display = (
        "user",
        "course_id",
        "time_factor",
        "extra_attempts",
        "extra_days",
        "starts_on",
        "ends_on",
        "ended_at",
    )
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    exclude = ("note",)


@admin.register(PeopleAction)
class PeopleActionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "kind", "state", "finished_at")
    list_filter = ("kind", "state")
    list_select_related = ("user",)


@admin.register(PeopleActionRow)
class PeopleActionRowAdmin(ReadOnlyAdmin):
    list_display = ("action", "user", "verdict", "reason", "applied")
    list_select_related = ("action", "user")


@admin.register(Impersonation)
class ImpersonationAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "actor", "user", "may_change", "ended_at", "ended_by")
    list_filter = ("ended_by", "may_change")
    list_select_related = ("actor", "user")


@admin.register(GivenReason)
class GivenReasonAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "text")
    list_select_related = ("user",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    # The secrets.
    exclude = ("data",)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    list_display = ("kind", "number", "title", "asks", "effective_from")
    list_filter = ("kind", "asks")


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("user", "version", "given", "way", "at")
    list_select_related = ("user", "version")
    list_filter = ("given", "way")
