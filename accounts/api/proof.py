"""Proof before a dangerous call: whoever finds a token must not be able to take the account, or others', over."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.proof import ProofNeeded, note_proof, require_proof
from accounts.services.devices import note_proof_at
from accounts.services.factors import use_code
from accounts.services.tries import TooManyTries
from accounts.sessions import renew_session, this_device
from accounts.validators import PASSWORD_MAX_LENGTH
from core.api.views import Endpoint
from core.errors import Invalid

__all__ = ["ProofNeeded", "ProofView", "prove", "require_proof"]


class ProofInput(serializers.Serializer[Any]):
    password = serializers.CharField(
        max_length=PASSWORD_MAX_LENGTH, trim_whitespace=False, write_only=True, help_text=_("The one you have now.")
    )
    code = serializers.CharField(
        max_length=20, required=False, write_only=True, help_text=_("Needed when you have a second factor.")
    )


class ProofView(Endpoint):
    throttle_scope = "tokens"
    no_idempotency = True
    before_second_factor = True

    @extend_schema(
        operation_id="me_prove",
        summary="Prove that it is you",
        description="For some minutes the calls that answer proof_needed are open to this session, or this sign-in.",
        tags=["me"],
        request=ProofInput,
        responses={204: OpenApiResponse(description="Proved.")},
    )
    def post(self, request: Request) -> Response:
        prove(request, self.parse(ProofInput))
        if request.auth is None:
            note_proof(request._request)
            renew_session(request._request)
        elif (device := this_device(request)) is not None:
            note_proof_at(number=device.pk)
        return Response(status=204)


def prove(request: Request, values: dict[str, Any]) -> None:
    """Raise unless ``values`` have the caller's password and, where there is a second factor, a code."""
    user = person_of(request)
    try:
        # The same door as the sign-in page, so that wrong tries here and there count together.
        proved = get_adapter().authenticate(request._request, email=user.email, password=values["password"])
    except ImmediateHttpResponse as error:
        raise TooManyTries(int(error.response["Retry-After"])) from error
    if proved is None or proved.pk != user.pk:
        sentence = _("This is not your password.")
        raise Invalid("proof_wrong", sentence, fields={"password": [sentence]})
    if user.has_second_factor:
        use_code(user=user, code=values.get("code", ""), request=request._request)
