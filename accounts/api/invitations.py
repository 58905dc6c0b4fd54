"""Invitations."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.proof import require_proof
from accounts.enums import InvitationState, SiteRole
from accounts.models import Invitation
from accounts.selectors import list_invitations
from accounts.services import invitations as service
from core.api.views import Endpoint
from core.shortcuts import get_visible


class InvitationFilter(serializers.Serializer[Any]):
    state = serializers.ChoiceField(
        choices=[*InvitationState.values, "all"], required=False, help_text=_("Open ones unless said otherwise.")
    )


class AnyInvitationInput(serializers.Serializer[Any]):
    email = serializers.EmailField(
        max_length=254, required=False, help_text=_("It is mailed there and is for this address alone.")
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    places = serializers.IntegerField(
        min_value=1, max_value=service.MOST_PLACES, required=False, help_text=_("How many may use a link.")
    )
    expires_at = serializers.DateTimeField(required=False, help_text=_("Two weeks from now unless said otherwise."))


class InvitationInput(AnyInvitationInput):
    role = serializers.ChoiceField(
        choices=SiteRole.choices, required=False, help_text=_("More than a student only with an email.")
    )


class InvitationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.CharField(help_text=_("Empty for a link that is for anybody."))
    role = serializers.ChoiceField(choices=SiteRole.choices)
    brings = serializers.ListField(child=serializers.CharField(), help_text=_("Places in courses, in words."))
    note = serializers.CharField()
    places = serializers.IntegerField()
    taken = serializers.IntegerField()
    state = serializers.ChoiceField(choices=InvitationState.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class NewInvitationOutput(InvitationOutput):
    link = serializers.CharField(help_text=_("Shown in this answer alone; empty for one that was mailed."))


class AcceptInput(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200, help_text=_("The last part of the link."))


class AcceptOutput(serializers.Serializer[Any]):
    brings = serializers.ListField(child=serializers.CharField())
    address = serializers.CharField(help_text=_("The page where it leads."))
    already = serializers.BooleanField(help_text=_("You had accepted it before; nothing changed."))


class InvitationsView(Endpoint):
    scope = "people"
    throttle_scope = {"POST": "invitations"}
    # The link is kept nowhere: the same request again is answered without it.
    never_kept = ("link",)

    @extend_schema(
        operation_id="invitations_list",
        summary="Invitations",
        description="For administrators.",
        tags=["invitations"],
        parameters=[InvitationFilter],
        responses=InvitationOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        self.require("accounts.add_invitation")
        state = self.query(InvitationFilter).get("state", "open")
        return self.page_of(list_invitations(request.user, state=state), present_invitations)

    @extend_schema(
        operation_id="invitations_create",
        summary="Invite somebody",
        description="With an email the invitation is mailed. Without, the answer has a link, in this answer alone.",
        tags=["invitations"],
        request=InvitationInput,
        responses={201: NewInvitationOutput},
        examples=[
            OpenApiExample("By mail", {"email": "imani@example.org", "role": "manager"}, request_only=True),
            OpenApiExample("A link", {"places": 30, "note": "Evening class"}, request_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        self.require("accounts.add_invitation")
        values = self.parse(InvitationInput)
        if values.get("role", SiteRole.STUDENT) != SiteRole.STUDENT:
            require_proof(request)
        made, token = service.make_invitation(actor=person_of(request), **values)
        return self.created(new_invitation(made, token), reverse("api:accounts:invitation", args=[made.public_id]))


class InvitationView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="invitations_read", summary="An invitation", tags=["invitations"], responses=InvitationOutput
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(present_invitations([get_visible(Invitation, request.user, public_id=public_id)])[0])

    @extend_schema(
        operation_id="invitations_end",
        summary="End an invitation",
        tags=["invitations"],
        responses={204: OpenApiResponse(description="The link opens nothing any more.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        invitation = get_visible(Invitation, request.user, public_id=public_id)
        service.end_invitation(actor=person_of(request), invitation=invitation)
        return Response(status=204)


class AcceptInvitationView(Endpoint):
    # What is accepted may be a role, which a key does not give its person.

    @extend_schema(
        operation_id="invitations_accept",
        summary="Accept an invitation",
        description="A second time changes nothing.",
        tags=["invitations"],
        request=AcceptInput,
        responses={200: AcceptOutput},
    )
    def post(self, request: Request) -> Response:
        taken = service.accept_invitation(actor=person_of(request), token=self.parse(AcceptInput)["token"])
        brings = service.targets_of(taken.invitation)
        return Response({"brings": brings, "address": taken.address, "already": not taken.new})


def new_invitation(invitation: Invitation, token: str) -> dict[str, Any]:
    """A new invitation in ``NewInvitationOutput``'s shape."""
    link = "" if invitation.email else service.link_of(token)
    return present_invitations([invitation])[0] | {"link": link}


def present_invitations(invitations: list[Invitation]) -> list[dict[str, Any]]:
    """Invitations as plain data, in ``InvitationOutput``'s shape."""
    return [
        {
            "id": str(row.public_id),
            "email": row.email,
            "role": row.role,
            "brings": service.targets_of(row),
            "note": row.note,
            "places": row.most_uses,
            "taken": row.places_taken,
            "state": row.state.value,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
        }
        for row in invitations
    ]
