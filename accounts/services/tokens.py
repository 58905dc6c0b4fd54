"""Tokens for programs and for the scripts of our own pages.

A sign-in opens a family of refresh tokens. Each refresh uses one up and gives its successor. A used
one that comes back was copied, and nobody can tell by whom: the whole family ends. Only a client that repeats its own
request, under the same Idempotency-Key and within seconds, gets the same successor again: it lost the answer.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch, datetime_to_epoch, get_md5_hash_password

from accounts.enums import DeviceKind
from accounts.models import Device, SigningKey, TokenFamily, User
from accounts.services.signing import ACCESS_TYPE, REFRESH_TYPE, KeyRingBackend, forget_spent_keys
from accounts.services.sockets import tell_sockets
from core.errors import DomainError

# How long a client may ask again for the answer to its own refresh.
RETRY_WITHIN = timedelta(seconds=10)


class TokenRefused(DomainError):
    """The refresh token is used, revoked, expired or not ours; the caller signs in again."""

    status = 401

    def __init__(self) -> None:
        super().__init__("token_refused", _("This refresh token cannot be used any more. Sign in again for a new one."))


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str
    # Whether the device stays signed in when the browser is closed.
    remembered: bool = False


class Access(AccessToken):  # type: ignore[misc]
    """Checks signature, type, issuer, audience and expiry; whether its sign-in goes on is asked with the person."""

    backend: ClassVar = KeyRingBackend(ACCESS_TYPE)

    def get_token_backend(self) -> KeyRingBackend:
        return self.backend

    @property
    def kid(self) -> str:
        return self.backend.kid_of(self.token)


class Refresh(RefreshToken):  # type: ignore[misc]
    """As ``Access``; whether it was used is asked under a lock."""

    backend: ClassVar = KeyRingBackend(REFRESH_TYPE)
    access_token_class = Access

    def get_token_backend(self) -> KeyRingBackend:
        return self.backend

    @property
    def kid(self) -> str:
        return self.backend.kid_of(self.token)

    def check_blacklist(self) -> None:
        pass


def issue_tokens(*, user: User, device: Device | None = None) -> TokenPair:
    """Open a family for ``user``, who has just proved who they are, and give its first pair.

    The family belongs to ``device`` and ends with it; without one the sign-in is a nameless program's.
    """
    with transaction.atomic():
        if device is None:
            device = Device.objects.create(user=user, kind=DeviceKind.PROGRAM, proved_at=timezone.now())
        return _open_family(user, device)


def issue_page_tokens(*, user: User, device: Device | None) -> TokenPair:
    """As ``issue_tokens``, for the scripts of pages that ``user`` has open in a browser, whose session says who they are.

    A browser has one family at a time: the one before ends.
    """
    with transaction.atomic():
        if device is not None:
            device = Device.objects.select_for_update().get(pk=device.pk)
            if device.ended_at is not None or device.user_id != user.pk:
                raise TokenRefused
            TokenFamily.objects.filter(device=device, ended_at=None).update(ended_at=timezone.now())
        return _open_family(user, device)


def refresh_tokens(*, token: str, key: str = "", now: datetime | None = None) -> TokenPair:
    """Use ``token`` up and give its successors.

    ``key`` is the caller's Idempotency-Key: with it the same request can be repeated for some seconds.
    Raises ``TokenRefused``; a token that was used before, or that is older than the person's
    password or role, ends its family on the way.
    """
    return _refresh(token, key, now or timezone.now())


def refresh_page_tokens(*, token: str, device: int | None, key: str = "", now: datetime | None = None) -> TokenPair:
    """As ``refresh_tokens``, for a page whose session belongs to ``device``: with another session, or none, it is refused."""
    return _refresh(token, key, now or timezone.now(), lambda family: family.device_id in (None, device))


def _refresh(
    token: str, key: str, moment: datetime, belongs: Callable[[TokenFamily], bool] = lambda family: True
) -> TokenPair:
    given = _read(token)
    with transaction.atomic():
        family = _lock_family(given)
        if family is not None:
            if belongs(family) and token_is_current(given, family.user):
                unused = _unused(family.user, given["jti"])
                if unused is not None:
                    BlacklistedToken.objects.create(token=unused)
                    return _successors(family, given["jti"], key, moment)
                if repeated := _repeated(family, given["jti"], key, moment):
                    return repeated
            _end(family)
    raise TokenRefused


def revoke_token(*, token: str) -> None:
    """End the family of ``token``. One that is not ours is passed over: its holder wants it gone, and it is."""
    try:
        given = _read(token)
    except TokenRefused:
        return
    with transaction.atomic():
        family = _lock_family(given)
        if family is not None:
            _end(family)


def end_all_tokens(*, user: User) -> None:
    """End every family of ``user``: after a change of password or role, or when the account is closed.

    For services of this app, which have authorised their own change.
    """
    with transaction.atomic():
        now = timezone.now()
        TokenFamily.objects.filter(user=user, ended_at__isnull=True).update(ended_at=now)
        Device.objects.filter(user=user, kind=DeviceKind.PROGRAM, ended_at__isnull=True).update(ended_at=now)
        _blacklist(OutstandingToken.objects.filter(user=user))


def forget_expired_tokens() -> None:
    """Delete what could not be used any more anyway."""
    now = timezone.now()
    with transaction.atomic():
        OutstandingToken.objects.filter(expires_at__lt=now).delete()
        TokenFamily.objects.filter(expires_at__lt=now).delete()
        forget_spent_keys(now=now)


def _read(token: str) -> Refresh:
    try:
        given = Refresh(token)
    except TokenError as error:
        raise TokenRefused from error
    # A key that was taken out of use in another process.
    if not SigningKey.objects.filter(kid=given.kid).exists():
        raise TokenRefused
    return given


def _lock_family(given: Any) -> TokenFamily | None:
    try:
        public_id = uuid.UUID(given.get("fam", ""))
    except (ValueError, AttributeError, TypeError):
        return None
    families = TokenFamily.objects.select_for_update(of=("self",)).select_related("user", "device")
    return families.filter(public_id=public_id, ended_at__isnull=True).first()


def _unused(user: User, jti: str) -> OutstandingToken | None:
    return OutstandingToken.objects.filter(jti=jti, user=user, blacklistedtoken=None).first()


def token_is_current(given: Any, user: User) -> bool:
    """Whether nothing has happened since the token was made that ends it: closing, new password, new epoch."""
    return (
        user.is_active
        and given.get("sub") == str(user.public_id)
        and given.get("epoch") == user.sign_in_epoch
        and given.get(api_settings.REVOKE_TOKEN_CLAIM) == get_md5_hash_password(user.password)
    )


def _open_family(user: User, device: Device | None) -> TokenPair:
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME
    family = TokenFamily.objects.create(user=user, device=device, expires_at=timezone.now() + lifetime)
    token = _new_token(user, family)
    return _pair(token, family)


def _successors(family: TokenFamily, jti: str, key: str, now: datetime) -> TokenPair:
    token = _new_token(family.user, family)
    family.used_jti, family.used_key, family.used_at, family.next_jti = jti, _digest(key), now, token["jti"]
    family.save(update_fields=["used_jti", "used_key", "used_at", "next_jti"])
    return _pair(token, family)


def _repeated(family: TokenFamily, jti: str, key: str, now: datetime) -> TokenPair | None:
    """The same successor once more, for whoever used the token up and asks again before using what came of it."""
    if not key or family.used_at is None or now - family.used_at > RETRY_WITHIN:
        return None
    if family.used_jti != jti or not hmac.compare_digest(family.used_key, _digest(key)):
        return None
    successor = _unused(family.user, family.next_jti)
    if successor is None or successor.created_at is None:
        return None
    token = _claims(Refresh(), family.user, family)
    token["jti"] = successor.jti
    token["iat"], token["exp"] = datetime_to_epoch(successor.created_at), datetime_to_epoch(successor.expires_at)
    return _pair(token, family)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest() if key else ""


def _new_token(user: User, family: TokenFamily) -> Refresh:
    token = _claims(Refresh(), user, family)
    expires_at = datetime_from_epoch(token["exp"])
    # Its number is enough to recognise it; the token itself would be a key lying in the database.
    OutstandingToken.objects.create(
        user=user, jti=token["jti"], token="", created_at=token.current_time, expires_at=expires_at
    )
    TokenFamily.objects.filter(pk=family.pk).update(expires_at=expires_at)
    return token


def _claims(token: Refresh, user: User, family: TokenFamily) -> Refresh:
    token["sub"] = str(user.public_id)
    token["fam"] = str(family.public_id)
    token["epoch"] = user.sign_in_epoch
    token[api_settings.REVOKE_TOKEN_CLAIM] = get_md5_hash_password(user.password)
    return token


def _pair(token: Refresh, family: TokenFamily) -> TokenPair:
    remembered = family.device is not None and family.device.remembered
    return TokenPair(access=str(token.access_token), refresh=str(token), remembered=remembered)


def _end(family: TokenFamily) -> None:
    now = timezone.now()
    TokenFamily.objects.filter(pk=family.pk).update(ended_at=now)
    # A program's device is its family; a browser's goes on with its session.
    if family.device_id is not None:
        Device.objects.filter(pk=family.device_id, kind=DeviceKind.PROGRAM, ended_at__isnull=True).update(ended_at=now)
    tell_sockets([family.user_id])


def _blacklist(tokens: Any) -> None:
    rows = [BlacklistedToken(token=token) for token in tokens.filter(blacklistedtoken=None)]
    BlacklistedToken.objects.bulk_create(rows, ignore_conflicts=True)
