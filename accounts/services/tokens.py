"""Tokens for programs.

A sign-in opens a family of refresh tokens. Each refresh uses one up and gives its successor. A used
one that comes back was copied, and nobody can tell by whom: the whole family ends.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from accounts.enums import DeviceKind
from accounts.models import Device, TokenFamily, User
from core.errors import DomainError


class TokenRefused(DomainError):
    """The refresh token is used, revoked, expired or not ours; the caller signs in again."""

    status = 401

    def __init__(self) -> None:
        super().__init__("token_refused", _("This refresh token cannot be used any more. Sign in again for a new one."))


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str


class _Refresh(RefreshToken):  # type: ignore[misc]
    """Checks signature, type, issuer, audience and expiry; whether it was used is asked under a lock."""

    def check_blacklist(self) -> None:
        pass


def issue_tokens(*, user: User, device: Device | None = None) -> TokenPair:
    """Open a family for ``user``, who has just proved who they are, and give its first pair.

    The family belongs to ``device`` and ends with it; without one the sign-in is a nameless program's.
    """
    with transaction.atomic():
        if device is None:
            device = Device.objects.create(user=user, kind=DeviceKind.PROGRAM)
        lifetime = api_settings.REFRESH_TOKEN_LIFETIME
        family = TokenFamily.objects.create(user=user, device=device, expires_at=timezone.now() + lifetime)
        return _new_pair(user, family)


def refresh_tokens(*, token: str) -> TokenPair:
    """Use ``token`` up and give its successors.

    Raises ``TokenRefused``; a token that was used before, or that is older than the person's
    password or role, ends its family on the way.
    """
    given = _read(token)
    with transaction.atomic():
        family = _lock_family(given)
        if family is not None:
            if _is_fresh(given, family):
                _blacklist(OutstandingToken.objects.filter(jti=given["jti"]))
                return _new_pair(family.user, family)
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


def _read(token: str) -> Any:
    try:
        return _Refresh(token)
    except TokenError as error:
        raise TokenRefused from error


def _lock_family(given: Any) -> TokenFamily | None:
    try:
        public_id = uuid.UUID(given.get("fam", ""))
    except (ValueError, AttributeError, TypeError):
        return None
    families = TokenFamily.objects.select_for_update(of=("self",)).select_related("user")
    return families.filter(public_id=public_id, ended_at__isnull=True).first()


def _is_fresh(given: Any, family: TokenFamily) -> bool:
    return (
        token_is_current(given, family.user)
        and OutstandingToken.objects.filter(jti=given["jti"], user=family.user, blacklistedtoken=None).exists()
    )


def token_is_current(given: Any, user: User) -> bool:
    """Whether nothing has happened since the token was made that ends it: closing, new password, new epoch."""
    return (
        user.is_active
        and given.get("sub") == str(user.public_id)
        and given.get("epoch") == user.sign_in_epoch
        and given.get(api_settings.REVOKE_TOKEN_CLAIM) == get_md5_hash_password(user.password)
    )


def _new_pair(user: User, family: TokenFamily) -> TokenPair:
    token = _Refresh()
    token["sub"] = str(user.public_id)
    token["fam"] = str(family.public_id)
    token["epoch"] = user.sign_in_epoch
    token[api_settings.REVOKE_TOKEN_CLAIM] = get_md5_hash_password(user.password)
    expires_at = datetime_from_epoch(token["exp"])
    # Its number is enough to recognise it; the token itself would be a key lying in the database.
    OutstandingToken.objects.create(
        user=user, jti=token["jti"], token="", created_at=token.current_time, expires_at=expires_at
    )
    TokenFamily.objects.filter(pk=family.pk).update(expires_at=expires_at)
    return TokenPair(access=str(token.access_token), refresh=str(token))


def _end(family: TokenFamily) -> None:
    now = timezone.now()
    TokenFamily.objects.filter(pk=family.pk).update(ended_at=now)
    # A program's device is its family; a browser's goes on with its session.
    if family.device_id is not None:
        Device.objects.filter(pk=family.device_id, kind=DeviceKind.PROGRAM, ended_at__isnull=True).update(ended_at=now)


def _blacklist(tokens: Any) -> None:
    rows = [BlacklistedToken(token=token) for token in tokens.filter(blacklistedtoken=None)]
    BlacklistedToken.objects.bulk_create(rows, ignore_conflicts=True)
