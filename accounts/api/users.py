"""Accounts, for those who look after people."""

import uuid

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.api.me import person_of
from accounts.api.proof import require_proof
from accounts.enums import SiteRole
from accounts.models import User
from accounts.selectors import ORDERINGS, list_people
from accounts.services.factors import reset_factors
from accounts.services.people import change_user, create_user, end_user, restore_user, suspend_user
from core.api.pagination import Cursors
from core.api.views import Endpoint
from core.shortcuts import get_visible


class UsersView(Endpoint):
    scope = "people"
    permission_names = {"POST": "accounts.add_user"}
    pagination_class = Cursors
    cursor_ordering = ORDERINGS["name"]

    @extend_schema(
        operation_id="users_list",
        summary="The people you may see",
        description="Administrators see everyone, course staff the people of their courses, everybody themselves.",
        tags=["users"],
        parameters=[serializers.UserFilter],
        responses=serializers.UserOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        filters = self.query(serializers.UserFilter)
        self.cursor_ordering = ORDERINGS[filters.pop("ordering", "name")]
        rows = list_people(request.user, **filters)
        return self.page_of(rows, lambda users: serializers.present_users(users, request.user))

    @extend_schema(
        operation_id="users_create",
        summary="Make an account for somebody",
        tags=["users"],
        request=serializers.UserInput,
        responses={201: serializers.UserOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(serializers.UserInput)
        if values.get("role", SiteRole.STUDENT) != SiteRole.STUDENT:
            require_proof(request)
        user = create_user(actor=person_of(request), invite=not values.keys() & {"password", "password_hash"}, **values)
        return self.created(
            serializers.present_users([user], request.user)[0],
            reverse("api:accounts:user", kwargs={"public_id": user.public_id}),
        )


class UserView(Endpoint):
    scope = "people"

    @extend_schema(operation_id="users_read", summary="One person", tags=["users"], responses=serializers.UserOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        return Response(serializers.present_users([user], request.user)[0])

    @extend_schema(
        operation_id="users_change",
        summary="Change a person",
        description="Email and role are changed by administrators only, with a fresh sign-in or proof.",
        tags=["users"],
        request=serializers.UserChanges,
        responses=serializers.UserOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        self.require("accounts.change_user", user)
        values = self.parse(serializers.UserChanges)
        if any(name in values and values[name] != getattr(user, name) for name in ("role", "email")):
            require_proof(request)
        changed = change_user(actor=person_of(request), user=user, **values)
        return Response(serializers.present_users([changed], request.user)[0])

    @extend_schema(
        operation_id="users_end",
        summary="Close an account",
        description="Nothing is erased. Closing it again gives the same answer.",
        tags=["users"],
        responses={204: OpenApiResponse(description="The account is closed.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        end_user(actor=person_of(request), user=get_visible(User, request.user, public_id=public_id))
        return Response(status=204)


class UserSuspendView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="users_suspend",
        summary="Keep somebody out for a time",
        description="Sessions, tokens and keys end at once; the person is told the reason when they try to sign in.",
        tags=["users"],
        request=serializers.SuspendInput,
        responses=serializers.UserOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        self.require("accounts.suspend_user", user)
        suspended = suspend_user(actor=person_of(request), user=user, **self.parse(serializers.SuspendInput))
        return Response(serializers.present_users([suspended], request.user)[0])


class UserRestoreView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="users_restore",
        summary="Open a closed or suspended account again",
        tags=["users"],
        request=None,
        responses=serializers.UserOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        user = restore_user(actor=person_of(request), user=get_visible(User, request.user, public_id=public_id))
        return Response(serializers.present_users([user], request.user)[0])


class UserResetFactorsView(Endpoint):
    @extend_schema(
        operation_id="users_reset_second_factors",
        summary="Take away the second factors of somebody who lost them",
        description="They are signed out everywhere and told by mail.",
        tags=["users"],
        request=serializers.ResetFactorsInput,
        responses={204: OpenApiResponse(description="The person signs in with the password alone.")},
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        self.require("accounts.reset_second_factors", user)
        require_proof(request)
        reset_factors(actor=person_of(request), user=user, **self.parse(serializers.ResetFactorsInput))
        return Response(status=204)
