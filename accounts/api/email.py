"""One's own address, and the links that confirm another. People do this; a key cannot: the addresses have no scope."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.serializers import AddressField, PasswordField
from accounts.api.tokens import Door
from accounts.models import User
from accounts.selectors import open_email_change
from accounts.services.email_change import answer_email_change, ask_email_change, call_off_email_change
from accounts.services.proof import require_password
from core.api.views import Endpoint


class EmailChangeInput(serializers.Serializer[Any]):
    email = AddressField(help_text=_("The new address."))
    password = PasswordField(help_text=_("Your current password."))


class EmailChangeOutput(serializers.Serializer[Any]):
    email = serializers.EmailField()
    asked_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    old_confirmed = serializers.BooleanField(help_text=_("The present address said yes."))
    new_confirmed = serializers.BooleanField(help_text=_("The new address said yes."))


class EmailOutput(serializers.Serializer[Any]):
    email = serializers.EmailField()
    change = EmailChangeOutput(allow_null=True)


class EmailLinkInput(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=500, help_text=_("The last part of the link in the mail."))


class EmailAnswerOutput(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["waiting", "changed", "called_off"])


class EmailView(Endpoint):
    throttle_scope = "tokens"

    @extend_schema(
        operation_id="me_email_read",
        summary="Your email, and its change if one waits",
        tags=["me"],
        responses=EmailOutput,
    )
    def get(self, request: Request) -> Response:
        return Response(present_email(person_of(request)))

    @extend_schema(
        operation_id="me_email_change",
        summary="Change your email",
        description="Both addresses are mailed a link; the change is made when both were followed. The answer is the "
        "same for an address that has an account.",
        tags=["me"],
        request=EmailChangeInput,
        responses={202: EmailOutput},
    )
    def post(self, request: Request) -> Response:
        values, user = self.parse(EmailChangeInput), person_of(request)
        require_password(request=request._request, user=user, password=values["password"])
        ask_email_change(actor=user, user=user, email=values["email"])
        return Response(present_email(user), status=202)

    @extend_schema(
        operation_id="me_email_call_off",
        summary="Call the change of your email off",
        tags=["me"],
        responses={204: OpenApiResponse(description="No change waits any more.")},
    )
    def delete(self, request: Request) -> Response:
        call_off_email_change(actor=person_of(request), user=person_of(request))
        return Response(status=204)


class EmailConfirmView(Door):
    @extend_schema(
        operation_id="auth_email_confirm",
        summary="Follow a mailed link of a change of email",
        tags=["auth"],
        request=EmailLinkInput,
        responses=EmailAnswerOutput,
    )
    def post(self, request: Request) -> Response:
        return Response({"state": answer_email_change(token=self.parse(EmailLinkInput)["token"]).state})


def present_email(user: User) -> dict[str, Any]:
    change = open_email_change(user)
    waiting = change and {
        "email": change.after,
        "asked_at": change.created_at,
        "expires_at": change.expires_at,
        "old_confirmed": change.old_said_yes_at is not None,
        "new_confirmed": change.new_said_yes_at is not None,
    }
    return {"email": user.email, "change": waiting}
