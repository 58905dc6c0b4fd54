"""Oneself."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.services.profile import change_profile
from core.api.views import Endpoint


class MeView(Endpoint):
    scope = "account"

    @extend_schema(operation_id="me_read", summary="Yourself", tags=["users"], responses=serializers.MeOutput)
    def get(self, request: Request) -> Response:
        return Response(serializers.present_me(person_of(request)))

    @extend_schema(
        operation_id="me_change",
        summary="Change your profile",
        tags=["users"],
        request=serializers.PersonChanges,
        responses=serializers.MeOutput,
    )
    def patch(self, request: Request) -> Response:
        values = self.parse(serializers.PersonChanges)
        user = change_profile(actor=person_of(request), user=person_of(request), **values)
        return Response(serializers.present_me(user))


def person_of(request: Request) -> Any:
    return request.user
