"""Modules of a course."""

import uuid

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import modules as rows
from courses.api.serializers.modules import ModuleChanges, ModuleInput, ModuleOutput
from courses.api.views.loading import (
    GONE,
    IF_MATCH,
    load_module,
    requester,
)
from courses.models import Course
from courses.services import outline


class ModulesView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="modules_list",
        summary="Modules of a course, in order",
        tags=["modules"],
        responses=ModuleOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        return self.page_of(rows.modules(request.user, found), rows.present_modules)

    @extend_schema(
        operation_id="modules_create",
        summary="Add a module",
        tags=["modules"],
        request=ModuleInput,
        responses={201: ModuleOutput},
        examples=[OpenApiExample("A module", {"title": "Collecting data"}, request_only=True)],
    )
    @transaction.atomic
    def post(self, request: Request, slug: str) -> Response:
        found = get_visible(Course, request.user, slug=slug)
        self.require("courses.change_course", found)
        values = self.parse(ModuleInput)
        position = values.pop("position", None)
        module = outline.add_module(actor=requester(request), course=found, **values)
        if position is not None:
            module = outline.move_module(actor=requester(request), module=module, position=position)
        address = reverse("api:courses:module", args=[module.public_id])
        return self.versioned(
            rows.module_detail(request.user, module), module.version, status_code=201, location=address
        )


class ModuleView(Endpoint):
    scope = "courses"

    @extend_schema(operation_id="modules_read", summary="One module", tags=["modules"], responses=ModuleOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        module = load_module(request, public_id)
        return self.versioned(rows.module_detail(request.user, module), module.version)

    @extend_schema(
        operation_id="modules_change",
        summary="Change or move a module",
        tags=["modules"],
        parameters=[IF_MATCH],
        request=ModuleChanges,
        responses=ModuleOutput,
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        module = load_module(request, public_id)
        self.require("courses.change_module", module)
        values = self.parse(ModuleChanges)
        position = values.pop("position", None)
        module = outline.change_module(actor=requester(request), module=module, version=self.version(values), **values)
        if position is not None:
            module = outline.move_module(actor=requester(request), module=module, position=position)
        return self.versioned(rows.module_detail(request.user, module), module.version)

    @extend_schema(operation_id="modules_bin", summary="Move a module to the bin", tags=["modules"], responses=GONE)
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        outline.bin_module(actor=requester(request), module=load_module(request, public_id))
        return Response(status=204)


# Lessons
