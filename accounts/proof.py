"""When somebody last proved who they are, in this session or on this device: at the sign-in, or since then."""

import time
from typing import Any

from allauth.account import app_settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services.devices import note_proof_at
from accounts.sessions import device_number, this_device

_PROVED_AT = "proved_at"


def note_proof(request: HttpRequest) -> None:
    """The person behind this session has just proved who they are."""
    request.session[_PROVED_AT] = int(time.time())
    number = device_number(request)
    if number is not None:
        # For the tokens of this session's pages.
        note_proof_at(number=number)


def is_proved(request: HttpRequest) -> bool:
    """Whether the session's last proof is not older than ``ACCOUNT_REAUTHENTICATION_TIMEOUT`` seconds."""
    proved_at = request.session.get(_PROVED_AT)
    return isinstance(proved_at, int) and _is_fresh(time.time() - proved_at)


def is_proved_in_api(request: Any) -> bool:
    """The same of a call to the API: by session, or by the device that a token belongs to. A key proves nothing."""
    if request.auth is None:
        return is_proved(request._request)
    if isinstance(request.auth, ApiKey):
        return False
    device = this_device(request)
    proved_at = device.proved_at if device else None
    return proved_at is not None and _is_fresh((timezone.now() - proved_at).total_seconds())


def _is_fresh(seconds: float) -> bool:
    return bool(seconds < app_settings.REAUTHENTICATION_TIMEOUT)
