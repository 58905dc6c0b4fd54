"""Who opens a socket. By its session it is asked as a page is, by the same middleware, so whatever keeps somebody from
pages (a session that is over, a missing second factor, a policy to agree to) keeps them from the socket, too."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler

from core.realtime import frames
from core.slots import SOCKET_TICKETS, SocketPass

ADDRESS = "/ws/v1/"
# Of those that a page's request has, these are needed here.
_KEPT_HEADERS = frozenset(
    {b"host", b"cookie", b"user-agent", b"accept-language", b"x-forwarded-for", b"x-forwarded-proto"}
)


@dataclass(frozen=True)
class Refused(Exception):
    """``code`` is a close code of the protocol."""

    code: int
    message: str


@dataclass(frozen=True)
class Guest:
    """Who is at the other end. ``only_looks``: somebody sees the site as another person and may change nothing;
    ``is_acted``: as another person, whatever they may."""

    user: Any
    only_looks: bool = False
    is_acted: bool = False
    passes: SocketPass | None = None


def is_from_here(scope: Mapping[str, Any]) -> bool:
    """Whether a page of this site, or of an origin that may use the API, opens the socket; programs name no origin."""
    origin = _header(scope, b"origin")
    if not origin:
        return True
    if origin in settings.CORS_ALLOWED_ORIGINS:
        return True
    try:
        host = _request(scope).get_host()
    except DisallowedHost:
        return False
    return urlsplit(origin).netloc.lower() == host.lower()


def guest_of(scope: Mapping[str, Any], ticket: str) -> Guest:
    """Who opens this socket: whom the ticket names, or whose session it is. Raises ``Refused``."""
    if ticket:
        for tickets in SOCKET_TICKETS:
            if (passes := tickets(ticket)) is not None:
                return Guest(passes.user, passes=passes)
        raise Refused(frames.NOT_SIGNED_IN, "The ticket is used, too old or none. Get a new one.")
    origin = _header(scope, b"origin")
    if not origin or origin in settings.CORS_ALLOWED_ORIGINS:
        # A cookie alone says nothing about who sends it.
        raise Refused(frames.NOT_SIGNED_IN, "Programs and pages of other sites come with a ticket.")
    return _by_session(scope)


def still_there(scope: Mapping[str, Any], guest: Guest) -> None:
    """Ask again what was asked at the door. Raises ``Refused`` when it does not hold any more."""
    if guest.passes is not None:
        if not guest.passes.holds():
            raise Refused(frames.NOT_SIGNED_IN, "You were signed out.")
        return
    found = _by_session(scope)
    if (found.user.pk, found.only_looks) != (guest.user.pk, guest.only_looks):
        raise Refused(frames.NOT_SIGNED_IN, "You are somebody else now. Open the page again.")


def _by_session(scope: Mapping[str, Any]) -> Guest:
    request = _request(scope)
    response = _door().get_response(request)
    response.close()
    if response.status_code == 426:
        looking = getattr(request, "impersonation", None)
        # The lazy object would keep the whole request for as long as the socket is open.
        user = getattr(request.user, "_wrapped", request.user)
        return Guest(user, only_looks=looking is not None and not looking.may_change, is_acted=looking is not None)
    if not request.user.is_authenticated:
        raise Refused(frames.NOT_SIGNED_IN, "Sign in first.")
    raise Refused(frames.NOT_ALLOWED, "Something is asked of you first. Open any page to see it.")


@lru_cache(maxsize=1)
def _door() -> BaseHandler:
    door = BaseHandler()
    door.load_middleware()
    return door


def _request(scope: Mapping[str, Any]) -> ASGIRequest:
    headers = [(name, value) for name, value in scope["headers"] if name in _KEPT_HEADERS]
    # Nobody has clicked anything: this is no use of a session.
    headers += [(b"x-background", b"socket"), (b"accept", b"text/html")]
    http = {**scope, "type": "http", "method": "GET", "path": ADDRESS, "query_string": b"", "headers": headers}
    http["scheme"] = {"wss": "https", "ws": "http"}.get(scope.get("scheme", "ws"), "http")
    http.setdefault("http_version", "1.1")
    return ASGIRequest(http, io.BytesIO())


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
