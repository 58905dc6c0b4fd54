"""Whether somebody has signed in from this browser before: a signed cookie that says so, and nothing in the database.

A known device is told apart from strangers who try the same address: their wrong tries do not slow it down, and its
owner gets no mail about a new sign-in. The cookie opens nothing; without the password it is of no use.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from accounts.validators import normalise_email

COOKIE = "known"
# A browser that several people share; the one who was away longest is forgotten first.
MOST_PEOPLE = 5
LASTS = 400 * 24 * 3600
_SALT = "accounts.known_devices"


def known_to(request: HttpRequest, email: str) -> bool:
    """Whether the account with this address was signed in to from this browser. Asks no database."""
    mark = _mark(email)
    return any(constant_time_compare(mark, other) for other in _read(request)["for"])


def device_nonce(request: HttpRequest) -> str:
    """A random name of this browser, to count its tries by; empty if it was never signed in from."""
    return str(_read(request)["id"])


def last_person(request: HttpRequest) -> str:
    """The public id of who signed in last from this browser; empty if nobody did."""
    return str(_read(request)["last"])


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Have this browser known to ``user``, who has just signed in from it."""
    before, mark = _read(request), _mark(user.email)
    value = {
        "id": before["id"] or secrets.token_urlsafe(12),
        "for": [mark, *(other for other in before["for"] if other != mark)][:MOST_PEOPLE],
        "last": str(user.public_id),
    }
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=_SALT),
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _mark(email: str) -> str:
    # Keyed, so that the cookie does not tell whose addresses it knows.
    return salted_hmac(_SALT, normalise_email(email), algorithm="sha256").hexdigest()[:32]


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        value = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LASTS)
        return {"id": value["id"], "for": value["for"], "last": value["last"]}
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return {"id": "", "for": [], "last": ""}
