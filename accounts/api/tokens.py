"""A program signs in, goes on and signs out."""

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.settings import api_settings

from accounts.api import serializers
from accounts.selectors import has_confirmed_email
from accounts.services.programs import sign_in_program
from accounts.services.tokens import TokenPair, refresh_tokens, revoke_token
from accounts.services.tries import TooManyTries
from accounts.user_agents import device_name
from core.api.views import Endpoint
from core.errors import DomainError


class SignInRefused(DomainError):
    """One answer for an unknown address, a wrong password, an unconfirmed address and a closed account."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "sign_in_refused",
            _("This email and password do not open an account. Check both, and that the address was confirmed."),
        )


class Door(Endpoint):
    """Open to strangers, tightly limited, and nothing of it is kept for replays."""

    authentication_classes = ()
    permission_classes = (AllowAny,)  # type: ignore[assignment]
    throttle_scope = "tokens"
    no_idempotency = True


class TokenView(Door):
    @extend_schema(
        operation_id="auth_token_create",
        summary="Sign in with email and password",
        tags=["auth"],
        request=serializers.TokenInput,
        responses=serializers.TokenOutput,
    )
    def post(self, request: Request) -> Response:
        values = self.parse(serializers.TokenInput)
        name = values.pop("device_name", "") or device_name(request.headers.get("User-Agent", ""))
        try:
            # The same door as the sign-in page, so that wrong tries here and there count together.
            user = get_adapter().authenticate(request._request, **values)
        except ImmediateHttpResponse as error:
            raise TooManyTries(int(error.response["Retry-After"])) from error
        if user is None or not has_confirmed_email(user):
            raise SignInRefused
        address = get_adapter().get_client_ip(request._request)
        return answer(sign_in_program(user=user, name=name, address=address))


class TokenRefreshView(Door):
    @extend_schema(
        operation_id="auth_token_refresh",
        summary="Use up a refresh token for new tokens",
        description=(
            "A refresh token that was used before ends all tokens of its sign-in. A client that lost the answer repeats "
            "its request within ten seconds under the same Idempotency-Key and gets the same refresh token again."
        ),
        tags=["auth"],
        request=serializers.RefreshInput,
        responses=serializers.TokenOutput,
    )
    def post(self, request: Request) -> Response:
        token = self.parse(serializers.RefreshInput)["refresh"]
        return answer(refresh_tokens(token=token, key=request.headers.get("Idempotency-Key", "")))


class TokenRevokeView(Door):
    @extend_schema(
        operation_id="auth_token_revoke",
        summary="Sign a program out",
        tags=["auth"],
        request=serializers.RefreshInput,
        responses={204: OpenApiResponse(description="The token and its successors are of no use any more.")},
    )
    def post(self, request: Request) -> Response:
        revoke_token(token=self.parse(serializers.RefreshInput)["refresh"])
        return Response(status=204)


def answer(tokens: TokenPair) -> Response:
    seconds = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds())
    body = {"access": tokens.access, "refresh": tokens.refresh, "expires_in": seconds}
    return Response(body, headers={"Cache-Control": "no-store"})
