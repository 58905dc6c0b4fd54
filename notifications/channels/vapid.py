"""The site's own pair of keys for push services (VAPID, RFC 8292): from the environment, or made once and kept sealed."""

import base64
import time
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import IntegrityError, transaction
from py_vapid import Vapid02

from core.sealed import seal, unseal
from notifications.models import PushKey

_NAME = "vapid"
_SEALED_FOR = "notifications.push-key"
# Push services take no more than a day.
_SECONDS = 12 * 3600


def public_key() -> str:
    """The public half, as browsers take it: an uncompressed point in base64url."""
    return _encoded_public(_vapid())


def authorization(endpoint: str) -> str:
    """The header with which one message goes to ``endpoint``; only that service believes it, and for half a day."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + _SECONDS,
        "sub": settings.VAPID_SUBJECT,
    }
    return str(_vapid().sign(claims)["Authorization"])


def read_private(text: str) -> Vapid02:
    """A private key from its 32 bytes in base64url. Raises ``ValueError``."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != 32:
        raise ValueError("a private key has 32 bytes")
    return Vapid02(ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1()))


def _vapid() -> Vapid02:
    return _read(settings.VAPID_PRIVATE_KEY or _stored())


@lru_cache(maxsize=4)
def _read(text: str) -> Vapid02:
    return read_private(text)


def _stored() -> str:
    row = PushKey.objects.filter(name=_NAME).first()
    private = unseal(row.sealed_private, purpose=_SEALED_FOR) if row else None
    if private is not None:
        return private
    if row is not None:
        # Sealed with a secret that is gone: browsers are asked anew, by the page.
        row.delete()
    made = ec.generate_private_key(ec.SECP256R1())
    private = _base64(made.private_numbers().private_value.to_bytes(32, "big"))
    try:
        with transaction.atomic():
            PushKey.objects.create(
                name=_NAME,
                public_key=_encoded_public(Vapid02(made)),
                sealed_private=seal(private, purpose=_SEALED_FOR),
            )
    except IntegrityError:
        # Another process was first.
        return _stored()
    return private


def _encoded_public(vapid: Vapid02) -> str:
    point = vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _base64(point)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
