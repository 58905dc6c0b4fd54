"""Who sends a push message (VAPID, RFC 8292): a pair of keys on the curve P-256."""

import base64
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

# Push services take no more than a day.
_SECONDS = 12 * 3600
_BYTES = 32


@dataclass(frozen=True)
class SiteKey:
    """The site's pair. ``text`` is its private half: 32 bytes in base64url."""

    text: str

    def __post_init__(self) -> None:
        if len(self._raw) != _BYTES:
            raise ValueError("a private key has 32 bytes")

    @property
    def public(self) -> str:
        """The public half, as browsers take it: an uncompressed point in base64url."""
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return _base64(point)

    def authorization(self, endpoint: str, *, subject: str) -> str:
        """The header with which one message goes to ``endpoint``: only that service believes it, and for half a day.

        ``subject`` is whom the service writes to when something is wrong.
        """
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + _SECONDS,
            "sub": subject,
        }
        return str(Vapid02(self._private).sign(claims)["Authorization"])

    @property
    def _raw(self) -> bytes:
        return base64.urlsafe_b64decode(self.text + "=" * (-len(self.text) % 4))

    @property
    def _private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self._raw, "big"), ec.SECP256R1())


def new_key() -> SiteKey:
    """A pair that nobody has yet."""
    made = ec.generate_private_key(ec.SECP256R1())
    return SiteKey(_base64(made.private_numbers().private_value.to_bytes(_BYTES, "big")))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
