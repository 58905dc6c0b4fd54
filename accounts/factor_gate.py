"""Roles that must have a second factor: told while there is time, and afterwards led to setting one up."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.selectors.policies import second_factor_due
from core.api.exceptions import problem_response

# Setting a factor up, proving who one is for that, going away, and what says nothing of anybody.
OPEN_WITHOUT = frozenset(
    {
        "account_login",
        "account_logout",
        "account_change_password",
        "account_reauthenticate",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "accounts:security",
        "accounts:totp",
        "accounts:passkey-new",
        "accounts:recovery-codes",
        "accounts:session",
        "error-docs",
        "error-doc",
        "offline",
        "robots",
        "favicon",
        "healthz",
        "readyz",
    }
)


class SecondFactorGate:
    """Asks no database: the account says whether it has a factor, and the rules are kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        due = second_factor_due(request.user)
        if due is None:
            return None
        overdue = due <= timezone.now()
        request.second_factor_due, request.second_factor_overdue = due, overdue  # type: ignore[attr-defined]
        name = request.resolver_match.view_name if request.resolver_match else ""
        api_view = getattr(view, "cls", None)
        if not overdue or name in OPEN_WITHOUT or getattr(api_view, "before_second_factor", False):
            return None
        if request.path.startswith("/api/"):
            sentence = _("Your role must have a second factor by now. Set one up in your account, under “Signing in”.")
            return problem_response(request, status_code=403, code="second_factor_required", title=sentence)
        return redirect("accounts:security")
