"""Uploads whose bytes go straight to the bucket, as programs and pages see them."""

import uuid
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.shortcuts import get_visible
from files.api import serializers
from files.models import Upload
from files.services.direct import SIGNED_FOR, arrived_parts, complete_upload, sign_parts

_TAG = ["files"]


class DirectEndpoint(Endpoint):
    scope = "files"
    # Asked twice, all of these do the same; and addresses that are signed are not to be kept.
    no_idempotency = True

    def load(self, request: Request, public_id: uuid.UUID) -> Upload:
        rows = Upload.objects.filter(user=request.user).select_related("file", "user")  # type: ignore[misc]
        upload: Upload = get_visible(rows, request.user, public_id=public_id)
        return upload


class UploadPartsView(DirectEndpoint):
    @extend_schema(
        operation_id="uploads_arrived_parts",
        summary="Parts that have arrived in the bucket",
        description="To go on after a break, and to name them when all are there.",
        tags=_TAG,
        responses=serializers.ArrivedPartsOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        found = arrived_parts(actor=request.user, upload=self.load(request, public_id))  # type: ignore[arg-type]
        return _told(serializers.ArrivedPartsOutput({"parts": found}).data)

    @extend_schema(
        operation_id="uploads_sign_parts",
        summary="Where parts of an upload go in the bucket",
        description="Signed addresses, good for a quarter of an hour; send each part there with `PUT`. Ask again as often as you like.",
        tags=_TAG,
        request=serializers.PartsInput,
        responses=serializers.PartAddressesOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        upload = self.load(request, public_id)
        expires_at = timezone.now() + SIGNED_FOR
        parts = sign_parts(actor=request.user, upload=upload, **self.parse(serializers.PartsInput))  # type: ignore[arg-type]
        return _told(serializers.PartAddressesOutput({"parts": parts, "expires_at": expires_at}).data)


class UploadCompleteView(DirectEndpoint):
    @extend_schema(
        operation_id="uploads_complete",
        summary="All parts are in the bucket",
        description="A job then checks the file: read the upload to learn what became of it. Said twice, it is checked once.",
        tags=_TAG,
        request=serializers.CompleteInput,
        responses=serializers.UploadOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        upload = self.load(request, public_id)
        named = self.parse(serializers.CompleteInput)["parts"]
        etags = {part["number"]: part["etag"] for part in named}
        complete_upload(actor=request.user, upload=upload, etags=etags)  # type: ignore[arg-type]
        return _told(serializers.present_uploads([self.load(request, public_id)])[0])


def _told(data: Any) -> Response:
    return Response(data, headers={"Cache-Control": "no-store"})
