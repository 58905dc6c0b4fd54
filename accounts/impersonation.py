"""A session whose administrator looks at the site as another person: from here on, the request is that person's.

The session, its device, its limits and its last use stay the administrator's: this stands behind what looks after those.
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.enums import ImpersonationEnd
from accounts.missing import what_is_missing
from accounts.models import Impersonation
from accounts.services.impersonation import end_impersonation
from core.api.exceptions import problem_response
from core.authz import refuse_if_only_looking
from core.context import set_impersonator
from core.errors import LooksOnly

# In the session: the number of the row.
LOOKS_AS = "looks_as"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Done by the administrator in their own name: stopping, and signing out.
OWN_NAME = frozenset({"account_logout", "accounts:impersonation-stop", "api:accounts:impersonation-stop"})
# Of the account's own pages these are open; all others (password, factors, keys, devices, email, personal data) are not.
_OPEN_ACCOUNT = frozenset({"accounts:session", "accounts:people", "accounts:person", "api:accounts:users"})
_OPEN_ACCOUNT |= {"api:accounts:user", "accounts:signed-out", "api:accounts:impersonations"}
_ACCOUNT = ("account_", "accounts:", "api:accounts:", "mfa_", "passkey_", "picture:", "api:files:my-picture", "admin:")


def begin(request: HttpRequest, row: Impersonation) -> None:
    """From its next request on, this session is the person's of ``row``."""
    request.session[LOOKS_AS] = row.pk


class ImpersonationGate:
    """Makes the request the person's, refuses what must stay out of reach, and ends what is over.

    No query for sessions that look as nobody, one for those that do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request.session.get(LOOKS_AS)
        if number is None:
            return self.get_response(request)
        row = _going_on(request, number)
        if row is None:
            request.session.pop(LOOKS_AS, None)
            if request.path.startswith("/api/"):
                return problem_response(request, status_code=403, code="view_over", title=_over())
            return _over_page(request)
        if request.path.startswith("/api/") and "Authorization" in request.headers:
            # A program that says itself who it is.
            return self.get_response(request)
        _become(request, row)
        try:
            return self.get_response(request)
        finally:
            set_impersonator(None)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        row: Impersonation | None = getattr(request, "impersonation", None)
        if row is None:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OWN_NAME:
            _step_back(request, row)
            return None
        if name == "accounts:session":
            # Only the clock of the session, which is the administrator's.
            return None
        try:
            if request.method not in _SAFE:
                refuse_if_only_looking()
        except LooksOnly as error:
            return _refusal(request, code=error.code, sentence=str(error.message))
        own_page = kwargs.get("public_id") == row.user.public_id
        if name.startswith(_ACCOUNT) and (name not in _OPEN_ACCOUNT or own_page):
            return _refusal(
                request,
                code="out_of_reach",
                sentence=_("This belongs to the person alone and cannot be opened while you look at the site as them."),
            )
        return None


def _going_on(request: HttpRequest, number: int) -> Impersonation | None:
    """The row, if it still holds: for the one who is signed in, in time, and allowed; ended otherwise."""
    actor = request.user
    row = Impersonation.objects.select_related("user").filter(pk=number).first()
    if row is None or not actor.is_authenticated or row.actor_id != actor.pk or row.ended_at is not None:
        return None
    if row.is_over(timezone.now()):
        end_impersonation(actor=actor, impersonation=row, how=ImpersonationEnd.TIME)
        return None
    # Asked of the rule itself, too: somebody who may do everything may not do this with everybody.
    barred = row.user.is_superuser or not row.user.is_active or what_is_missing(actor) is not None
    if barred or not actor.has_perm("accounts.impersonate", row.user):
        end_impersonation(actor=actor, impersonation=row, how=ImpersonationEnd.REFUSED)
        return None
    row.actor = actor  # type: ignore[assignment]
    return row


def _become(request: HttpRequest, row: Impersonation) -> None:
    async def person() -> Any:
        return row.user

    # Whoever opens this has shown a second factor of their own; none is asked of the person meanwhile.
    row.user.is_vouched = True
    request.impersonation = row  # type: ignore[attr-defined]
    request.user = row.user
    request.auser = person  # type: ignore[method-assign]
    set_impersonator(row.actor_id, only_looks=not row.may_change)
    structlog.contextvars.bind_contextvars(impersonator_id=row.actor_id)


def _step_back(request: HttpRequest, row: Impersonation) -> None:
    async def actor() -> Any:
        return row.actor

    request.user = row.actor
    request.auser = actor  # type: ignore[method-assign]
    set_impersonator(None)


def _over() -> str:
    return _("Looking at the site as somebody else has ended. Nothing was done; you are yourself again.")


def _over_page(request: HttpRequest) -> HttpResponse:
    """Whatever was asked for was asked as somebody else, so it is not done as oneself."""
    address = reverse("accounts:impersonation-over")
    # What tells pieces of pages apart stands further in.
    return HttpResponseClientRedirect(address) if "HX-Request" in request.headers else redirect(address)


def _refusal(request: HttpRequest, *, code: str, sentence: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(request, status_code=403, code=code, title=sentence)
    context = {"message": sentence, "code": code, "fields": {}}
    return render(request, "errors/domain.html", context, status=403)
