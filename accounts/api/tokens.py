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
from accounts.models import User
from accounts.selectors import factor_kinds, has_confirmed_email
from accounts.services.factors import use_code
from accounts.services.programs import sign_in_program
from accounts.services.tickets import SECONDS as TICKET_SECONDS
from accounts.services.tickets import holder_of, make_ticket, spend_ticket
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


class SecondFactorNeeded(DomainError):
    """The password was right, and is not enough: ``ticket`` and a code at the second door give the tokens."""

    status = 401

    def __init__(self, user: User) -> None:
        super().__init__(
            "second_factor_needed",
            _("Send the ticket and a code from your app, or a recovery code, to auth/token/second-factor/."),
        )
        self.extra = {"ticket": make_ticket(user), "kinds": factor_kinds(user), "expires_in": TICKET_SECONDS}


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
        if user.has_second_factor:
            raise SecondFactorNeeded(user)
        address = get_adapter().get_client_ip(request._request)
        return answer(sign_in_program(user=user, name=name, address=address))


class TokenSecondFactorView(Door):
    @extend_schema(
        operation_id="auth_token_second_factor",
        summary="Sign in with a ticket and a code",
        description=(
            "The ticket comes with the 401 `second_factor_needed` of the first step, lasts five minutes and gives tokens "
            "once. Wrong codes are counted together with those of the sign-in page."
        ),
        tags=["auth"],
        request=serializers.SecondFactorInput,
        responses=serializers.TokenOutput,
    )
    def post(self, request: Request) -> Response:
        values = self.parse(serializers.SecondFactorInput)
        user = holder_of(values["ticket"])
        use_code(user=user, code=values["code"], request=request._request)
        spend_ticket(values["ticket"])
        name = values.get("device_name", "") or device_name(request.headers.get("User-Agent", ""))
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
