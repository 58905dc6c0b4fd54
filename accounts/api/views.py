import uuid
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.settings import api_settings

from accounts.adapter import SIGN_IN_PAUSE
from accounts.api import serializers
from accounts.models import User
from accounts.selectors import has_confirmed_email, list_people
from accounts.services.people import change_user, create_user, end_user, restore_user
from accounts.services.profile import change_profile
from accounts.services.tokens import TokenPair, issue_tokens, refresh_tokens, revoke_token
from core.api.views import Endpoint
from core.errors import DomainError
from core.shortcuts import get_visible


class SignInRefused(DomainError):
    """One answer for an unknown address, a wrong password, an unconfirmed address and a closed account."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "sign_in_refused",
            _("This email and password do not open an account. Check both, and that the address was confirmed."),
        )


class _Door(Endpoint):
    """Open to strangers, tightly limited, and nothing of it is kept for replays."""

    authentication_classes = ()
    permission_classes = (AllowAny,)  # type: ignore[assignment]
    throttle_scope = "tokens"
    no_idempotency = True


class TokenView(_Door):
    @extend_schema(
        operation_id="auth_token_create",
        summary="Sign in with email and password",
        tags=["auth"],
        request=serializers.TokenInput,
        responses=serializers.TokenOutput,
    )
    def post(self, request: Request) -> Response:
        values = self.parse(serializers.TokenInput)
        try:
            # The same door as the sign-in page, so that wrong tries here and there count together.
            user = get_adapter().authenticate(request._request, **values)
        except ImmediateHttpResponse as error:
            raise Throttled(wait=SIGN_IN_PAUSE) from error
        if user is None or not has_confirmed_email(user):
            raise SignInRefused
        return _answer(issue_tokens(user=user))


class TokenRefreshView(_Door):
    @extend_schema(
        operation_id="auth_token_refresh",
        summary="Use up a refresh token for new tokens",
        description="A refresh token that was used before ends all tokens of its sign-in.",
        tags=["auth"],
        request=serializers.RefreshInput,
        responses=serializers.TokenOutput,
    )
    def post(self, request: Request) -> Response:
        return _answer(refresh_tokens(token=self.parse(serializers.RefreshInput)["refresh"]))


class TokenRevokeView(_Door):
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


class MeView(Endpoint):
    scope = "account"

    @extend_schema(operation_id="me_read", summary="Yourself", tags=["users"], responses=serializers.MeOutput)
    def get(self, request: Request) -> Response:
        return Response(serializers.present_me(_person(request)))

    @extend_schema(
        operation_id="me_change",
        summary="Change your profile",
        tags=["users"],
        request=serializers.PersonChanges,
        responses=serializers.MeOutput,
    )
    def patch(self, request: Request) -> Response:
        values = self.parse(serializers.PersonChanges)
        user = change_profile(actor=_person(request), user=_person(request), **values)
        return Response(serializers.present_me(user))


class UsersView(Endpoint):
    scope = "people"
    permission_names = {"POST": "accounts.add_user"}

    @extend_schema(
        operation_id="users_list",
        summary="The people you may see",
        description="Administrators see everyone, course staff the people of their courses, everybody themselves.",
        tags=["users"],
        parameters=[
            serializers.UserFilter,
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 100."),
        ],
        responses=serializers.UserOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        query = serializers.UserFilter(data=request.query_params)
        query.is_valid(raise_exception=True)
        return self.page_of(list_people(request.user, **query.validated_data), serializers.present_users)

    @extend_schema(
        operation_id="users_create",
        summary="Make an account for somebody",
        tags=["users"],
        request=serializers.UserInput,
        responses={201: serializers.UserOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(serializers.UserInput)
        user = create_user(actor=_person(request), invite=not values.keys() & {"password", "password_hash"}, **values)
        return self.created(
            serializers.present_users([user])[0], reverse("api:accounts:user", kwargs={"public_id": user.public_id})
        )


class UserView(Endpoint):
    scope = "people"

    @extend_schema(operation_id="users_read", summary="One person", tags=["users"], responses=serializers.UserOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        return Response(serializers.present_users([user])[0])

    @extend_schema(
        operation_id="users_change",
        summary="Change a person",
        description="Email and role are changed by administrators only.",
        tags=["users"],
        request=serializers.UserChanges,
        responses=serializers.UserOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        changed = change_user(actor=_person(request), user=user, **self.parse(serializers.UserChanges))
        return Response(serializers.present_users([changed])[0])

    @extend_schema(
        operation_id="users_end",
        summary="Close an account",
        description="Nothing is erased. Closing it again gives the same answer.",
        tags=["users"],
        responses={204: OpenApiResponse(description="The account is closed.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        end_user(actor=_person(request), user=get_visible(User, request.user, public_id=public_id))
        return Response(status=204)


class UserRestoreView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="users_restore",
        summary="Open a closed account again",
        tags=["users"],
        request=None,
        responses=serializers.UserOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        user = restore_user(actor=_person(request), user=get_visible(User, request.user, public_id=public_id))
        return Response(serializers.present_users([user])[0])


def _person(request: Request) -> Any:
    return request.user


def _answer(tokens: TokenPair) -> Response:
    seconds = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds())
    body = {"access": tokens.access, "refresh": tokens.refresh, "expires_in": seconds}
    return Response(body, headers={"Cache-Control": "no-store"})
