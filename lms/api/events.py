"""The event log for administrators' programs."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from core.api.views import Endpoint
from lms.selectors import EventFilter, LoggedEvent, event_names, found_events, shown_events

MOST = 100


class EventQuery(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, max_length=80, help_text=gettext_lazy("One kind of event."))
    person = serializers.CharField(
        required=False,
        max_length=254,
        help_text=gettext_lazy("Who acted or whom it is about: email, id, part of a name."),
    )
    object = serializers.CharField(
        required=False,
        max_length=100,
        help_text=gettext_lazy("What it is about: an id, a course's slug, or a fact such as `item_id:12`."),
    )
    request = serializers.CharField(required=False, max_length=36, help_text=gettext_lazy("The id of a request."))
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False, help_text=gettext_lazy("The last day, included."))


class EventOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    name = serializers.CharField()
    actor = serializers.CharField(help_text=gettext_lazy("Name of who acted; empty for the site itself."))
    impersonator = serializers.CharField(help_text=gettext_lazy("Name of who acted as the actor; mostly empty."))
    course = serializers.CharField()
    facts = serializers.DictField(help_text=gettext_lazy("As the event has them."))
    # Any value, so null as well.
    before = serializers.JSONField()
    after = serializers.JSONField()
    address = serializers.CharField(help_text=gettext_lazy("Network address of the request; empty for jobs."))
    request_id = serializers.CharField()


class LogPages(BasePagination):
    """``{count: null, next, previous: null, results}``, the latest first; ``next`` carries the cursor."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        given, size = request.query_params.get("cursor", ""), request.query_params.get("page_size", "50")
        if given and not (given.isascii() and given.isdigit() and len(given) < 19):
            raise ValidationError({"cursor": [_("This is no cursor of this list. Begin again without one.")]})
        if not (size.isascii() and size.isdigit() and len(size) < 4 and 1 <= int(size) <= MOST):
            raise ValidationError({"page_size": [_("Send a whole number from 1 to %(n)d.") % {"n": MOST}]})
        rows = queryset.filter(pk__lt=int(given)) if given else queryset
        found = list(rows[: int(size) + 1])
        shown = found[: int(size)]
        self.next = (
            replace_query_param(request.build_absolute_uri(), "cursor", shown[-1].pk)
            if len(found) > len(shown)
            else None
        )
        return shown

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"count": None, "next": self.next, "previous": None, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        nothing = {"type": "null"}
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {"count": nothing, "next": link, "previous": nothing, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50}
        return [
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 18}},
            {"name": "page_size", "in": "query", "required": False, "schema": size},
        ]


class EventsView(Endpoint):
    scope = "operations"
    permission_names = {"GET": "core.view_operations"}
    pagination_class = LogPages  # type: ignore[assignment]

    @extend_schema(
        operation_id="events_list",
        summary="The event log",
        description="What happened on the site, the latest first. For administrators.",
        tags=["operations"],
        parameters=[EventQuery],
        responses=EventOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        wanted = self.query(EventQuery)
        if wanted.get("name", "") not in ("", *event_names()):
            raise ValidationError({"name": [_("There is no such kind of event.")]})
        return self.page_of(found_events(EventFilter(**wanted)), lambda page: [_row(e) for e in shown_events(page)])


def _row(event: LoggedEvent) -> dict[str, Any]:
    same = ("at", "name", "actor", "impersonator", "course", "before", "after", "address", "request_id")
    return {
        "id": event.public_id,
        **{name: getattr(event, name) for name in same},
        "facts": {fact.name: fact.value for fact in event.facts},
    }
