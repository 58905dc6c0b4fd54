"""Single sign-on, set up by administrators; and one's own ways in."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import saml, sign_on
from accounts.enums import ConnectionKind, KeyStage
from accounts.forms.connections import FORMS, ConnectionForm, initial_values
from accounts.models import Connection
from accounts.selectors.connections import all_connections, connection_of
from accounts.services.connections import (
    PERMISSION,
    change_connection,
    check_connection,
    create_connection,
    delete_connection,
    link_account,
    unlink_account,
)
from accounts.services.site_keys import renew_key
from accounts.views.proof import proof_needed
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import not_found_unless, signed_in


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """The services elsewhere by which people sign in."""
    authorize(request.user, PERMISSION)
    return render(request, "accounts/connections.html", {"connections": all_connections(), "nav_active": "people"})


@require_http_methods(["GET", "HEAD", "POST"])
@proof_needed()
def connection_new(request: HttpRequest, kind: str) -> HttpResponse:
    authorize(request.user, PERMISSION)
    not_found_unless(kind in FORMS)
    form = FORMS[kind](request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            address = once(request, lambda: _made(request, kind, form))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Connection saved. Give the provider what it needs, then try it."))
            return redirect(address)
    context = {"form": form, "kind": ConnectionKind(kind).label, "nav_active": "people"}
    return render(request, "accounts/connection_new.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@proof_needed()
def connection(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One connection: what the provider needs, a trial, its values."""
    authorize(request.user, PERMISSION)
    found = connection_of(public_id)
    form = FORMS[found.kind](request.POST or None, initial=initial_values(found))
    if request.method == "POST" and form.is_valid():
        try:
            change_connection(actor=request.user, connection=found, **_values(found, form))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Connection saved"))
            return redirect(found)
    return render(request, "accounts/connection.html", _page(found, form), status=_status(form))


@require_POST
def connection_try(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What can be tried from here, step by step."""
    authorize(request.user, PERMISSION)
    found = connection_of(public_id)
    checks = check_connection(actor=request.user, connection=found)
    form = FORMS[found.kind](initial=initial_values(found))
    return render(request, "accounts/connection.html", _page(found, form) | {"checks": checks})


@require_POST
def connection_trial(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The whole way there and back, without signing anybody in."""
    authorize(request.user, PERMISSION)
    return sign_on.begin(request, connection_of(public_id), process="trial")


_RENEWED = {
    KeyStage.PREPARED: _lazy("The site signs with the present key. The other one stands beside it in the metadata."),
    KeyStage.SWITCHED: _lazy("The site signs with the new key. Try the connection now."),
    KeyStage.SETTLED: _lazy("There is one key again."),
}


@require_POST
@proof_needed()
def connection_key(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One step of renewing this site's key."""
    authorize(request.user, PERMISSION)
    found = connection_of(public_id)
    stage = request.POST.get("stage", "")
    not_found_unless(found.kind == ConnectionKind.SAML and stage in KeyStage.values)
    with domain_errors_as_messages(request):
        renew_key(actor=request.user, connection=found, stage=stage)
        messages.success(request, str(_RENEWED[KeyStage(stage)]))
    return redirect(f"{found.get_absolute_url()}#key")


@require_POST
@proof_needed()
def connection_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    authorize(request.user, PERMISSION)
    found = connection_of(public_id)
    delete_connection(actor=request.user, connection=found)
    messages.success(request, _("“%(name)s” deleted. Its people keep their accounts.") % {"name": found.name})
    return redirect("accounts:connections")


# One's own


@require_POST
@proof_needed()
def link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Away to the provider, to come back linked to the person signed in."""
    found = connection_of(public_id)
    not_found_unless(found.enabled)
    return sign_on.begin(request, found, process="connect")


@require_POST
@proof_needed()
def unlink(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = connection_of(public_id)
    with domain_errors_as_messages(request):
        unlink_account(actor=signed_in(request), user=signed_in(request), connection=found)
        messages.success(request, _("You can no longer sign in by %(name)s.") % {"name": found.name})
    return redirect("accounts:security")


@require_http_methods(["GET", "HEAD", "POST"])
def link_waiting(request: HttpRequest) -> HttpResponse:
    """Who came by a connection first and has now signed in with a password says that both are the same."""
    kept = sign_on.waiting(request)
    if kept is None:
        return redirect("accounts:security")
    if request.method == "POST":
        del request.session[sign_on.WAITING]
        with domain_errors_as_messages(request):
            link_account(
                actor=signed_in(request),
                user=signed_in(request),
                connection=kept["connection"],
                identity=kept["identity"],
            )
            messages.success(request, _("You can sign in by %(name)s from now on.") % {"name": kept["connection"].name})
        return redirect(kept["next"] or "home")
    return render(request, "accounts/link_waiting.html", kept)


def _made(request: HttpRequest, kind: str, form: ConnectionForm) -> str:
    return create_connection(actor=signed_in(request), kind=kind, **form.values()).get_absolute_url()


def _values(found: Connection, form: ConnectionForm) -> dict[str, Any]:
    values = form.values()
    if found.kind == ConnectionKind.SAML and not values["metadata_url"] and not values["metadata"]:
        # The form shows one certificate of perhaps several; untouched, all of them stay.
        shown = initial_values(found)
        names = ("entity_id", "sso_url", "certificate")
        if all("".join(values[name].split()) == "".join(shown[name].split()) for name in names):
            return {name: value for name, value in values.items() if name not in {*names, "metadata", "metadata_url"}}
    return values


def _page(found: Connection, form: ConnectionForm) -> dict[str, Any]:
    if found.kind == ConnectionKind.OIDC:
        needed = [(_("Redirect address"), sign_on.redirect_uri(found))]
    else:
        needed = [
            (_("Entity id of this site"), saml.sp_entity_id(found)),
            (_("Assertion consumer service (POST)"), saml.acs_url(found)),
            (_("Metadata of this site"), saml.sp_entity_id(found)),
        ]
    keys = saml.site_keys(found) if found.kind == ConnectionKind.SAML else []
    return {"connection": found, "form": form, "needed": needed, "keys": keys, "nav_active": "people"}


def _status(form: ConnectionForm) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
