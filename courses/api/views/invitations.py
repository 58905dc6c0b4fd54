"""Invitations into a course."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import InvitationState
from accounts.models import Invitation
from accounts.services.invitations import MOST_PLACES, link_of
from core.api.views import Endpoint
from core.errors import Conflict
from core.shortcuts import get_visible
from courses.api.views.loading import requester
from courses.enums import Role
from courses.models import Course, CourseInvitation
from courses.selectors.people import course_invitations
from courses.services import invitations as service


class CourseInvitationFilter(serializers.Serializer[Any]):
    state = serializers.ChoiceField(
        choices=[*InvitationState.values, "all"], required=False, help_text=_("Open ones unless said otherwise.")
    )


class CourseInvitationInput(serializers.Serializer[Any]):
    email = serializers.EmailField(
        max_length=254, required=False, help_text=_("It is mailed there and is for this address alone.")
    )
    role = serializers.ChoiceField(
        choices=Role.choices, required=False, help_text=_("More than a student only with an email.")
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    places = serializers.IntegerField(
        min_value=1, max_value=MOST_PLACES, required=False, help_text=_("How many may use a link.")
    )
    expires_at = serializers.DateTimeField(required=False, help_text=_("Two weeks from now unless said otherwise."))


class CourseInvitationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.CharField(help_text=_("Empty for a link that is for anybody."))
    role = serializers.ChoiceField(choices=Role.choices)
    note = serializers.CharField()
    places = serializers.IntegerField()
    taken = serializers.IntegerField()
    state = serializers.ChoiceField(choices=InvitationState.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class NewCourseInvitationOutput(CourseInvitationOutput):
    link = serializers.CharField(help_text=_("Shown in this answer alone; empty for one that was mailed."))


class CourseInvitationsView(Endpoint):
    scope = "people"
    throttle_scope = {"POST": "invitations"}
    never_kept = ("link",)

    @extend_schema(
        operation_id="course_invitations_list",
        summary="Invitations into a course",
        tags=["invitations"],
        parameters=[CourseInvitationFilter],
        responses=CourseInvitationOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        course = get_visible(Course, request.user, slug=slug)
        self.require("courses.manage_people", course)
        state = self.query(CourseInvitationFilter).get("state", "open")
        return self.page_of(course_invitations(request.user, course, state=state), present_invitations)

    @extend_schema(
        operation_id="course_invitations_create",
        summary="Invite into a course",
        description="With an email the invitation is mailed, for two weeks. Without, the answer has a link for the "
        "class, in this answer alone; say how many places it has and until when it works.",
        tags=["invitations"],
        request=CourseInvitationInput,
        responses={201: NewCourseInvitationOutput},
        examples=[OpenApiExample("An assistant", {"email": "asa@example.org", "role": "assistant"}, request_only=True)],
    )
    def post(self, request: Request, slug: str) -> Response:
        course = get_visible(Course, request.user, slug=slug)
        self.require("courses.manage_people", course)
        part, token = self._made(requester(request), course, self.parse(CourseInvitationInput))
        address = reverse("api:courses:course-invitation", args=[slug, part.invitation.public_id])
        return self.created(
            present_invitations([part.invitation])[0] | {"link": link_of(token) if token else ""}, address
        )

    def _made(self, actor: Any, course: Course, values: dict[str, Any]) -> tuple[CourseInvitation, str]:
        email = values.pop("email", "")
        role = values.pop("role", Role.STUDENT)
        if not email:
            return service.make_class_link(actor=actor, course=course, role=role, **values)
        (verdict,) = service.invite_by_mail(actor=actor, course=course, emails=[email], role=role)
        if verdict.invitation is None:
            raise Conflict("invitation_not_needed", verdict.sentence, fields={"email": [verdict.sentence]})
        return verdict.invitation, ""


class CourseInvitationView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="course_invitations_read",
        summary="An invitation into a course",
        tags=["invitations"],
        responses=CourseInvitationOutput,
    )
    def get(self, request: Request, slug: str, public_id: uuid.UUID) -> Response:
        return Response(present_invitations([_part(request, slug, public_id).invitation])[0])

    @extend_schema(
        operation_id="course_invitations_end",
        summary="End an invitation into a course",
        tags=["invitations"],
        responses={204: OpenApiResponse(description="The link opens nothing any more.")},
    )
    def delete(self, request: Request, slug: str, public_id: uuid.UUID) -> Response:
        service.end_course_invitation(actor=requester(request), part=_part(request, slug, public_id))
        return Response(status=204)


def _part(request: Request, slug: str, public_id: uuid.UUID) -> CourseInvitation:
    rows = CourseInvitation.objects.select_related("invitation", "course")
    return get_visible(rows, request.user, course__slug=slug, invitation__public_id=public_id)


def present_invitations(invitations: list[Invitation]) -> list[dict[str, Any]]:
    """Invitations into courses as plain data, in ``CourseInvitationOutput``'s shape."""
    return [
        {
            "id": str(row.public_id),
            "email": row.email,
            "role": row.course_part.role,
            "note": row.note,
            "places": row.most_uses,
            "taken": row.places_taken,
            "state": row.state.value,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
        }
        for row in invitations
    ]
