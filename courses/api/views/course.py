"""Courses and their states."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import courses as rows
from courses.api.serializers.courses import CourseChanges, CourseDetailOutput, CourseFilter, CourseInput, CourseOutput
from courses.api.views.loading import GONE, IF_MATCH, requester
from courses.models import Course
from courses.services import course

_COURSE_EXAMPLE = OpenApiExample(
    "A new course", {"title": "Field ecology", "code": "ECO 1", "summary": "Hedges and ponds."}, request_only=True
)


class CoursesView(Endpoint):
    scope = "courses"
    permission_names = {"POST": "courses.add_course"}

    @extend_schema(
        operation_id="courses_list",
        summary="Courses that you may see",
        description="The published ones, and those that you are in or write.",
        tags=["courses"],
        parameters=[CourseFilter],
        responses=CourseOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        found = rows.courses(request.user, **self.query(CourseFilter))
        return self.page_of(rows.course_rows(found), lambda page: rows.present_courses(request.user, page))

    @extend_schema(
        operation_id="courses_create",
        summary="Make a course",
        description="It starts as a draft, and you are its owner.",
        tags=["courses"],
        request=CourseInput,
        responses={201: CourseDetailOutput},
        examples=[_COURSE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        made = course.create_course(actor=requester(request), **self.parse(CourseInput))
        address = reverse("api:courses:course", args=[made.slug])
        return self.versioned(rows.course_detail(request.user, made), made.version, status_code=201, location=address)


class CourseView(Endpoint):
    scope = "courses"

    @extend_schema(operation_id="courses_read", summary="One course", tags=["courses"], responses=CourseDetailOutput)
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        return self.versioned(rows.course_detail(request.user, found), found.version)

    @extend_schema(
        operation_id="courses_change",
        summary="Change a course",
        tags=["courses"],
        parameters=[IF_MATCH],
        request=CourseChanges,
        responses=CourseDetailOutput,
    )
    def patch(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        self.require("courses.change_course", found)
        values = self.parse(CourseChanges)
        changed = course.change_course(actor=requester(request), course=found, version=self.version(values), **values)
        return self.versioned(rows.course_detail(request.user, changed), changed.version)

    @extend_schema(operation_id="courses_bin", summary="Move a course to the bin", tags=["courses"], responses=GONE)
    def delete(self, request: Request, slug: str) -> Response:
        course.bin_course(actor=requester(request), course=get_visible(Course, request.user, slug=slug))
        return Response(status=204)


class _CourseState(Endpoint):
    """POST does one thing to a course; doing it again changes nothing."""

    scope = "courses"
    service: Any

    def post(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        changed = type(self).service(actor=requester(request), course=found)
        return self.versioned(rows.course_detail(request.user, changed), changed.version)


def _state_of_course(name: str, summary: str) -> Any:
    said = extend_schema(
        operation_id=f"courses_{name}",
        summary=summary,
        tags=["courses"],
        request=None,
        responses=CourseDetailOutput,
    )
    return extend_schema_view(post=said)


@_state_of_course("publish", "Show a course in the catalogue")
class CoursePublishView(_CourseState):
    service = staticmethod(course.publish_course)


@_state_of_course("unpublish", "Take a course back to draft")
class CourseUnpublishView(_CourseState):
    service = staticmethod(course.unpublish_course)


@_state_of_course("archive", "Close a course; its people can still read it")
class CourseArchiveView(_CourseState):
    service = staticmethod(course.archive_course)


# Modules
