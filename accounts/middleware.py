"""Sessions end: after some time without use, and after some time in all, as the person's role has it.

A form that comes too late for its session is kept.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from accounts.late_forms import came_from, keep_late_form
from accounts.models import Device
from accounts.services.devices import note_device_use
from accounts.session_limits import SessionLimits, limits_for
from accounts.sessions import FAREWELL, device_number, end_by_number, plain_address

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("aumbry.sessions")

# What a page asks by itself, such as whether the session goes on, carries this header and is no use.
BACKGROUND = "X-Background"
# Seconds between two notes of a device's use in the database; in between the cache knows.
NOTED_EVERY = 300
_CACHED_FOR = 15 * 24 * 3600
# Limits are minutes, so the cache need not know each second.
_CACHED_EVERY = 5


@dataclass
class _Use:
    """Moments of a device, in seconds since 1970: signed in, last used, last noted in the database, last use in the cache."""

    began: float
    used: float
    noted: float
    cached: float = 0.0

    def seconds_left(self, limits: SessionLimits, now: float) -> dict[str, float]:
        return {"idle": self.used + limits.idle_seconds - now, "age": self.began + limits.most_seconds - now}


def session_limits(get_response: GetResponse) -> GetResponse:
    """End sessions that are too old or were too long without use; note that the others are used.

    No query while the cache knows the device; one when it does not; one small write in five minutes, when the answer
    is ready. ``request.session_ends_in`` tells the page how many seconds are left.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        number = device_number(request) if request.user.is_authenticated else None
        if number is None:
            return get_response(request)
        now = timezone.now().timestamp()
        use = _end_or_use(request, number, now)
        if use is None:
            return get_response(request)
        left = use.seconds_left(limits_for(request.user.role), now)  # type: ignore[union-attr]
        request.session_ends_in = max(1, int(min(left.values())))  # type: ignore[attr-defined]
        response = get_response(request)
        if BACKGROUND not in request.headers and now - use.noted >= NOTED_EVERY:
            _note(request, number, use, now)
        if use.used - use.cached >= _CACHED_EVERY:
            use.cached = use.used
            cache.set(_key(number), asdict(use), _CACHED_FOR)
        return response

    return middleware


class SignInFirst(LoginRequiredMiddleware):
    """Sends visitors to the sign-in page. What they had typed waits for them behind it."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        # Its safety token was good, so it is a form of ours. Where it went may be no page to come back to.
        return keep_late_form(request) or redirect_to_login(came_from(request))


def _end_or_use(request: HttpRequest, number: int, now: float) -> _Use | None:
    """What is known of the device's use, this one included; None if its session is over, and then it has been ended."""
    limits = limits_for(request.user.role)  # type: ignore[union-attr]
    kept = cache.get(_key(number))
    use = _Use(**kept) if kept else _stored(number)
    if kept and use and min(use.seconds_left(limits, now).values()) <= 0:
        # Another process may have seen it since.
        use = _stored(number)
    if use is None:
        logout(request)
        return None
    left = use.seconds_left(limits, now)
    if min(left.values()) <= 0:
        why = "age" if left["age"] <= 0 else "idle"
        seconds = limits.most_seconds if why == "age" else limits.idle_seconds
        request.ended_person = request.user  # type: ignore[attr-defined]
        logout(request)
        end_by_number(number)
        request.session[FAREWELL] = {"why": why, "minutes": seconds // 60}
        return None
    if BACKGROUND not in request.headers:
        use.used = now
    return use


def _stored(number: int) -> _Use | None:
    row = Device.objects.open().filter(pk=number).values_list("created_at", "last_seen_at").first()
    if row is None:
        return None
    began, seen = (moment.timestamp() for moment in row)
    return _Use(began=began, used=seen, noted=seen)


def _note(request: HttpRequest, number: int, use: _Use, now: float) -> None:
    address = plain_address(get_adapter(request).get_client_ip(request))
    try:
        note_device_use(number=number, address=address, at=timezone.now())
    except OperationalError:
        # The page is done and right; a disk that is full or busy must not take it back.
        logger.warning("use of a device not noted", exc_info=True)
    use.noted = now


def _key(number: int) -> str:
    return f"device-use:{number}"
