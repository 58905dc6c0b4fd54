"""When this session last proved who it is: at its sign-in, or since then by password, code or passkey."""

import time

from allauth.account import app_settings
from django.http import HttpRequest

_PROVED_AT = "proved_at"


def note_proof(request: HttpRequest) -> None:
    """The person behind this session has just proved who they are."""
    request.session[_PROVED_AT] = int(time.time())


def is_proved(request: HttpRequest) -> bool:
    """Whether the last proof is not older than ``ACCOUNT_REAUTHENTICATION_TIMEOUT`` seconds."""
    proved_at = request.session.get(_PROVED_AT)
    return isinstance(proved_at, int) and time.time() - proved_at < app_settings.REAUTHENTICATION_TIMEOUT
