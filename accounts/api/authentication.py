"""Who a program is: ``Authorization: Bearer`` and an access token, or a person's own key."""

import uuid
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

from accounts.models import ApiKey, User
from accounts.scopes import covers, needed_scope
from accounts.selectors import bearer_of
from accounts.selectors.policies import second_factor_due
from accounts.services.keys import MARK, key_of, note_use
from accounts.services.tokens import token_is_current


class BearerToken(JWTAuthentication):  # type: ignore[misc]
    """Checks signature (one algorithm), type, issuer, audience and expiry, then, in one query, the person as they are
    now and whether the sign-in, its device and the key still count.

    A token never comes from the address: addresses end up in logs and histories.
    """

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found is not None:
            _refuse_without_factor(found[0], request)
        return found

    def get_validated_token(self, raw_token: bytes) -> Any:
        try:
            return super().get_validated_token(raw_token)
        except InvalidToken as error:
            raise _refused() from error

    def get_user(self, validated_token: Any) -> User:
        try:
            sub, family = uuid.UUID(validated_token["sub"]), uuid.UUID(validated_token["fam"])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise _refused() from error
        user = bearer_of(user=sub, family=family, kid=validated_token.kid)
        if user is None or not token_is_current(validated_token, user):
            raise _refused()
        return user


def _refused() -> AuthenticationFailed:
    return AuthenticationFailed(
        _("This access token cannot be used any more. Refresh it, or sign in again."), code="token_refused"
    )


def _refuse_without_factor(user: User, request: Request) -> None:
    """Turn away who must have a second factor by now and has none; but let them set one up."""
    due = second_factor_due(user)
    view = (request.parser_context or {}).get("view")
    if due is not None and due <= timezone.now() and not getattr(view, "before_second_factor", False):
        raise PermissionDenied(
            _("Your role must have a second factor by now. Set one up in your account, under “Signing in”."),
            code="second_factor_required",
        )


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer aum_…``: a person's own key, for the parts of the API that it names."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip().startswith(MARK):
            return None
        key = key_of(text.strip())
        if key is None:
            raise AuthenticationFailed(
                _("This key was ended, is too old or was never one. Make a new one in your profile."),
                code="key_refused",
            )
        view = (request.parser_context or {}).get("view")
        part = getattr(view, "scope", "")
        if not part:
            raise PermissionDenied(
                _("Keys cannot be used at this address. Sign in with email and password."), code="keys_not_allowed"
            )
        needed = needed_scope(part, request.method or "")
        if not covers(key.scopes, needed):
            raise PermissionDenied(
                _("This key has no scope %(name)s. Make one that has it.") % {"name": needed}, code="scope_missing"
            )
        _refuse_without_factor(key.user, request)
        note_use(key=key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes ``KeyAuthentication``."""

    target_class = "accounts.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A personal key that begins with aum_."}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes ``BearerToken``."""

    target_class = "accounts.api.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
