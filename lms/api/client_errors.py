"""Errors in browsers: told by any page, read by administrators."""

import uuid
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.addresses import client_address
from core.api.views import Endpoint
from core.authz import Actor
from core.client_errors import ClientReport, client_errors, note_client_error, resolve_client_error
from core.errors import DomainError
from core.models import ClientError
from core.ratelimit import hit

MOST_BYTES = 16 * 1024
PER_ADDRESS = 20
PER_SITE = 300


class TooLarge(DomainError):
    status = 413


class ClientErrorInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=("error", "promise"))
    message = serializers.CharField(max_length=500)
    source = serializers.CharField(max_length=300, allow_blank=True, default="")  # type: ignore[assignment]
    line = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    column = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    stack = serializers.CharField(max_length=4000, allow_blank=True, default="", trim_whitespace=False)
    page = serializers.CharField(
        max_length=300, allow_blank=True, default="", help_text=gettext_lazy("The path of the page.")
    )


class ClientErrorQuery(serializers.Serializer[Any]):
    search = serializers.CharField(required=False, max_length=100)
    state = serializers.ChoiceField(choices=("open", "resolved", "all"), default="open")


class ClientErrorOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    stack = serializers.CharField()
    page = serializers.CharField()
    browser = serializers.CharField()
    count = serializers.IntegerField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class ClientErrorsView(Endpoint):
    scope = "operations"
    permission_names = {"GET": "core.view_operations"}
    no_idempotency = True

    def get_authenticators(self) -> list[Any]:
        # A report is nobody's: it carries no cookie, so it needs no token either.
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else list(super().get_permissions())

    @extend_schema(
        operation_id="client_errors_list",
        summary="Errors in browsers",
        description="The latest first; for administrators. Each stands for all that are alike.",
        tags=["operations"],
        parameters=[ClientErrorQuery],
        responses=ClientErrorOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        wanted = self.query(ClientErrorQuery)
        resolved = {"open": False, "resolved": True, "all": None}[wanted["state"]]
        rows = client_errors(search=wanted.get("search", ""), resolved=resolved)
        return self.page_of(rows, lambda page: [_row(row) for row in page])

    @extend_schema(
        operation_id="client_errors_report",
        summary="Tell of an error in a browser",
        description="For the pages' own scripts; needs no sign-in and reads no cookie.",
        tags=["operations"],
        request=ClientErrorInput,
        responses={204: OpenApiResponse(description="It is noted.")},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            raise TooLarge("report_too_large", _("A report has at most %(n)d bytes.") % {"n": MOST_BYTES})
        for key, limit in ((client_address(request._request), PER_ADDRESS), ("all", PER_SITE)):
            verdict = hit(f"client-errors:{key}", limit=limit, seconds=60)
            if not verdict.allowed:
                raise Throttled(wait=verdict.retry_after)
        values = self.parse(ClientErrorInput)
        note_client_error(ClientReport(**values, browser=request.headers.get("User-Agent", "")))
        return Response(status=204)


class ClientErrorStateView(Endpoint):
    scope = "operations"
    permission_names = {"POST": "core.view_operations", "DELETE": "core.view_operations"}

    @extend_schema(
        operation_id="client_errors_resolve",
        summary="Mark an error in browsers as resolved",
        description="It is open again as soon as it comes again.",
        tags=["operations"],
        request=None,
        responses=ClientErrorOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(_row(resolve_client_error(actor=_actor(request), public_id=public_id)))

    @extend_schema(
        operation_id="client_errors_reopen",
        summary="Open a resolved error again",
        tags=["operations"],
        responses={200: ClientErrorOutput},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(_row(resolve_client_error(actor=_actor(request), public_id=public_id, resolved=False)))


def _actor(request: Request) -> Actor:
    actor: Any = request.user
    return actor  # type: ignore[no-any-return]


def _row(row: ClientError) -> dict[str, Any]:
    same = ("kind", "message", "source", "line", "column", "stack", "page", "browser", "count")
    times = ("first_seen", "last_seen", "resolved_at")
    return {"id": row.public_id, **{name: getattr(row, name) for name in (*same, *times)}}
