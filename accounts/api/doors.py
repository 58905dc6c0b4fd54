"""Signing up, confirming and new passwords for programs: the same flows as on the pages."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.serializers import AddressField, LineField, PasswordField, checked_password
from accounts.api.tokens import Door
from accounts.models import User
from accounts.services.doors import ask_for_reset, reset_password, send_confirmation_again, sign_up, verify_email
from accounts.services.profile import set_password
from accounts.services.proof import require_password
from accounts.validators import validate_name, validate_time_zone
from core.api.views import Endpoint

_ON_ITS_WAY = {202: OpenApiResponse(description="A mail is on its way. The answer is the same for every address.")}
_NEW = _("At least as long as the site asks for, up to 200 characters.")


class RegisterInput(serializers.Serializer[Any]):
    name = LineField(max_length=150, validators=[validate_name])
    email = AddressField()
    password = PasswordField(help_text=_NEW)
    time_zone = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="", validators=[validate_time_zone]
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        checked_password(attrs["password"], User(name=attrs["name"], email=attrs["email"]))
        return attrs


class AddressInput(serializers.Serializer[Any]):
    email = AddressField()


class VerifyInput(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=500, help_text=_("The last part of the link in the mail."))


class ResetInput(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=500, help_text=_("The last part of the link in the mail."))
    password = PasswordField(help_text=_NEW)


class PasswordInput(serializers.Serializer[Any]):
    current = PasswordField()
    new = PasswordField(help_text=_NEW)


class RegisterView(Door):
    @extend_schema(
        operation_id="auth_register",
        summary="Make an account",
        description="The address is mailed a link to confirm it; one that has an account already is told so by mail.",
        tags=["auth"],
        request=RegisterInput,
        responses=_ON_ITS_WAY,
    )
    def post(self, request: Request) -> Response:
        sign_up(request=request._request, **self.parse(RegisterInput))
        return Response(status=202)


class EmailVerifyView(Door):
    @extend_schema(
        operation_id="auth_email_verify",
        summary="Confirm an address with the key from the mail",
        tags=["auth"],
        request=VerifyInput,
        responses={204: OpenApiResponse(description="The address is confirmed.")},
    )
    def post(self, request: Request) -> Response:
        verify_email(key=self.parse(VerifyInput)["key"])
        return Response(status=204)


class EmailResendView(Door):
    @extend_schema(
        operation_id="auth_email_resend",
        summary="Mail the link that confirms an address again",
        description="At most one mail in three minutes.",
        tags=["auth"],
        request=AddressInput,
        responses=_ON_ITS_WAY,
    )
    def post(self, request: Request) -> Response:
        send_confirmation_again(request=request._request, email=self.parse(AddressInput)["email"])
        return Response(status=202)


class PasswordResetView(Door):
    @extend_schema(
        operation_id="auth_password_reset",
        summary="Mail a link to choose a new password",
        tags=["auth"],
        request=AddressInput,
        responses=_ON_ITS_WAY,
    )
    def post(self, request: Request) -> Response:
        ask_for_reset(request=request._request, email=self.parse(AddressInput)["email"])
        return Response(status=202)


class PasswordResetConfirmView(Door):
    @extend_schema(
        operation_id="auth_password_reset_confirm",
        summary="Choose a new password with the key from the mail",
        description="Every session and token from before ends.",
        tags=["auth"],
        request=ResetInput,
        responses={204: OpenApiResponse(description="The password is changed.")},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(ResetInput)
        try:
            reset_password(key=values["key"], password=values["password"])
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from error
        return Response(status=204)


class PasswordView(Endpoint):
    throttle_scope = "tokens"
    no_idempotency = True
    # Who must change it can.
    before_second_factor = True

    @extend_schema(
        operation_id="me_password_change",
        summary="Change your password",
        description="Every session and token from before ends, this one too.",
        tags=["me"],
        request=PasswordInput,
        responses={204: OpenApiResponse(description="The password is changed.")},
    )
    def post(self, request: Request) -> Response:
        values, user = self.parse(PasswordInput), person_of(request)
        require_password(request=request._request, user=user, password=values["current"], field="current")
        checked_password(values["new"], user, field="new")
        set_password(actor=user, user=user, password=values["new"])
        return Response(status=204)
