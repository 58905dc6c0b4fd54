"""A folder as one ZIP, for programs."""

import uuid
from functools import partial

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from core.api.views import Endpoint
from files.services.accesses import entry_seen_by
from files.services.archives import note_fetched, pack
from files.serving import archive_answer


class FolderArchiveView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="folders_archive",
        summary="All files of a folder as one ZIP",
        description=(
            "With the folders in it, made while it is sent; its length is known from the beginning, so that an answer that "
            "broke off can be told. Each file stands in the log as fetched."
        ),
        tags=["files"],
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, description="The ZIP file."),
        },
    )
    def get(self, request: Request, public_id: uuid.UUID) -> HttpResponseBase:
        folder = entry_seen_by(request.user, "folder", public_id)
        if folder is None:
            raise Http404
        archive = pack([folder])
        note = partial(note_fetched, archive, user=request.user)
        return archive_answer(request._request, archive, name=f"{folder.name}.zip", note=note)
