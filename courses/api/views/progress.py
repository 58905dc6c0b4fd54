"""How far people are."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import progress as rows
from courses.api.serializers.progress import (
    CourseProgressOutput,
    LessonProgressOutput,
    ProgressFilter,
    RosterFilter,
    StudentProgressOutput,
)
from courses.api.views.loading import (
    load_lesson,
    requester,
)
from courses.enums import Role
from courses.models import Course
from courses.selectors import roster
from courses.services import progress


class ProgressView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="progress_list",
        summary="How far you are in your courses",
        tags=["progress"],
        parameters=[ProgressFilter],
        responses=CourseProgressOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        found = rows.own_progress(request.user, **self.query(ProgressFilter))
        return self.page_of(found, rows.present_own_progress)


class CourseProgressView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="course_progress_list",
        summary="How far the students of a course are",
        tags=["progress"],
        parameters=[RosterFilter],
        responses=StudentProgressOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        self.require("courses.view_people", found)
        asked = self.query(RosterFilter)
        students = roster(found, role=Role.STUDENT, query=asked.get("search", ""), order=asked.get("ordering", "name"))
        return self.page_of(students.rows, lambda page: rows.present_students(page, students.total))


class LessonProgressView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="lesson_progress_read",
        summary="How far you are in a lesson",
        tags=["progress"],
        responses=LessonProgressOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.lesson_progress(request.user, load_lesson(request, public_id)))


class LessonMarkView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="lesson_progress_mark",
        summary="Mark the end of a lesson",
        description="Finishes the lesson if that was all it asked for.",
        tags=["progress"],
        request=None,
        responses=LessonProgressOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = load_lesson(request, public_id)
        row = progress.mark_end(actor=requester(request), item=item)
        return Response(rows.present_lesson_progress(item, row))


class LessonUnmarkView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="lesson_progress_unmark",
        summary="Take the mark at the end of a lesson back",
        tags=["progress"],
        request=None,
        responses=LessonProgressOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = load_lesson(request, public_id)
        row = progress.unmark(actor=requester(request), item=item)
        return Response(rows.present_lesson_progress(item, row))
