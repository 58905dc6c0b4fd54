"""Secrets that must be read again, such as another service's password: stored sealed with the site's own secret."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes


def seal(text: str, *, purpose: str) -> str:
    """``text`` so that only this site can read it. What was sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str | None:
    """The text again; None when it was not sealed here for this purpose, or the site's secret is another one now."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(purpose: str) -> MultiFernet:
    # Old secrets still open what they sealed, so the site's secret can be changed.
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret, purpose)) for secret in secrets])


def _key(secret: str | bytes, purpose: str) -> bytes:
    # The secret is long and random (the start checks it), so one keyed hash derives a key.
    return base64.urlsafe_b64encode(
        hashlib.blake2b(purpose.encode(), key=hashlib.sha256(force_bytes(secret)).digest(), digest_size=32).digest()
    )
