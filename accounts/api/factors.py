"""One's own second factors. Each change wants the password once more, and a code where there is a factor."""

from typing import Any

from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.proof import ProofInput, prove
from accounts.forms.factors import make_setup, read_setup
from accounts.selectors import own_factors
from accounts.services.factors import add_totp, new_recovery_codes, remove_factor
from core.api.views import Endpoint
from core.errors import Conflict, Invalid


class FactorOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Authenticator.Type.values)
    name = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class FactorsOutput(serializers.Serializer[Any]):
    factors = FactorOutput(many=True)
    recovery_codes_left = serializers.IntegerField()
    required_from = serializers.DateTimeField(
        allow_null=True, help_text=_("From then on your role cannot go on without one; null when nothing is missing.")
    )


class TotpSetupOutput(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text=_("For typing into the app."))
    uri = serializers.CharField(help_text=_("For showing as a QR code."))
    setup = serializers.CharField(help_text=_("Send it back with the first code, within an hour."))


class TotpConfirmInput(serializers.Serializer[Any]):
    setup = serializers.CharField(max_length=500)
    code = serializers.CharField(max_length=20)


class RecoveryCodesOutput(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text=_("Shown in this answer alone; empty when you have some already.")
    )


class Factors(Endpoint):
    """Secrets are in these answers, so none is kept for a replay, and keys cannot come here."""

    no_idempotency = True
    # Who must set one up can.
    before_second_factor = True

    def prove(self) -> None:
        """Raise unless the body has the caller's password and, where there is a factor, a code."""
        prove(self.request, self.parse(ProofInput))


class FactorsView(Factors):
    @extend_schema(
        operation_id="second_factors_list",
        summary="Your second factors",
        tags=["second factors"],
        responses=FactorsOutput,
    )
    def get(self, request: Request) -> Response:
        own = own_factors(person_of(request))
        rows = [row for row in (own["totp"], *own["passkeys"]) if row]
        body = {
            "factors": [
                {
                    "kind": row.type,
                    "name": row.data.get("name", ""),
                    "created_at": row.created_at,
                    "last_used_at": row.last_used_at,
                }
                for row in rows
            ],
            "recovery_codes_left": own["codes_left"],
            "required_from": own["due"],
        }
        return Response(FactorsOutput(body).data)


class TotpView(Factors):
    @extend_schema(
        operation_id="totp_start",
        summary="Begin to set up an app for codes",
        description="Nothing changes before the first code was confirmed.",
        tags=["second factors"],
        request=ProofInput,
        responses=TotpSetupOutput,
    )
    def post(self, request: Request) -> Response:
        self.prove()
        user = person_of(request)
        if own_factors(user)["totp"]:
            raise Conflict("totp_exists", _("An app makes codes for you already. Switch that off first."))
        secret = generate_totp_secret()
        body = {
            "secret": secret,
            "uri": get_factor_adapter().build_totp_url(user, secret),
            "setup": make_setup(secret, user),
        }
        return Response(body, headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="totp_end",
        summary="Switch off codes from the app",
        tags=["second factors"],
        request=ProofInput,
        responses={204: OpenApiResponse(description="Signing in no longer asks for a code from the app.")},
    )
    def delete(self, request: Request) -> Response:
        self.prove()
        factor = own_factors(person_of(request))["totp"]
        if factor is None:
            raise Http404
        remove_factor(actor=person_of(request), factor=factor)
        return Response(status=204)


class TotpConfirmView(Factors):
    @extend_schema(
        operation_id="totp_confirm",
        summary="Confirm an app with its first code",
        tags=["second factors"],
        request=TotpConfirmInput,
        responses=RecoveryCodesOutput,
    )
    def post(self, request: Request) -> Response:
        values = self.parse(TotpConfirmInput)
        user = person_of(request)
        secret = read_setup(values["setup"], user)
        if secret is None:
            sentence = _("This is too old or not yours. Begin again.")
            raise Invalid("invalid", sentence, fields={"setup": [sentence]})
        codes = add_totp(actor=user, user=user, secret=secret, code=values["code"], request=request._request)
        return Response({"recovery_codes": codes}, headers={"Cache-Control": "no-store"})


class RecoveryCodesView(Factors):
    @extend_schema(
        operation_id="recovery_codes_create",
        summary="Make new recovery codes",
        description="The ones you have stop working.",
        tags=["second factors"],
        request=ProofInput,
        responses=RecoveryCodesOutput,
    )
    def post(self, request: Request) -> Response:
        self.prove()
        user = person_of(request)
        codes = new_recovery_codes(actor=user, user=user)
        return Response({"recovery_codes": codes}, headers={"Cache-Control": "no-store"})
