"""Sessions end: after some time without use, and after some time in all, as the person's role has it.

A form that comes too late for its session is kept.
"""

import logging
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from accounts.late_forms import came_from, keep_late_form
from accounts.models import Device
from accounts.services.devices import note_device_use
from accounts.session_limits import SessionUse, known_use, limits_for, remember_use
from accounts.sessions import FAREWELL, ROLE, VOUCHED, adopt, device_number, end_by_number, renew_session
from core.addresses import plain_address
from core.middleware import BACKGROUND
from core.shortcuts import lead_to, page_address

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("aumbry.sessions")

# Seconds between two notes of a device's use in the database; in between the cache knows.
NOTED_EVERY = 300
# Limits are minutes, so the cache need not know each second.
_CACHED_EVERY = 5


def session_limits(get_response: GetResponse) -> GetResponse:
    """End sessions that are too old or were too long without use; note that the others are used.

    No query while the cache knows the device; one when it does not; one small write in five minutes, when the answer
    is ready. ``request.session_ends_in`` tells the page how many seconds are left.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        # A session of a release that knew no devices, or one that something else than our door has made.
        number = device_number(request) or adopt(request, request.user)
        now = timezone.now().timestamp()
        use = _end_or_use(request, number, now)
        if use is None:
            return get_response(request)
        _renew_with_role(request)
        request.user.is_vouched = bool(request.session.get(VOUCHED))  # type: ignore[union-attr]
        left = use.seconds_left(limits_for(request.user.role, kept=use.kept), now)  # type: ignore[union-attr]
        request.session_ends_in = max(1, int(min(left.values())))  # type: ignore[attr-defined]
        response = get_response(request)
        if BACKGROUND not in request.headers and now - use.noted >= NOTED_EVERY:
            _note(request, number, use, now)
        if use.used - use.cached >= _CACHED_EVERY:
            remember_use(number, use)
        return response

    return middleware


class SignInFirst(LoginRequiredMiddleware):
    """Sends visitors to the sign-in page. What they had typed waits for them behind it."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:  # type: ignore[override]
        if request.method in ("GET", "HEAD"):
            back = page_address(request)
        else:
            # Its safety token was good, so it is a form of ours. Where it went may be no page to come back to.
            if kept := keep_late_form(request):
                return kept
            back = came_from(request)
        return lead_to(request, redirect_to_login(back).url)


def _end_or_use(request: HttpRequest, number: int, now: float) -> SessionUse | None:
    """What is known of the device's use, this one included; None if its session is over, and then it has been ended."""
    role: str = request.user.role  # type: ignore[union-attr]
    use = known = known_use(number)
    if known is None or min(known.seconds_left(limits_for(role, kept=known.kept), now).values()) <= 0:
        # Another process may have seen it since.
        use = _stored(number)
    if use is None:
        logout(request)
        return None
    limits = limits_for(role, kept=use.kept)
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


def _renew_with_role(request: HttpRequest) -> None:
    role = str(request.user.role)  # type: ignore[union-attr]
    # Not while a page asks by itself: what it asks for comes with other requests, under the old key.
    if request.session.get(ROLE) == role or BACKGROUND in request.headers:
        return
    if ROLE in request.session:
        renew_session(request)
    request.session[ROLE] = role


def _stored(number: int) -> SessionUse | None:
    row = Device.objects.open().filter(pk=number).values_list("created_at", "last_seen_at", "remembered").first()
    if row is None:
        return None
    began, seen = (moment.timestamp() for moment in row[:2])
    return SessionUse(began=began, used=seen, noted=seen, kept=row[2])


def _note(request: HttpRequest, number: int, use: SessionUse, now: float) -> None:
    address = plain_address(get_adapter(request).get_client_ip(request))
    try:
        note_device_use(number=number, address=address, at=timezone.now())
    except OperationalError:
        # The page is done and right; a disk that is full or busy must not take it back.
        logger.warning("use of a device not noted", exc_info=True)
    use.noted = now
