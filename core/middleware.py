"""Middleware that every request passes; all of it synchronous, so a request stays on one thread."""

import logging
import re
import time
import zoneinfo
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.addresses import client_address, plain_address
from core.context import set_address, set_impersonator, set_request_id
from core.disks import NO_ROOM
from core.errors import DomainError
from core.ids import new_public_id

# What a page asks by itself, such as whether the session goes on, carries this header and is no use.
BACKGROUND = "X-Background"
GetResponse = Callable[[HttpRequest], HttpResponse]

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,36}$")
logger = logging.getLogger("aumbry.request")


def request_id(get_response: GetResponse) -> GetResponse:
    """Give each request an id that its answer, its log lines and its events carry."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        value = given if _REQUEST_ID.match(given) else str(new_public_id())
        request.request_id = value  # type: ignore[attr-defined]
        set_request_id(value)
        set_address(plain_address(client_address(request)) or "")
        set_impersonator(None)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=value)
        began = time.perf_counter()
        response = get_response(request)
        response["X-Request-ID"] = value
        if logger.isEnabledFor(logging.INFO):
            facts = {
                "method": request.method,
                "route": getattr(request.resolver_match, "route", None),
                "status": response.status_code,
                "milliseconds": round((time.perf_counter() - began) * 1000, 1),
                "user": getattr(getattr(request, "_cached_user", None), "pk", None),
            }
            logger.info("request", extra=facts)
        return response

    return middleware


def reader_preferences(get_response: GetResponse) -> GetResponse:
    """Speak the reader's language and tell times in the reader's zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated:
            structlog.contextvars.bind_contextvars(user_id=user.pk)
            language = getattr(user, "language", "")
            if language and language in dict(settings.LANGUAGES):
                translation.activate(language)
                request.LANGUAGE_CODE = language
            try:
                timezone.activate(zoneinfo.ZoneInfo(user.time_zone))  # type: ignore[union-attr]
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, AttributeError):
                timezone.deactivate()
        else:
            timezone.deactivate()
        response = get_response(request)
        if user.is_authenticated:
            # Personal pages are nobody else's to keep.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware


# Nothing of the site asks for these, so nothing that got into a page may either.
_PERMISSIONS = "camera=(self), microphone=(self), display-capture=(self), " + ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)


class ContentPolicy(CSPMiddleware):
    """What an answer may load, ask for and be embedded in.

    The policy is django-csp's, that of an ordinary page written once; pages that ask for more get their own.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.usual = build_policy()

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        # For the API the allow-list of origins decides.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        asks = any(name.startswith("_csp") for name in vars(response)) or hasattr(request, "_csp_nonce")
        if not asks and not settings.DEBUG:
            response.headers.setdefault(HEADER, self.usual)
            request.csp_nonce = None  # type: ignore[attr-defined]
            return response
        return super().process_response(request, response)


class OriginGate:
    """Tells a page of another origin that may not call the API what to change, instead of leaving it to the browser.

    A browser says only that it was refused; the answer here and a line in the log name the origin and the setting.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin")
        if origin is None or not request.path.startswith("/api/"):
            return self.get_response(request)
        if origin not in settings.CORS_ALLOWED_ORIGINS and not self._is_own(request, origin):
            sentence = _("Pages of %(origin)s may not call this API. Add the origin to CORS_ALLOWED_ORIGINS.") % {
                "origin": origin[:200]
            }
            code = "origin_refused"
            return self._refuse(request, code, sentence)
        wanted = request.headers.get("Access-Control-Request-Headers", "")
        unknown = sorted({name.strip().lower() for name in wanted.split(",") if name.strip()} - set(_cors_headers()))
        if request.method == "OPTIONS" and unknown:
            sentence = _("Requests from %(origin)s may not carry the header %(names)s. CORS_ALLOW_HEADERS lists those.")
            said = sentence % {"origin": origin[:200], "names": ", ".join(unknown)[:200]}
            code = "header_refused"
            return self._refuse(request, code, said)
        return self.get_response(request)

    def _is_own(self, request: HttpRequest, origin: str) -> bool:
        try:
            here = f"{request.scheme}://{request.get_host()}"
        except DisallowedHost:
            return True  # answered as what it is further in
        return origin in (here, settings.SITE_URL) or origin in settings.CSRF_TRUSTED_ORIGINS

    def _refuse(self, request: HttpRequest, code: str, sentence: str) -> HttpResponse:
        from core.api.exceptions import problem_response  # noqa: PLC0415 -- it imports this module

        logger.warning(sentence)
        return problem_response(request, status_code=403, code=code, title=sentence)


def _cors_headers() -> tuple[str, ...]:
    return tuple(settings.CORS_ALLOW_HEADERS)


def messages_wait_for_a_page(get_response: GetResponse) -> GetResponse:
    """A page that is made anew by itself shows no messages, so they are still there for the page that somebody opens."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        storage = getattr(request, "_messages", None)
        if storage is not None and BACKGROUND in request.headers:
            storage.used = False
        return response

    return middleware


class DomainTrouble:
    """Turn what the domain or the database refuses into a page that says what to do.

    Views that can say it closer to the form do so; this is for the rest. API views have an
    exception handler of their own. What breaks in a middleware below, such as the session's,
    arrives at the handler for 500, which asks ``trouble_answer`` too.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DomainError):
            context = {"message": error.message, "code": error.code, "fields": error.fields}
            response = render(request, "errors/domain.html", context, status=error.status)
            if error.retry_after is not None:
                response["Retry-After"] = str(error.retry_after)
            return response
        return trouble_answer(request, error)


def trouble_answer(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The answer to a database or a disk that cannot do its part; None if ``error`` is of another kind."""
    trouble = database_trouble(error)
    code = "database_unavailable"
    if trouble is None and isinstance(error, OSError) and error.errno in NO_ROOM:
        # Most often the system's folder for temporary files, where large forms are received.
        trouble = 507, _("The disk is full, so nothing was stored. Tell the site's administrator, then try again.")
        code = "disk_full"
        _let_go_of_received(request)
    if trouble is None:
        return None
    status, message = trouble
    logger.error("database or disk cannot write", exc_info=error)
    response: HttpResponse
    if request.path.startswith("/api/"):
        from core.api.exceptions import problem_response  # noqa: PLC0415 -- it imports this module

        response = problem_response(request, status_code=status, code=code, title=message)
    else:
        # Without the request: no context processor may ask the database again.
        context = {"message": message, "status": status, "request_id": getattr(request, "request_id", "")}
        response = render(None, "errors/trouble.html", context, status=status)  # type: ignore[arg-type]
    response["Retry-After"] = "5"
    return response


def _let_go_of_received(request: HttpRequest) -> None:
    """Give back at once the room of a file that came half; otherwise that waits for the garbage collector."""
    for handler in request.upload_handlers:
        # Closing writes what is left, for which there is no room either.
        with suppress(OSError):
            handler.upload_interrupted()


def database_trouble(error: BaseException | None) -> tuple[int, str] | None:
    """Status and sentence for a database that is locked, full, read-only or away; else None."""
    if not isinstance(error, OperationalError):
        return None
    text = str(error).lower()
    if "full" in text or "no space" in text:
        return 507, _(
            "The disk is full, so nothing was saved. Your text is still in this form: tell the site's administrator, then try again."
        )
    if "readonly" in text or "read-only" in text:
        return 503, _("The site is read-only at the moment, so nothing was saved. Try again in a few minutes.")
    if "locked" in text or "busy" in text:
        return 503, _("The site is very busy, so nothing was saved. Try again in a few seconds.")
    return 503, _("The database is not answering, so nothing was saved. Try again in a few seconds.")
