"""Where one is signed in. People sign devices out, so a key cannot: the addresses have no scope."""

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.proof import require_proof
from accounts.enums import DeviceKind
from accounts.models import Device, User
from accounts.selectors import own_devices
from accounts.services.devices import end_device, end_other_devices, sign_out_everywhere
from accounts.sessions import this_device
from core.api.views import Endpoint
from core.shortcuts import get_visible


class DeviceOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=DeviceKind.choices)
    name = serializers.CharField()
    address = serializers.IPAddressField(allow_null=True)
    time_zone = serializers.CharField()
    remembered = serializers.BooleanField()
    signed_in_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text=_("To about five minutes."))
    is_this = serializers.BooleanField(help_text=_("The request comes from it."))


class UserSignOutInput(serializers.Serializer[Any]):
    keys = serializers.BooleanField(default=False, help_text=_("End the keys for programs, too."))


class SignOutInput(UserSignOutInput):
    others_only = serializers.BooleanField(default=False, help_text=_("Stay signed in here."))


class DevicesView(Endpoint):
    @extend_schema(
        operation_id="devices_list",
        summary="Where you are signed in",
        tags=["devices"],
        responses=DeviceOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        this = this_device(request)
        return self.page_of(own_devices(request.user), lambda rows: present_devices(rows, this))


class DeviceView(Endpoint):
    @extend_schema(operation_id="devices_read", summary="One of your devices", tags=["devices"], responses=DeviceOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        device = get_visible(Device, request.user, public_id=public_id)
        return Response(present_devices([device], this_device(request))[0])

    @extend_schema(
        operation_id="devices_end",
        summary="Sign a device out",
        description="Another one than this takes a fresh sign-in or proof.",
        tags=["devices"],
        responses={204: OpenApiResponse(description="Its session and its tokens are of no use any more.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        device = get_visible(Device, request.user, public_id=public_id)
        if device != this_device(request):
            require_proof(request)
        end_device(actor=person_of(request), device=device)
        return Response(status=204)


class SignOutView(Endpoint):
    @extend_schema(
        operation_id="me_sign_out_everywhere",
        summary="Sign out everywhere",
        description="Ends every session and token of yours at once, this one too unless others_only is true. It takes a fresh sign-in or proof.",
        tags=["devices"],
        request=SignOutInput,
        responses={204: OpenApiResponse(description="You are signed out.")},
    )
    def post(self, request: Request) -> Response:
        require_proof(request)
        person, values = person_of(request), self.parse(SignOutInput)
        if values.pop("others_only"):
            end_other_devices(actor=person, user=person, this=this_device(request), **values)
        else:
            sign_out_everywhere(actor=person, user=person, **values)
        return Response(status=204)


class UserSignOutView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="users_sign_out",
        summary="Sign a person out everywhere",
        tags=["users"],
        request=UserSignOutInput,
        responses={204: OpenApiResponse(description="Their sessions and tokens are of no use any more.")},
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        person = get_visible(User, request.user, public_id=public_id)
        self.require("accounts.change_user", person)
        sign_out_everywhere(actor=person_of(request), user=person, **self.parse(UserSignOutInput))
        return Response(status=204)


def present_devices(devices: list[Device], this: Device | None) -> list[dict[str, Any]]:
    """Devices as plain data, in ``DeviceOutput``'s shape."""
    return [
        {
            "id": str(device.public_id),
            "kind": device.kind,
            "name": str(device),
            "address": device.address,
            "time_zone": device.zone,
            "remembered": device.remembered,
            "signed_in_at": device.created_at,
            "last_seen_at": device.last_seen_at,
            "is_this": this is not None and this.pk == device.pk,
        }
        for device in devices
    ]
