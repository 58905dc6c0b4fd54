"""Courses from elsewhere: upload an archive, ask what became of it."""

import uuid
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.api.rows import imports as rows
from courses.api.serializers.imports import (
    ImportDetailOutput,
    ImportEntryFilter,
    ImportEntryOutput,
    ImportInput,
    ImportOutput,
)
from courses.api.views.loading import requester
from courses.models import ImportRun
from courses.selectors.imports import entries_of, runs_of
from courses.services.importing import cancel_import, start_import
from files.services import store_file


def _load(request: Request, public_id: uuid.UUID) -> ImportRun:
    run: ImportRun = get_visible(ImportRun.objects.select_related("course", "file"), request.user, public_id=public_id)
    return run


class ImportsView(Endpoint):
    scope = "courses"
    throttle_scope = {"POST": "imports"}
    permission_names = {"POST": "courses.add_course"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="imports_list",
        summary="Your imports",
        tags=["imports"],
        responses=ImportOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page_of(runs_of(request.user), rows.present_imports)

    @extend_schema(
        operation_id="imports_create",
        summary="Import a course",
        description="Send an archive as `multipart/form-data`: an export of Open edX (.tar.gz) or a course folder (.zip). "
        "A job takes it in; ask the address in `Location` what became of it. With `trial` nothing is stored.",
        tags=["imports"],
        request={"multipart/form-data": ImportInput},
        responses={201: ImportDetailOutput},
        examples=[OpenApiExample("A trial run", {"file": "course.tar.gz", "trial": True}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        values = self.parse(ImportInput)
        archive = values["file"]
        file = store_file(actor=requester(request), content=archive, name=archive.name)
        run = start_import(actor=requester(request), file=file, trial=values["trial"])
        return self.created(rows.import_detail(run), reverse("api:courses:import", args=[run.public_id]))


class ImportView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="imports_read",
        summary="One import",
        tags=["imports"],
        responses=ImportDetailOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.import_detail(_load(request, public_id)))


class ImportEntriesView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="imports_entries",
        summary="What became of each part",
        description="In the order of the outline.",
        tags=["imports"],
        parameters=[ImportEntryFilter],
        responses=ImportEntryOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        run = _load(request, public_id)
        filters: dict[str, Any] = self.query(ImportEntryFilter)
        return self.page_of(entries_of(run, **filters), lambda page: rows.present_import_entries(run, page))


class ImportCancelView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="imports_cancel",
        summary="Call off an import that has not begun",
        tags=["imports"],
        request=None,
        responses=ImportDetailOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        run = cancel_import(actor=requester(request), run=_load(request, public_id))
        return Response(rows.import_detail(run))
