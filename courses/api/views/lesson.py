"""Lessons and their states."""

import uuid
from typing import Any

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from courses.api.rows import lessons as rows
from courses.api.serializers.lessons import LessonChanges, LessonDetailOutput, LessonFilter, LessonInput, LessonOutput
from courses.api.views.loading import (
    AT_THE_END,
    GONE,
    IF_MATCH,
    load_lesson,
    load_module,
    named_module,
    requester,
)
from courses.services import outline, publishing


class LessonsView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="lessons_list",
        summary="Lessons that you may open, in order",
        tags=["lessons"],
        parameters=[LessonFilter],
        responses=LessonOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        found = rows.lessons(request.user, **self.query(LessonFilter))
        return self.page_of(found, rows.present_lessons)

    @extend_schema(
        operation_id="lessons_create",
        summary="Add a lesson",
        description="As a draft at the end of its module, with one empty text to start writing in.",
        tags=["lessons"],
        request=LessonInput,
        responses={201: LessonDetailOutput},
        examples=[
            OpenApiExample(
                "A lesson",
                {"module": "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10", "title": "Who was asked", "minutes": 8},
                request_only=True,
            )
        ],
    )
    @transaction.atomic
    def post(self, request: Request) -> Response:
        values = self.parse(LessonInput)
        module = load_module(request, values.pop("module"))
        self.require("courses.change_module", module)
        position = values.pop("position", None)
        item = outline.add_item(actor=requester(request), module=module, **values)
        if position is not None:
            item = outline.move_item(actor=requester(request), item=item, position=position)
        address = reverse("api:courses:lesson", args=[item.public_id])
        return self.versioned(rows.lesson_detail(request.user, item), item.version, status_code=201, location=address)


class LessonView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="lessons_read",
        summary="One lesson with its text",
        description="What is published; who writes the course also gets the text being written. Questions come "
        "without their keys.",
        tags=["lessons"],
        responses=LessonDetailOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        item = load_lesson(request, public_id)
        return self.versioned(rows.lesson_detail(request.user, item), item.version)

    @extend_schema(
        operation_id="lessons_change",
        summary="Change or move a lesson",
        tags=["lessons"],
        parameters=[IF_MATCH],
        request=LessonChanges,
        responses=LessonDetailOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        item = load_lesson(request, public_id)
        self.require("courses.change_item", item)
        values = self.parse(LessonChanges)
        place = {name: values.pop(name) for name in ("position", "module") if name in values}
        item = outline.change_item(actor=requester(request), item=item, version=self.version(values), **values)
        if place:
            module = named_module(request, place["module"]) if "module" in place else None
            position = place.get("position", AT_THE_END)
            item = outline.move_item(actor=requester(request), item=item, position=position, module=module)
        return self.versioned(rows.lesson_detail(request.user, item), item.version)

    @extend_schema(operation_id="lessons_bin", summary="Move a lesson to the bin", tags=["lessons"], responses=GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        outline.bin_item(actor=requester(request), item=load_lesson(request, public_id))
        return Response(status=204)


class _LessonState(Endpoint):
    scope = "courses"
    service: Any

    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = type(self).service(actor=requester(request), item=load_lesson(request, public_id))
        return self.versioned(rows.lesson_detail(request.user, item), item.version)


def _state_of_lesson(name: str, summary: str) -> Any:
    said = extend_schema(
        operation_id=f"lessons_{name}",
        summary=summary,
        tags=["lessons"],
        request=None,
        responses=LessonDetailOutput,
    )
    return extend_schema_view(post=said)


@_state_of_lesson("publish", "Show a lesson to students with its newest text")
class LessonPublishView(_LessonState):
    service = staticmethod(publishing.publish_item)


@_state_of_lesson("unpublish", "Take a lesson away from students")
class LessonUnpublishView(_LessonState):
    service = staticmethod(publishing.unpublish_item)
