"""The doors of single sign-on: away to a provider, back from it, and the first time."""

from dataclasses import asdict
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import oidc, saml, sign_on
from accounts.enums import ConnectionKind
from accounts.identity import Identity, SignOnError
from accounts.models import Connection
from accounts.selectors.connections import connection_of
from accounts.services.connections import keep_answer, take_answer, use_assertion
from core.errors import DomainError
from core.shortcuts import not_found_unless

SALT = "sign-on-trouble"


def _of_kind(public_id: UUID, kind: ConnectionKind) -> Connection:
    connection = connection_of(public_id)
    not_found_unless(connection.kind == kind)
    return connection


@login_not_required
@require_POST
def begin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A button of the sign-in page."""
    connection = connection_of(public_id)
    not_found_unless(connection.enabled)
    return sign_on.begin(request, connection, process="login")


@login_not_required
@require_GET
def callback(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where an OpenID Connect provider sends people back to."""
    connection = _of_kind(public_id, ConnectionKind.OIDC)
    state = None
    try:
        state = sign_on.come_back(request, connection, request.GET.get("state", "")[:200])
        if request.GET.get("error") == "access_denied" and state["process"] != "trial":
            return render(request, "socialaccount/login_cancelled.html", {"connection": connection})
        if "code" not in request.GET:
            raise oidc.refused(f"instead of a code: {request.GET.get('error', '')[:100]}")
        identity = oidc.identity(
            connection, code=request.GET["code"], memory=state, redirect_uri=sign_on.redirect_uri(connection)
        )
        return sign_on.arrive(request, connection, identity, state)
    except DomainError as error:
        return sign_on.trouble(request, connection, error, state=state)


@csrf_exempt
@login_not_required
@require_POST
def acs(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a SAML provider posts its assertion. The session's cookie does not come along from another site,
    so what was said waits for the next request, which has it."""
    connection = _of_kind(public_id, ConnectionKind.SAML)
    there = reverse("accounts:sign-on-finish", args=[public_id])
    try:
        answer = saml.answer(connection, request.POST.dict())
        use_assertion(connection=connection, assertion_id=answer.assertion_id)
    except SignOnError as error:
        return redirect(f"{there}?trouble={signing.dumps(str(error.detail)[:300], salt=SALT)}")
    response = redirect(there)
    said = {
        "answers": answer.answers,
        "identity": asdict(answer.identity),
        "connection": connection.provider_id,
        # A page of this site, where the provider's start page has a link to one.
        "wanted": request.POST.get("RelayState", "")[:500],
    }
    keep_answer(request, response, said)
    return response


@login_not_required
@require_GET
def finish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The second half of ``acs``."""
    connection = _of_kind(public_id, ConnectionKind.SAML)
    said = take_answer(request)
    state = None
    try:
        if said.get("connection") != connection.provider_id or "trouble" in request.GET:
            raise saml.refused(_trouble(request))
        if said["answers"]:
            state = sign_on.come_back(request, connection, said["answers"])
        else:
            state = sign_on.unasked(request, connection, Identity(**said["identity"]), wanted=said["wanted"])
        return sign_on.arrive(request, connection, Identity(**said["identity"]), state)
    except DomainError as error:
        return sign_on.trouble(request, connection, error, state=state)


@login_not_required
@require_GET
def metadata(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a SAML provider wants to know about this site."""
    connection = _of_kind(public_id, ConnectionKind.SAML)
    return HttpResponse(saml.sp_metadata(connection), content_type="application/samlmetadata+xml")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """Somebody comes by a connection for the first time: have they an account here, or is one to be made?"""
    kept = sign_on.waiting(request)
    if kept is None:
        return redirect("account_login")
    if request.method == "POST":
        not_found_unless(kept["may_be_made"])
        del request.session[sign_on.WAITING]
        return sign_on.make_here(request, kept)
    return render(request, "socialaccount/first.html", kept)


def _trouble(request: HttpRequest) -> str:
    try:
        return str(signing.loads(request.GET.get("trouble", ""), salt=SALT, max_age=300))
    except signing.BadSignature:
        return "no assertion in this browser"
