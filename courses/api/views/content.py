"""Sections and blocks of a lesson."""

import uuid

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from courses.api.rows import content as rows
from courses.api.serializers.content import BlockChanges, BlockInput, BlockOutput, SectionInput, SectionOutput
from courses.api.views.loading import (
    AT_THE_END,
    GONE,
    IF_MATCH,
    load_block,
    load_lesson,
    load_section,
    named_section,
    requester,
)
from courses.services import blocks, content


class LessonSectionsView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="sections_create",
        summary="Add a section to a lesson",
        tags=["lessons"],
        request=SectionInput,
        responses={201: SectionOutput},
    )
    @transaction.atomic
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = load_lesson(request, public_id)
        self.require("courses.change_item", item)
        values = self.parse(SectionInput)
        section = content.add_section(actor=requester(request), item=item, title=values.get("title", ""))
        if "position" in values:
            section = content.move_section(actor=requester(request), section=section, position=values["position"])
        return self.created(rows.section_detail(section), reverse("api:courses:section", args=[section.public_id]))


class SectionView(Endpoint):
    scope = "courses"

    @extend_schema(operation_id="sections_read", summary="One section", tags=["lessons"], responses=SectionOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.section_detail(load_section(request, public_id)))

    @extend_schema(
        operation_id="sections_change",
        summary="Change or move a section",
        tags=["lessons"],
        request=SectionInput,
        responses=SectionOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        section = load_section(request, public_id)
        self.require("courses.change_section", section)
        values = self.parse(SectionInput)
        if "title" in values:
            section = content.change_section(actor=requester(request), section=section, title=values["title"])
        if "position" in values:
            section = content.move_section(actor=requester(request), section=section, position=values["position"])
        return Response(rows.section_detail(section))

    @extend_schema(operation_id="sections_bin", summary="Move a section to the bin", tags=["lessons"], responses=GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        content.bin_section(actor=requester(request), section=load_section(request, public_id))
        return Response(status=204)


class LessonBlocksView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="blocks_create",
        summary="Add a block to a lesson",
        description="As a draft: readers see it when the lesson is published.",
        tags=["lessons"],
        request=BlockInput,
        responses={201: BlockOutput},
        examples=[OpenApiExample("A text", {"kind": "text", "text": "Ask **four** people."}, request_only=True)],
    )
    @transaction.atomic
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        item = load_lesson(request, public_id)
        self.require("courses.change_item", item)
        values = self.parse(BlockInput)
        section = named_section(request, item, values.pop("section", None))
        block = blocks.create_block(actor=requester(request), section=section, **values)
        address = reverse("api:courses:block", args=[block.public_id])
        return self.versioned(rows.block_detail(request.user, block), block.version, status_code=201, location=address)


class BlockView(Endpoint):
    scope = "courses"

    @extend_schema(operation_id="blocks_read", summary="One block", tags=["lessons"], responses=BlockOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        block = load_block(request, public_id)
        return self.versioned(rows.block_detail(request.user, block), block.version)

    @extend_schema(
        operation_id="blocks_change",
        summary="Change or move a block",
        description="Changes what is being written; readers see it when the lesson is published.",
        tags=["lessons"],
        parameters=[IF_MATCH],
        request=BlockChanges,
        responses=BlockOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        block = load_block(request, public_id)
        self.require("courses.change_block", block)
        values = self.parse(BlockChanges)
        place = {name: values.pop(name) for name in ("position", "section") if name in values}
        block = blocks.write_block(actor=requester(request), block=block, version=self.version(values), **values)
        if place:
            section = named_section(request, block.section.item, place["section"]) if "section" in place else None
            position = place.get("position", AT_THE_END)
            block = content.move_block(actor=requester(request), block=block, position=position, section=section)
        return self.versioned(rows.block_detail(request.user, block), block.version)

    @extend_schema(operation_id="blocks_bin", summary="Move a block to the bin", tags=["lessons"], responses=GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        content.bin_block(actor=requester(request), block=load_block(request, public_id))
        return Response(status=204)


# People
