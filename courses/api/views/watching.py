"""Films: where a person stopped and what they have seen."""

import uuid

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from courses.api.rows import watching as rows
from courses.api.serializers.watching import WatchingInput, WatchingOutput
from courses.api.views.loading import load_block, requester
from courses.selectors.watching import Watched, watched_by, watched_row
from courses.services import watching


class WatchingView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="block_watching_read",
        summary="How much of a film you have seen",
        tags=["progress"],
        responses={200: WatchingOutput, (409, "application/problem+json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        block = load_block(request, public_id)
        watching.require_film(block)
        seen = watched_by(request.user, [block.pk]).get(block.pk, Watched())
        return Response(rows.present_watching(block, seen))

    @extend_schema(
        operation_id="block_watching_add",
        summary="Say what of a film was played",
        description="Adds to what was seen before. Sent twice, or by two programs, it counts once.",
        tags=["progress"],
        request=WatchingInput,
        responses=WatchingOutput,
        examples=[
            OpenApiExample("Half a minute", {"position": 30, "duration": 212.4, "ranges": [[0, 30]]}, request_only=True)
        ],
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        block = load_block(request, public_id)
        self.require("courses.learn", block.section.item)
        row = watching.record(actor=requester(request), block=block, **self.parse(WatchingInput))
        return Response(rows.present_watching(block, watched_row(row)))
