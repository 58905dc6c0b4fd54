"""Keeping a form whose session has ended, at the edge: what is kept of it, and which browser may have it back."""

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from accounts.known_devices import last_person
from accounts.models import User
from accounts.services.late_forms import KEPT_FOR, Field, keep_form
from core.addresses import client_address
from core.ratelimit import hit
from core.shortcuts import lead_to

COOKIE = "late"
MOST_FIELDS = 200
MOST_PATH = 2000
MOST_BYTES = 256 * 1024
# From one address in an hour; a class behind one address sends few forms too late.
_MOST_AN_HOUR = 60
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
# What proves who one is, or proves nothing any more.
_NEVER = ("password", "passphrase", "secret", "token", "otp", "credential")
_NEVER_BELOW = ("/accounts/", "/profile/", "/admin/", "/api/")


def keep_late_form(request: HttpRequest) -> HttpResponse | None:
    """Keep the form of ``request`` and lead to where it can be sent again; None if there is nothing to keep."""
    if not _is_form(request) or len(request.get_full_path()) > MOST_PATH:
        return None
    fields = fields_of(request)
    if not fields or not hit(f"late-form:{client_address(request)}", limit=_MOST_AN_HOUR, seconds=3600).allowed:
        return None
    token = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(32)
    form = keep_form(visitor=digest(token), person=_sender(request), path=request.get_full_path(), fields=fields)
    address = reverse("accounts:late-form", args=[form.public_id])
    if not request.user.is_authenticated:
        address = f"{reverse('account_login')}?next={address}"
    response = lead_to(request, address)
    _hand_out(response, token)
    return response


def visitor_of(request: HttpRequest) -> str:
    """The digest by which this browser's forms are found; of nothing without its cookie."""
    token = request.COOKIES.get(COOKIE, "")
    return digest(token) if token else ""


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def fields_of(request: HttpRequest) -> list[Field]:
    """What was typed, in order, without secrets; a file by its name alone. Empty if it is more than can be kept."""
    fields = [{"name": name, "value": value} for name, values in request.POST.lists() for value in values]
    fields = [field for field in fields if not _is_secret(field["name"])]
    files = [{"name": name, "file": file.name or ""} for name in request.FILES for file in request.FILES.getlist(name)]
    size = sum(len(text.encode()) for field in fields for text in field.values())
    if len(fields) + len(files) > MOST_FIELDS or size > MOST_BYTES:
        return []
    return [*fields, *files]


def is_from_here(request: HttpRequest) -> bool:
    """Whether a page of this site sent the request, as the browser itself says."""
    here = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin")
    return origin == here if origin else request.headers.get("Referer", "").startswith(f"{here}/")


def came_from(request: HttpRequest) -> str:
    """The page of this site that the request was sent from; the start if none is named."""
    here = f"{request.scheme}://{request.get_host()}"
    page = request.headers.get("Referer", "")
    return page.removeprefix(here) if page.startswith(f"{here}/") else "/"


def _is_form(request: HttpRequest) -> bool:
    # A script's own messages (where one stopped reading) are nothing that somebody typed.
    is_by_script = "HX-Request" in request.headers and "HX-Current-URL" not in request.headers
    return (
        request.method == "POST"
        and request.content_type in _FORM_TYPES
        and not is_by_script
        and not request.path.startswith(_NEVER_BELOW)
    )


def _is_secret(name: str) -> bool:
    return name == "csrfmiddlewaretoken" or any(word in name.lower() for word in _NEVER)


def _sender(request: HttpRequest) -> User | None:
    known = request.user if request.user.is_authenticated else getattr(request, "ended_person", None)
    if isinstance(known, User):
        return known
    public_id = last_person(request)
    return User.objects.filter(public_id=public_id).first() if public_id else None


def _hand_out(response: HttpResponseBase, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(KEPT_FOR.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
