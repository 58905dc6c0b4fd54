"""One's own picture."""

import io
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.inputs import Input
from core.api.parsers import JSONParser
from core.api.views import Endpoint
from files.services.pictures import remove_picture, set_picture_from
from files.services.portraits import MOST_BYTES
from files.services.sent import EarlierUpload, KeptChoice


class PictureParser(BaseParser):
    """A picture as the whole body; no more of it is read than may be stored."""

    media_type = "image/*"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return {"file": io.BytesIO(stream.read(MOST_BYTES + 1))}


class PictureInput(serializers.Serializer[Any]):
    file = serializers.FileField(help_text=_("PNG, JPEG, WebP or GIF of at most 8 MB."))


class PictureChoice(Input):
    kept = serializers.UUIDField(
        required=False, help_text=_("The id of a file that you keep, or that was shared with you.")
    )
    upload = serializers.CharField(
        required=False, max_length=500, help_text=_("The token of an upload with the purpose “avatar”.")
    )


class PictureOutput(serializers.Serializer[Any]):
    picture = serializers.CharField(help_text=_("The address of the picture as it is shown."))


class MyPictureView(Endpoint):
    scope = "account"
    parser_classes = (MultiPartParser, PictureParser, JSONParser)

    @extend_schema(
        operation_id="me_picture_set",
        summary="Give yourself a picture",
        description="Send it as `multipart/form-data` or as the whole body; or name, as JSON, a kept file (`kept`) or a "
        "finished upload (`upload`). It is made square and small; the file that is sent or uploaded, and what it says about "
        "place and camera, is not kept.",
        tags=["users"],
        request={
            "multipart/form-data": PictureInput,
            "image/*": OpenApiTypes.BINARY,
            "application/json": PictureChoice,
        },
        responses=PictureOutput,
        examples=[
            OpenApiExample(
                "A kept file",
                {"kept": "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10"},
                request_only=True,
                media_type="application/json",
            )
        ],
    )
    def put(self, request: Request) -> Response:
        person: Any = request.user
        stored = set_picture_from(actor=person, user=person, sent=self._sent(request))
        return Response({"picture": stored.picture})

    def _sent(self, request: Request) -> Any:
        values = self.parse(PictureChoice)
        if "kept" in values:
            return KeptChoice.of(values["kept"])
        if "upload" in values:
            return EarlierUpload(values["upload"], "", 0)
        sent: Any = request.data
        content = sent.get("file")
        if not hasattr(content, "read"):
            raise serializers.ValidationError({"file": [_("Send a picture.")]})
        return content

    @extend_schema(
        operation_id="me_picture_remove",
        summary="Remove your picture",
        tags=["users"],
        responses={204: OpenApiResponse(description="Initials stand in its place.")},
    )
    def delete(self, request: Request) -> Response:
        person: Any = request.user
        remove_picture(actor=person, user=person)
        return Response(status=204)
