"""When somebody last proved who they are, in this session or on this device: at the sign-in, or since then."""

import time
from typing import Any

from allauth.account import app_settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from accounts.services.devices import note_proof_at
from accounts.sessions import device_number, this_device
from core.errors import DomainError

_PROVED_AT = "proved_at"


class ProofNeeded(DomainError):
    """Nothing was done: the caller must first prove who they are, or do it by other means than a key."""

    status = 403

    def __init__(self, *, by_key: bool) -> None:
        if by_key:
            sentence = _("A key cannot show who uses it. Do this signed in with email and password, or on the pages.")
        else:
            sentence = _(
                "Show first that it is you: send your password to /api/v1/me/proof/, then this again within five minutes."
            )
        super().__init__("proof_needed", sentence)


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


def require_proof(request: Any) -> None:
    """Raise ``ProofNeeded`` unless the caller has signed in or proved who they are a few minutes ago."""
    if not is_proved_in_api(request):
        raise ProofNeeded(by_key=isinstance(request.auth, ApiKey))


def _is_fresh(seconds: float) -> bool:
    return bool(seconds < app_settings.REAUTHENTICATION_TIMEOUT)
