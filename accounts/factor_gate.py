"""Roles that must have a second factor: told while there is time, and afterwards led to setting one up.

Whoever has lost a second factor beside which a short password stood is led to choosing a longer one.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.missing import what_is_missing
from accounts.selectors.policies import second_factor_due
from core.api.exceptions import problem_response
from core.shortcuts import lead_to

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
        if getattr(request, "impersonation", None) is not None:
            # Asked of the one who is signed in, behind whose back nothing is set up.
            return None
        due = second_factor_due(request.user)
        if due is not None:
            overdue = due <= timezone.now()
            request.second_factor_due, request.second_factor_overdue = due, overdue  # type: ignore[attr-defined]
        missing = what_is_missing(request.user)
        name = request.resolver_match.view_name if request.resolver_match else ""
        api_view = getattr(view, "cls", None)
        if missing is None or name in OPEN_WITHOUT or getattr(api_view, "before_second_factor", False):
            return None
        if request.path.startswith("/api/"):
            return problem_response(request, status_code=403, code=missing.code, title=missing.sentence)
        if missing.page != "accounts:security":
            messages.warning(request, missing.sentence)
        return lead_to(request, reverse(missing.page))
