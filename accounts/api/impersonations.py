"""Looks at the site as somebody else. They begin and stop in the session of a page: a token or a key cannot look."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import PageSession
from accounts.api.me import person_of
from accounts.api.proof import require_proof
from accounts.enums import ImpersonationEnd
from accounts.impersonation import LOOKS_AS, begin
from accounts.models import Impersonation, User
from accounts.selectors import list_impersonations
from accounts.services.impersonation import end_impersonation, start_impersonation
from accounts.sessions import this_device
from core.api.views import Endpoint
from core.shortcuts import get_visible


class ImpersonationInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, help_text=_("The person reads it."))
    may_change = serializers.BooleanField(
        default=False, help_text=_("Act as the person, too; only where IMPERSONATION_MAY_CHANGE allows it.")
    )


class LookerOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ImpersonationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    actor = LookerOutput(help_text=_("Who looked."))
    user = LookerOutput(help_text=_("As whom."))
    reason = serializers.CharField()
    may_change = serializers.BooleanField(help_text=_("Whether they could act as the person, or only look."))
    started_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text=_("When it ends at the latest."))
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.ChoiceField(choices=ImpersonationEnd.choices, allow_blank=True)


class ImpersonationFilter(serializers.Serializer[Any]):
    open = serializers.BooleanField(default=False, help_text=_("Only those going on."))


class AccessLogView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="me_access_log",
        summary="Who looked at your account",
        description="Administrators who saw the site as you, the latest first.",
        tags=["me"],
        responses=ImpersonationOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page_of(list_impersonations(request.user, of=person_of(request)), present_impersonations)


class ImpersonationsView(Endpoint):
    scope = "people"
    permission_names = {"GET": "accounts.impersonate"}

    @extend_schema(
        operation_id="impersonations_list",
        summary="Who saw the site as whom",
        description="For administrators, the latest first.",
        tags=["users"],
        parameters=[ImpersonationFilter],
        responses=ImpersonationOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        only = self.query(ImpersonationFilter)["open"]
        return self.page_of(list_impersonations(request.user, open_only=only), present_impersonations)


class ImpersonationView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="impersonations_end",
        summary="End a look as somebody else",
        description="Whoever began it. Ending it again gives the same answer.",
        tags=["users"],
        responses={204: OpenApiResponse(description="The next request of that session is the administrator's again.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        row = get_visible(Impersonation, request.user, public_id=public_id)
        self.require("accounts.end_impersonation", row)
        end_impersonation(actor=person_of(request), impersonation=row)
        return Response(status=204)


class _InSession(Endpoint):
    authentication_classes = (PageSession,)
    no_idempotency = True

    def get_authenticate_header(self, request: Request) -> str:
        return 'Session realm="pages"'


class ImpersonationStartView(_InSession):
    @extend_schema(
        operation_id="users_view_as",
        summary="See the site as somebody else",
        description="From the next request on, this session is the person's; nothing can be changed unless may_change is "
        "true. For sessions of pages, with a fresh sign-in or proof; tokens and keys cannot.",
        tags=["users"],
        request=ImpersonationInput,
        responses={201: ImpersonationOutput},
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        self.require("accounts.impersonate")
        require_proof(request)
        values = self.parse(ImpersonationInput)
        row = start_impersonation(actor=person_of(request), user=user, device=this_device(request), **values)
        begin(request._request, row)
        return self.created(
            present_impersonations([row])[0],
            reverse("api:accounts:impersonation", kwargs={"public_id": row.public_id}),
        )


class ImpersonationStopView(_InSession):
    @extend_schema(
        operation_id="impersonations_stop",
        summary="Be yourself again in this session",
        description="Does nothing where the session looks as nobody.",
        tags=["users"],
        request=None,
        responses={204: OpenApiResponse(description="The session is your own.")},
    )
    def post(self, request: Request) -> Response:
        row: Impersonation | None = getattr(request._request, "impersonation", None)
        request._request.session.pop(LOOKS_AS, None)
        if row is not None:
            end_impersonation(actor=person_of(request), impersonation=row)
        return Response(status=204)


def present_impersonations(rows: list[Impersonation]) -> list[dict[str, Any]]:
    """Looks as plain data, in ``ImpersonationOutput``'s shape."""
    names = ("reason", "may_change", "started_at", "expires_at", "ended_at", "ended_by")
    return [
        {
            "id": str(row.public_id),
            "actor": {"id": str(row.actor.public_id), "name": str(row.actor)},
            "user": {"id": str(row.user.public_id), "name": str(row.user)},
            **{name: getattr(row, name) for name in names},
        }
        for row in rows
    ]
