"""One's own keys. They are made and ended by people, so a key cannot make keys: the addresses have no scope."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.proof import require_proof
from accounts.models import ApiKey
from accounts.scopes import SCOPES
from accounts.selectors import own_keys
from accounts.services.keys import end_key, make_key
from core.api.views import Endpoint
from core.shortcuts import get_visible


class ApiKeyInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), min_length=1, max_length=len(SCOPES))
    expires_at = serializers.DateTimeField(help_text=_("At most a year from now."))


class ApiKeyOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    begins_with = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewApiKeyOutput(ApiKeyOutput):
    key = serializers.CharField(help_text=_("Shown in this answer alone."))


class KeysView(Endpoint):
    # The text of a key is kept nowhere: the same request again is answered without it.
    never_kept = ("key",)

    @extend_schema(operation_id="keys_list", summary="Your keys", tags=["keys"], responses=ApiKeyOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.page_of(own_keys(request.user), present_keys)

    @extend_schema(
        operation_id="keys_create",
        summary="Make a key",
        description="The key is shown in this answer alone. It takes a fresh sign-in or proof.",
        tags=["keys"],
        request=ApiKeyInput,
        responses={201: NewApiKeyOutput},
    )
    def post(self, request: Request) -> Response:
        require_proof(request)
        key, text = make_key(actor=request.user, **self.parse(ApiKeyInput))  # type: ignore[arg-type]
        location = reverse("api:accounts:key", kwargs={"public_id": key.public_id})
        response = self.created(present_keys([key])[0] | {"key": text}, location)
        response["Cache-Control"] = "no-store"
        return response


class KeyView(Endpoint):
    @extend_schema(operation_id="keys_read", summary="One of your keys", tags=["keys"], responses=ApiKeyOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(present_keys([get_visible(ApiKey, request.user, public_id=public_id)])[0])

    @extend_schema(
        operation_id="keys_end",
        summary="End a key",
        tags=["keys"],
        responses={204: OpenApiResponse(description="The key can no longer be used.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        end_key(actor=request.user, key=get_visible(ApiKey, request.user, public_id=public_id))  # type: ignore[arg-type]
        return Response(status=204)


def present_keys(keys: list[ApiKey]) -> list[dict[str, Any]]:
    """Keys as plain data, in ``ApiKeyOutput``'s shape."""
    return [
        {
            "id": str(key.public_id),
            "name": key.name,
            "begins_with": key.prefix,
            "scopes": key.scopes,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "last_used_at": key.last_used_at,
        }
        for key in keys
    ]
