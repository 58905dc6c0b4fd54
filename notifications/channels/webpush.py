"""One message to one browser (RFC 8030), encrypted so that the push service in between can read nothing (RFC 8291)."""

import base64
import binascii
import json
import os
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import http_ece
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from core.errors import ProviderError
from core.outbound import Outbound, must_not_be_asked, why_not_reached

# What a push service must take is 4096 bytes in all; this much of it is left for the text.
MOST_BYTES = 3993
# A phone that was off for longer hears of it in the app.
TTL = 24 * 3600
POINT, SECRET = 65, 16
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 429})


class Gone(Exception):
    """The browser does not want it any more: the service has forgotten the address."""


@dataclass(frozen=True)
class Target:
    """A browser: its address at a push service and its keys, in base64url."""

    endpoint: str
    p256dh: str
    auth: str


def decoded(text: str, length: int) -> bytes:
    """``length`` bytes from base64url. Raises ``ValueError``."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if len(data) != length:
        raise ValueError("not of the right length")
    return data


def check_keys(target: Target) -> None:
    """Raise ``ValueError`` for keys with which nothing can be encrypted."""
    point = decoded(target.p256dh, POINT)
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    decoded(target.auth, SECRET)


def encode(message: dict[str, Any]) -> bytes:
    """A message as JSON that fits: a text that is too long is cut."""
    data = _json(message)
    while len(data) > MOST_BYTES and message.get("body"):
        over = len(data) - MOST_BYTES
        message = {**message, "body": message["body"][: -max(over // 4, 1) - 1].rstrip() + "…"}
        if len(message["body"]) < 2:
            message["body"] = ""
        data = _json(message)
    return data


def send(target: Target, message: dict[str, Any], *, authorization: str, tag: str = "") -> None:
    """Hand ``message`` to the browser's push service; ``authorization`` says who sends (``vapid.SiteKey``).

    Raises ``Gone``, or ``ProviderError``, which is permanent where trying again would not help.
    """
    headers = {
        "Authorization": authorization,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL),
        "Urgency": "normal",
    }
    if tag:
        # What waits at the service is replaced by what has the same topic (RFC 8030, 5.4): at most 32 characters.
        headers["Topic"] = tag
    try:
        with Outbound() as session:
            answer = session.request("POST", target.endpoint, data=_encrypted(target, message), headers=headers)
    except requests.RequestException as error:
        raise ProviderError(why_not_reached(error), permanent=must_not_be_asked(error)) from error
    if answer.status_code in _GONE:
        raise Gone
    # A push service leads nowhere else: what it answers is taken, refused, or for later.
    if not 200 <= answer.status_code < 300:
        is_final = answer.status_code < 500 and answer.status_code not in _LATER
        raise ProviderError(
            f"{answer.status_code} {answer.reason or ''}".strip(),
            permanent=is_final,
            retry_after=seconds_until(answer.headers.get("Retry-After", "")),
        )


def seconds_until(said: str) -> int | None:
    """What ``Retry-After`` asks for, in seconds (RFC 9110, 10.2.3: a number or a date); None if it says nothing of use."""
    if said.isascii() and said.isdigit():
        return int(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - timezone.now()).total_seconds()))


def _encrypted(target: Target, message: dict[str, Any]) -> bytes:
    return bytes(
        http_ece.encrypt(
            encode(message),
            salt=os.urandom(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=decoded(target.p256dh, POINT),
            auth_secret=decoded(target.auth, SECRET),
            version="aes128gcm",
        )
    )


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
