"""Who a program is: ``Authorization: Bearer <access token>``, nothing else."""

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

from accounts.models import User
from accounts.services.tokens import token_is_current


class BearerToken(JWTAuthentication):  # type: ignore[misc]
    """Checks signature (one algorithm), type, issuer, audience and expiry, then the person as they are now.

    A token never comes from the address: addresses end up in logs and histories.
    """

    def get_validated_token(self, raw_token: bytes) -> Any:
        try:
            return super().get_validated_token(raw_token)
        except InvalidToken as error:
            raise _refused() from error

    def get_user(self, validated_token: Any) -> User:
        try:
            user: User = User.objects.get(public_id=uuid.UUID(validated_token["sub"]))
        except (User.DoesNotExist, KeyError, ValueError, TypeError, AttributeError) as error:
            raise _refused() from error
        if not token_is_current(validated_token, user):
            raise _refused()
        return user


def _refused() -> AuthenticationFailed:
    return AuthenticationFailed(
        _("This access token cannot be used any more. Refresh it, or sign in again."), code="token_refused"
    )


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes ``BearerToken``."""

    target_class = "accounts.api.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
