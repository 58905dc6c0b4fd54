"""Files in parts, by the open protocol tus 1.0 (https://tus.io/protocols/resumable-upload), and as JSON besides.

Extensions: creation, expiration, checksum, termination. A break of the line costs the part that was on its way.
"""

import base64
import binascii
import uuid
from collections.abc import Iterator
from typing import IO, Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.errors import Invalid
from core.shortcuts import get_visible
from files.api import serializers
from files.errors import UploadProblem
from files.incoming import ALGORITHMS, Checksum
from files.models import File, Folder, Space, Upload
from files.services.uploads import Place, arrived, cancel_upload, receive_part, start_upload
from files.validators import largest

VERSION = "1.0.0"
_TAG = ["files"]
_RESUMABLE = OpenApiParameter(
    "Tus-Resumable", str, OpenApiParameter.HEADER, description=f"`{VERSION}`, from programs that speak tus."
)


class PartParser(BaseParser):
    """A part of a file as the whole body; it is read by the service, piece by piece."""

    media_type = "application/offset+octet-stream"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return {"content": stream}


class TusEndpoint(Endpoint):
    """Says by its headers which protocol is spoken, also to who speaks another version of it."""

    scope = "files"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        given = request.headers.get("Tus-Resumable", "")
        if given and given != VERSION:
            raise UploadProblem(
                412, "tus_version", _("Only version %(version)s of tus is spoken here.") % {"version": VERSION}
            )

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = VERSION
        response["Tus-Version"] = VERSION
        return response


class UploadsView(TusEndpoint):
    permission_names = {"POST": "files.add_upload"}

    @extend_schema(
        operation_id="uploads_list",
        summary="Your uploads",
        description="Those under way, and those that are done and kept for use.",
        tags=_TAG,
        responses=serializers.UploadOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = Upload.objects.filter(user=request.user).select_related("file")  # type: ignore[misc]
        return self.page_of(rows, serializers.present_uploads)

    @extend_schema(
        operation_id="uploads_create",
        summary="Begin an upload",
        description="As JSON, or by the headers of tus 1.0: `Upload-Length`, and `Upload-Metadata` with `filename`, "
        "`purpose` and, if you like, `place` and `sha256`. Send the bytes to the address in `Location` with `PATCH`.",
        tags=_TAG,
        request=serializers.UploadInput,
        responses={201: serializers.UploadOutput},
        parameters=[
            _RESUMABLE,
            OpenApiParameter("Upload-Length", str, OpenApiParameter.HEADER, description="Size in bytes (tus)."),
            OpenApiParameter(
                "Upload-Metadata", str, OpenApiParameter.HEADER, description="Names and values in Base64 (tus)."
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        if "Upload-Length" in request.headers or "Upload-Defer-Length" in request.headers:
            checked = serializers.UploadInput(data=dict(_announced(request)))
            checked.is_valid(raise_exception=True)
            values: dict[str, Any] = checked.validated_data
        else:
            values = self.parse(serializers.UploadInput)
        place = _place(request, values.pop("place", ""))
        upload = start_upload(actor=request.user, place=place, **values)  # type: ignore[arg-type]
        answer = self.created(
            serializers.present_uploads([upload])[0], reverse("api:files:upload", args=[upload.public_id])
        )
        answer["Upload-Expires"] = http_date(upload.expires_at.timestamp())
        answer["Upload-Offset"] = "0"
        return answer

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What tus can do here."""
        answer = Response(status=204)
        answer["Tus-Extension"] = "creation,expiration,checksum,termination"
        answer["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
        answer["Tus-Max-Size"] = str(largest())
        answer["Allow"] = ", ".join(self.allowed_methods)
        return answer


class UploadView(TusEndpoint):
    parser_classes = (PartParser, JSONParser)

    @extend_schema(
        operation_id="uploads_read",
        summary="One upload",
        description="How far it is, and what became of it. `HEAD` tells the same by the headers of tus.",
        tags=_TAG,
        responses=serializers.UploadOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        upload = self._load(request, public_id)
        if request.method == "HEAD":
            answer = self._told(upload, arrived(upload), 200)
            answer["Upload-Length"] = str(upload.size)
            answer["Cache-Control"] = "no-store"
            return answer
        return Response(serializers.present_uploads([upload])[0])

    @extend_schema(
        operation_id="uploads_part",
        summary="Send a part of a file",
        description="The body is what follows byte `Upload-Offset`. Answered, it is on disk; the answer says where the "
        "next part begins. After the last one the file is checked by a job: read the upload to learn what became of it.",
        tags=_TAG,
        request={"application/offset+octet-stream": OpenApiTypes.BINARY},
        parameters=[
            _RESUMABLE,
            OpenApiParameter(
                "Upload-Offset", str, OpenApiParameter.HEADER, required=True, description="Where the part begins."
            ),
            OpenApiParameter(
                "Upload-Checksum",
                str,
                OpenApiParameter.HEADER,
                description="`sha256`, a space, and the digest of the part in Base64; sha1 and md5 will do as well.",
            ),
        ],
        responses={204: OpenApiResponse(description="`Upload-Offset` says where the next part begins.")},
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        upload = self._load(request, public_id)
        offset, checksum = _offset(request), _checksum(request)
        if not request.content_type.startswith(PartParser.media_type):
            raise UploadProblem(
                415, "unsupported_media_type", _("Send a part as %(type)s.") % {"type": PartParser.media_type}
            )
        sent: Any = request.data
        size = receive_part(
            actor=request.user,  # type: ignore[arg-type]
            upload=upload,
            offset=offset,
            content=sent["content"],
            checksum=checksum,
        )
        return self._told(upload, size, 204)

    @extend_schema(
        operation_id="uploads_cancel",
        summary="Cancel an upload",
        description="What has arrived is forgotten. A file that something uses by now stays.",
        tags=_TAG,
        responses={204: OpenApiResponse(description="It is forgotten.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        cancel_upload(actor=request.user, upload=self._load(request, public_id))  # type: ignore[arg-type]
        return Response(status=204)

    def _load(self, request: Request, public_id: uuid.UUID) -> Upload:
        rows = Upload.objects.filter(user=request.user).select_related("file", "user")  # type: ignore[misc]
        upload: Upload = get_visible(rows, request.user, public_id=public_id)
        return upload

    def _told(self, upload: Upload, offset: int, status: int) -> Response:
        answer = Response(status=status)
        answer["Upload-Offset"] = str(offset)
        answer["Upload-Expires"] = http_date(upload.expires_at.timestamp())
        return answer


def _announced(request: Request) -> Iterator[tuple[str, Any]]:
    yield "size", request.headers.get("Upload-Length", "")
    names = {"filename": "name", "name": "name", "purpose": "purpose", "place": "place", "sha256": "sha256"}
    for entry in request.headers.get("Upload-Metadata", "").split(","):
        key, _space, value = entry.strip().partition(" ")
        if key not in names:
            continue
        try:
            yield names[key], base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            sentence = _("“%(name)s” in Upload-Metadata is no text in Base64.") % {"name": key}
            raise Invalid("invalid", sentence, fields={names[key]: [sentence]}) from None


def _place(request: Request, named: str) -> Place | None:
    if not named:
        return None
    kind, _colon, public_id = named.partition(":")
    rows: Any = {
        "space": Space.objects.all(),
        "folder": Folder.objects.select_related("space"),
        "file": File.objects.select_related("space", "folder"),
    }[kind]
    try:
        return Place.of(rows.visible_to(request.user).get(public_id=public_id))
    except (ObjectDoesNotExist, DjangoValidationError):
        sentence = _("There is nothing with this id that you could put a file into.")
        raise Invalid("unknown_place", sentence, fields={"place": [sentence]}) from None


def _offset(request: Request) -> int:
    given = request.headers.get("Upload-Offset", "")
    if not (given.isascii() and given.isdigit() and len(given) < 17):
        raise Invalid("upload_offset_missing", _("Say in Upload-Offset at which byte the part begins."))
    return int(given)


def _checksum(request: Request) -> Checksum | None:
    given = request.headers.get("Upload-Checksum")
    if given is None:
        return None
    algorithm, _space, text = given.strip().partition(" ")
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in ALGORITHMS or not digest:
        sentence = _("Write Upload-Checksum as an algorithm (%(algorithms)s), a space and the digest in Base64.")
        raise Invalid("checksum_unreadable", sentence % {"algorithms": ", ".join(ALGORITHMS)})
    return Checksum(algorithm, digest)
