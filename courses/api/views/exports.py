"""Courses as archives: have one made, ask how far it is, fetch it."""

import uuid
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.errors import Conflict
from core.shortcuts import get_visible
from courses.api.rows import exports as rows
from courses.api.serializers.exports import ExportOutput
from courses.api.views.loading import requester
from courses.models import Course, ExportRun
from courses.selectors.exports import exports_of
from courses.services.exporting import note_download, start_export
from files.serving import file_answer


def _load(request: Request, public_id: uuid.UUID) -> ExportRun:
    found = ExportRun.objects.select_related("course", "file")
    run: ExportRun = get_visible(found, request.user, public_id=public_id)
    return run


class CourseExportsView(Endpoint):
    scope = "courses"
    throttle_scope = {"POST": "exports"}

    def _course(self, slug: str) -> Course:
        course: Course = get_visible(Course, self.request.user, slug=slug)
        self.require("courses.export_course", course)
        return course

    @extend_schema(
        operation_id="exports_list",
        summary="Archives of a course that are kept",
        tags=["exports"],
        responses=ExportOutput(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        return self.page_of(exports_of(self._course(slug)), rows.present_exports)

    @extend_schema(
        operation_id="exports_create",
        summary="Have a course made into an archive",
        description="A job makes it; ask the address in `Location` until `state` is `done`, then fetch `download`. "
        "While one is being made, the answer names that one.",
        tags=["exports"],
        request=None,
        responses={202: ExportOutput},
    )
    def post(self, request: Request, slug: str) -> Response:
        run = start_export(actor=requester(request), course=self._course(slug))
        location = reverse("api:courses:export", args=[run.public_id])
        return Response(rows.export_detail(run), status=202, headers={"Location": location})


class ExportView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="exports_read",
        summary="One archive of a course",
        tags=["exports"],
        responses=ExportOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(rows.export_detail(_load(request, public_id)))


class ExportDownloadView(Endpoint):
    scope = "courses"

    @extend_schema(
        operation_id="exports_download",
        summary="Fetch an archive that is ready",
        description="Ranges are answered. 409 while it is not ready.",
        tags=["exports"],
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, description="The ZIP file."),
        },
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Any:
        run = _load(request, public_id)
        if run.file is None:
            raise Conflict(
                "export_not_ready",
                _("This archive is not ready. Ask the export's own address how far it is."),
            )
        try:
            answer = file_answer(request._request, run.file)
        except FileNotFoundError:
            raise Http404 from None
        note_download(actor=requester(request), run=run)
        answer["Cache-Control"] = "private, no-store"
        return answer
