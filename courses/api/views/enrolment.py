"""Who is in a course."""

import uuid

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import enrolments as rows
from courses.api.serializers.enrolments import EnrolmentChanges, EnrolmentFilter, EnrolmentInput, EnrolmentOutput
from courses.api.views.loading import (
    named_person,
    requester,
)
from courses.enums import Role
from courses.models import Course, Membership
from courses.services import enrolment


class CourseEnrolmentsView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="course_enrolments_list",
        summary="People of a course",
        description="Its staff see everyone, others themselves.",
        tags=["enrolments"],
        parameters=[EnrolmentFilter],
        responses=EnrolmentOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        members = rows.enrolments(request.user, course=found, **self.query(EnrolmentFilter))
        return self.page_of(
            rows.enrolment_rows(members), lambda page: rows.present_enrolments(request.user, page, course=found)
        )

    @extend_schema(
        operation_id="enrolments_create",
        summary="Enrol yourself, or add somebody",
        description="Without a body you enrol yourself. Staff name a person and a role. Who is in the course "
        "already stays as they are, and the answer is 200.",
        tags=["enrolments"],
        request=EnrolmentInput,
        responses={200: EnrolmentOutput, 201: EnrolmentOutput},
        examples=[
            OpenApiExample("Yourself", {}, request_only=True),
            OpenApiExample("A teacher", {"email": "tariq@example.org", "role": "teacher"}, request_only=True),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        if not request.user.has_perm("courses.enrol_oneself", found):
            self.require("courses.manage_people", found)
        values = self.parse(EnrolmentInput)
        user = named_person(request, found, values)
        known = rows.is_member(found, user)
        role = Role(values.get("role", Role.STUDENT))
        membership = enrolment.enrol(actor=requester(request), course=found, user=user, role=role)
        body = rows.enrolment_detail(request.user, membership)
        if known:
            return Response(body)
        return self.created(body, reverse("api:courses:enrolment", args=[membership.public_id]))


class EnrolmentsView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="enrolments_list",
        summary="What you are in which courses",
        tags=["enrolments"],
        parameters=[EnrolmentFilter],
        responses=EnrolmentOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        members = rows.enrolments(request.user, **self.query(EnrolmentFilter))
        return self.page_of(rows.enrolment_rows(members), lambda page: rows.present_enrolments(request.user, page))


class EnrolmentView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="enrolments_read",
        summary="One enrolment",
        tags=["enrolments"],
        responses=EnrolmentOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.enrolment_detail(request.user, get_visible(Membership, request.user, public_id=public_id)))

    @extend_schema(
        operation_id="enrolments_change",
        summary="Give a person another role",
        tags=["enrolments"],
        request=EnrolmentChanges,
        responses=EnrolmentOutput,
        examples=[OpenApiExample("An assistant", {"role": "assistant"}, request_only=True)],
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        membership = get_visible(Membership, request.user, public_id=public_id)
        self.require("courses.manage_people", membership)
        role = Role(self.parse(EnrolmentChanges)["role"])
        changed = enrolment.change_role(actor=requester(request), membership=membership, role=role)
        return Response(rows.enrolment_detail(request.user, changed))

    @extend_schema(
        operation_id="enrolments_end",
        summary="Leave a course, or take somebody out",
        description="Nothing is erased. Ending it again gives the same answer.",
        tags=["enrolments"],
        responses={204: OpenApiResponse(description="The enrolment is ended.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        membership = get_visible(Membership, request.user, public_id=public_id)
        enrolment.end_membership(actor=requester(request), membership=membership)
        return Response(status=204)


# Progress
