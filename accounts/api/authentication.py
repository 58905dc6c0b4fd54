"""Who a program is: ``Authorization: Bearer`` and an access token, or a person's own key."""

import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

from accounts.missing import what_is_missing
from accounts.models import ApiKey, User
from accounts.scopes import covers, needed_scope
from accounts.selectors import bearer_of
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
            _refuse_if_missing(found[0], request)
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


def _refuse_if_missing(user: User, request: Request) -> None:
    """Turn away who lacks a second factor or a longer password by now; but let them set it up."""
    missing = what_is_missing(user)
    view = (request.parser_context or {}).get("view")
    if missing is not None and not getattr(view, "before_second_factor", False):
        raise PermissionDenied(missing.sentence, code=missing.code)


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
        _refuse_if_missing(key.user, request)
        note_use(key=key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class PageSession(SessionAuthentication):
    """The session of a page. A change needs the form's safety token with it, since browsers send cookies by themselves."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(
                _(
                    "The safety token in X-CSRFToken does not fit this session. Reload the page, or use an access token."
                ),
                code="csrf_failed",
            ) from error


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes ``PageSession``."""

    target_class = "accounts.api.authentication.PageSession"
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


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
