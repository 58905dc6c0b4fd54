"""The keys that tokens are signed with: made, found by their id, replaced.

One algorithm and no other. The private half lies in the database sealed with the site's secret; whoever reads
the database alone cannot sign. Only what was unsealed is believed, so a row that somebody slipped in, or one sealed with
a secret that is gone, signs and verifies nothing.
"""

import re
import secrets
import threading
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.db import IntegrityError, transaction
from django.utils import timezone
from jwt.algorithms import ECAlgorithm
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.settings import api_settings

from accounts.models import SigningKey
from core.sealed import seal, unseal

ALGORITHM = "ES256"
SEALED_FOR = "accounts.signing-keys"
ACCESS_TYPE, REFRESH_TYPE = "at+jwt", "rt+jwt"
# Ours have some 700 characters.
LONGEST_TOKEN = 4096
_KID = re.compile(r"[A-Za-z0-9_-]{16}")
_HEADER = {"alg", "typ", "kid"}
# Ids that are not known yet are asked for, but a flood of made-up ones does not become a flood of queries.
_MOST_LOOKUPS, _LOOKUP_SECONDS = 10, 5.0
_MOST_KEPT = 64

_Pair = tuple[ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey]


class _Ring:
    """This process's unsealed keys. A key never changes, so nothing in here grows old; whether a key
    still counts is asked of the database with the person."""

    def __init__(self) -> None:
        self._keys: dict[str, _Pair] = {}
        self._lookups: deque[float] = deque(maxlen=_MOST_LOOKUPS)
        self._lock = threading.Lock()

    def pair(self, row: SigningKey) -> _Pair | None:
        """Both halves of a stored key, or None if it cannot be unsealed."""
        found = self._keys.get(row.kid)
        if found is None and (private := _unseal(row)) is not None:
            found = private, private.public_key()
            with self._lock:
                if len(self._keys) >= _MOST_KEPT:
                    self._keys.clear()
                self._keys[row.kid] = found
        return found

    def public(self, kid: str) -> ec.EllipticCurvePublicKey | None:
        """The public half of the key with this id, or None. Asks the database only for ids that it has not met."""
        found = self._keys.get(kid)
        if found is None and self._may_look():
            row = SigningKey.objects.filter(kid=kid).first()
            found = self.pair(row) if row else None
        return found[1] if found else None

    def _may_look(self) -> bool:
        now = time.monotonic()
        with self._lock:
            if len(self._lookups) == _MOST_LOOKUPS and now - self._lookups[0] < _LOOKUP_SECONDS:
                return False
            self._lookups.append(now)
            return True

    def forget(self) -> None:
        """As if the process had just begun."""
        with self._lock:
            self._keys.clear()
            self._lookups.clear()


ring = _Ring()


class KeyRingBackend(TokenBackend):  # type: ignore[misc]
    """Signs with the current key and verifies with the one that the token names, of our own keys alone."""

    def __init__(self, typ: str) -> None:
        super().__init__(ALGORITHM, None, "", api_settings.AUDIENCE, api_settings.ISSUER)
        self.typ = typ

    def encode(self, payload: dict[str, Any]) -> str:
        kid, key = current_key()
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid, "typ": self.typ})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims of ``token``. Raises ``TokenBackendError`` for whatever is not ours, whatever is wrong with it."""
        try:
            key = ring.public(self.kid_of(token))
            if key is None:
                raise TokenBackendError("unknown key")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
            )
        except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise TokenBackendError("not a token of ours") from error
        return claims

    def kid_of(self, token: Any) -> str:
        """The key id in the head of ``token``: a head with exactly our three fields, and nothing that names a key elsewhere."""
        if len(token) > LONGEST_TOKEN:
            raise jwt.DecodeError("too long")
        header = jwt.get_unverified_header(token)
        kid = str(header.get("kid"))
        if set(header) != _HEADER or header["alg"] != ALGORITHM or header["typ"] != self.typ or not _KID.fullmatch(kid):
            raise jwt.DecodeError("another head")
        return kid


def current_key() -> tuple[str, ec.EllipticCurvePrivateKey]:
    """The key that signs, with its id; made if there is none, or none that the site's secret opens."""
    for _attempt in range(3):
        row = SigningKey.objects.filter(retired_at=None).first()
        if row is not None and (pair := ring.pair(row)) is not None:
            return row.kid, pair[0]
        if row is not None:
            # Sealed with a secret that is gone. What it signed ends with it.
            SigningKey.objects.filter(pk=row.pk).delete()
        _make()
    raise RuntimeError("no signing key could be made")


def public_keys() -> list[dict[str, Any]]:
    """Every key that verifies now, as a JWK set lists them; newest first. Writes nothing."""
    listed = []
    for row in SigningKey.objects.all():
        if (pair := ring.pair(row)) is not None:
            numbers = ECAlgorithm.to_jwk(pair[1], as_dict=True)
            listed.append({**numbers, "kid": row.kid, "use": "sig", "alg": ALGORITHM})
    return listed


def rotate_keys(*, retire_now: bool = False) -> str:
    """A new key signs from now on; returns its id. Older ones verify until the last token of theirs has expired.

    With ``retire_now`` they end at once and every token with them, for the case that a key was seen by
    others. For commands: whoever runs one on the machine needs no further right.
    """
    with transaction.atomic():
        if retire_now:
            SigningKey.objects.all().delete()
        else:
            SigningKey.objects.filter(retired_at=None).update(retired_at=timezone.now())
        _make()
    return current_key()[0]


def forget_spent_keys(*, now: datetime | None = None) -> None:
    """Delete keys whose last token has expired."""
    longest = max(api_settings.REFRESH_TOKEN_LIFETIME, api_settings.ACCESS_TOKEN_LIFETIME) + timedelta(minutes=1)
    SigningKey.objects.filter(retired_at__lt=(now or timezone.now()) - longest).delete()


def _make() -> None:
    """Store a new key. Of two processes that do so together, the database lets one through; both then use that one."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        with transaction.atomic():
            SigningKey.objects.create(
                kid=secrets.token_urlsafe(12),
                algorithm=ALGORITHM,
                public_pem=public.decode(),
                sealed_private=seal(private.decode(), purpose=SEALED_FOR),
            )
    except IntegrityError:
        return


def _unseal(row: SigningKey) -> ec.EllipticCurvePrivateKey | None:
    private = unseal(row.sealed_private, purpose=SEALED_FOR)
    if private is None:
        return None
    try:
        key = load_pem_private_key(private.encode(), None)
    except ValueError:
        return None
    return key if row.algorithm == ALGORITHM and isinstance(key, ec.EllipticCurvePrivateKey) else None
