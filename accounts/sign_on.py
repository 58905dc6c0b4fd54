"""Signing in by a service elsewhere: sending the browser there, and what becomes of whom it brings back."""

import logging
import time
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts import oidc, saml
from accounts.enums import ConnectionKind
from accounts.identity import Identity, SignOnError
from accounts.models import Connection
from accounts.selectors.connections import Outcome, connection_of, outcome
from accounts.services.connections import PERMISSION, link_account, link_by_address, make_person
from accounts.sessions import note_wishes
from core.errors import Conflict, DomainError

WAITING = "sign_on_waiting"
WAITING_SECONDS = 900
logger = logging.getLogger("aumbry.sign_on")


def redirect_uri(connection: Connection) -> str:
    return settings.SITE_URL + reverse("accounts:sign-on-callback", args=[connection.public_id])


def begin(request: HttpRequest, connection: Connection, *, process: str) -> HttpResponse:
    """Send the browser to the provider. ``process``: login, connect (to the person signed in), trial.

    By a page that goes on by itself: a redirect would count as part of the form, which the content policy keeps
    on this site, and the provider may send people on to hosts that nobody here knows.
    """
    wished = "on" in request.POST.getlist("remember")
    state: dict[str, Any] = {"process": process, "next": _next(request), "remembered": wished}
    if request.user.is_authenticated:
        state["user"] = request.user.pk
    try:
        if connection.kind == ConnectionKind.OIDC:
            target, memory = oidc.authorization(connection, redirect_uri=redirect_uri(connection))
            state_id = statekit.stash_state(request, provider_id=connection.provider_id, state=state | memory)
            target = f"{target}&state={quote(state_id)}"
        else:
            target, request_id = saml.authorization(connection)
            statekit.stash_state(request, provider_id=connection.provider_id, state=state, state_id=request_id)
    except SignOnError as error:
        return trouble(request, connection, error, state=state)
    response = render(request, "socialaccount/go.html", {"connection": connection, "target": target})
    response["Cache-Control"] = "no-store"
    return response


def come_back(request: HttpRequest, connection: Connection, state_id: str) -> dict[str, Any]:
    """What was remembered when the browser was sent away, once. Raises ``SignOnError``."""
    state = statekit.unstash_state(request, state_id=state_id, provider_id=connection.provider_id)
    if state is None:
        raise SignOnError(
            _("This sign-in was begun in another browser, or too long ago. Start once more."),
            detail="state: not of this session, used, or older than ten minutes",
        )
    return dict(state)


def unasked(request: HttpRequest, connection: Connection, identity: Identity, *, wanted: str) -> dict[str, Any]:
    """What would have been remembered, for somebody who comes from the provider's own page. Raises ``SignOnError``.

    Whoever is signed in already stays so: a form that another page sends must not put somebody else in their place.
    """
    found = outcome(connection, identity)
    if request.user.is_authenticated and (found.user is None or found.user.pk != request.user.pk):
        raise SignOnError(_("You are signed in here already, as somebody else. Sign out first, then come again."))
    # Nobody has been asked whether they want to be kept signed in.
    return {"process": "login", "remembered": False, "next": _safe(request, wanted) if wanted.startswith("/") else ""}


def arrive(request: HttpRequest, connection: Connection, identity: Identity, state: dict[str, Any]) -> HttpResponse:
    """Go on with somebody whom the provider has vouched for."""
    found = outcome(connection, identity)
    if state["process"] == "trial":
        return trial_page(request, connection, identity=identity, found=found)
    if not connection.enabled:
        raise SignOnError(_("This way to sign in is switched off. Use your password."))
    if state["process"] == "connect":
        return _connect(request, connection, identity, state)
    if found.step == "refused":
        raise SignOnError(found.sentence)
    if found.step == "ask":
        request.session[WAITING] = {
            "connection": connection.provider_id,
            "identity": asdict(identity) | {"said": {}},
            "may_be_made": found.may_be_made,
            "next": state["next"],
            "remembered": state.get("remembered", False),
            "at": time.time(),
        }
        return redirect("accounts:sign-on-first")
    if found.step == "new":
        make_person(connection=connection, identity=identity)
    elif found.step == "link" and found.user is not None:
        link_by_address(user=found.user, connection=connection, identity=identity)
    return sign_in(request, connection, identity, state)


def sign_in(request: HttpRequest, connection: Connection, identity: Identity, state: dict[str, Any]) -> HttpResponse:
    """Hand somebody who is linked to allauth: mail confirmation, second factor, session.

    ``state``: what was remembered of the sign-in page, ``next`` and ``remembered``.
    """
    note_wishes(request, remembered=state.get("remembered", False))
    account = SocialAccount(
        provider=connection.provider_id,
        uid=identity.uid,
        extra_data={"email": identity.email[:254], "name": identity.name},
    )
    login = SocialLogin(account=account, provider=connection.get_provider(request))
    login.state = {"process": "login", "next": state["next"]}
    response: HttpResponse = complete_social_login(request, login)
    return response


def make_here(request: HttpRequest, kept: dict[str, Any]) -> HttpResponse:
    """A new account for who waits, as ``waiting`` has them. A taken address gives the same answer, and its owner a mail."""
    connection, identity = kept["connection"], kept["identity"]
    try:
        make_person(connection=connection, identity=identity)
    except Conflict as conflict:
        if conflict.code != "email_taken":
            raise
        response: HttpResponse = prevent_enumeration(request, email=identity.email)
        return response
    return sign_in(request, connection, identity, kept)


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """Who came by a connection, is linked to nobody and has not said yet whether they have an account."""
    kept = request.session.get(WAITING)
    if not kept or time.time() - kept["at"] > WAITING_SECONDS:
        return None
    connection = Connection.objects.filter(provider_id=kept["connection"]).first()
    if connection is None or not connection.enabled:
        return None
    return {**kept, "connection": connection_of(connection.public_id), "identity": Identity(**kept["identity"])}


def trouble(
    request: HttpRequest, connection: Connection, error: DomainError, *, state: dict[str, Any] | None = None
) -> HttpResponse:
    """A page that says what to do; who tries a connection sees what exactly was wrong."""
    detail = str(getattr(error, "detail", error.message))
    logger.warning("sign-on refused", extra={"connection": connection.pk, "detail": detail})
    is_trial = state is None or state["process"] == "trial"
    # A SAML answer that does not hold names no request, so an administrator's trial cannot be told by its state.
    if is_trial and request.user.has_perm(PERMISSION):  # type: ignore[union-attr]
        return trial_page(request, connection, detail=detail)
    context = {"message": error.message, "connection": connection}
    return render(request, "socialaccount/authentication_error.html", context, status=400)


def trial_page(
    request: HttpRequest,
    connection: Connection,
    *,
    identity: Identity | None = None,
    found: Outcome | None = None,
    detail: str = "",
) -> HttpResponse:
    """What came back from a trial, for administrators; nobody is signed in and nothing is stored."""
    if not request.user.has_perm(PERMISSION):  # type: ignore[union-attr]
        raise SignOnError(_("A trial is for administrators. Sign in as one and start it again."))
    said = sorted((name, _shown(value)) for name, value in identity.said.items()) if identity else []
    context = {"connection": connection, "identity": identity, "found": found, "detail": detail, "said": said}
    return render(request, "accounts/connection_trial.html", context | {"nav_active": "people"})


def _connect(request: HttpRequest, connection: Connection, identity: Identity, state: dict[str, Any]) -> HttpResponse:
    if not request.user.is_authenticated or request.user.pk != state.get("user"):
        raise SignOnError(_("Somebody else is signed in now than when this began. Start once more."))
    link_account(actor=request.user, user=request.user, connection=connection, identity=identity)
    messages.success(request, _("You can sign in by %(name)s from now on.") % {"name": connection.name})
    return redirect("accounts:security")


def _next(request: HttpRequest) -> str:
    return _safe(request, request.POST.get("next", ""))


def _safe(request: HttpRequest, target: str) -> str:
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else ""


def _shown(value: Any) -> str:
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value))[:500]
