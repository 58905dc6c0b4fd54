from collections import OrderedDict
from typing import Any

from django.core.paginator import EmptyPage, Paginator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from core.cursor import BadCursor, CursorPage, cursor_page

# More digits than any count; longer numbers are typing errors or attacks.
_MOST_DIGITS = 9


class Pages(PageNumberPagination):
    """``{count, next, previous, results}``; ``?page=`` and ``?page_size=`` up to 100."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that was asked for. A page that cannot be is a mistake in the request, so 400."""
        self.request = request
        size = self._number(request, "page_size", self.page_size, most=self.max_page_size)
        number = self._number(request, "page", 1)
        paginator = Paginator(queryset, size)
        try:
            self.page = paginator.page(number)
        except EmptyPage as error:
            sentence = ngettext("There is only %(n)d page.", "There are only %(n)d pages.", paginator.num_pages)
            raise ValidationError({"page": [sentence % {"n": paginator.num_pages}]}) from error
        return list(self.page)

    def _number(self, request: Request, name: str, default: int, most: int | None = None) -> int:
        given = request.query_params.get(name)
        if given is None:
            return default
        number = int(given) if given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS else 0
        if number < 1 or (most is not None and number > most):
            sentence = (
                _("Send a whole number from 1 to %(n)d.") % {"n": most} if most else _("Send a whole number from 1.")
            )
            raise ValidationError({name: [sentence]})
        return number

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            OrderedDict(
                count=self.page.paginator.count,  # type: ignore[union-attr]
                next=self.get_next_link(),
                previous=self.get_previous_link(),
                results=data,
            )
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {"count": {"type": "integer"}, "next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        sizes = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            {"name": "page", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1}},
            {"name": "page_size", "in": "query", "required": False, "schema": sizes},
        ]


class Cursors(Pages):
    """The same shape for lists without end: ``next`` and ``previous`` carry a cursor, ``count`` is null unless asked for.

    The view names the order in ``cursor_ordering``; the rows come without one.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        size = self._number(request, "page_size", self.page_size, most=self.max_page_size)
        if "page" in request.query_params:
            raise ValidationError({"page": [_("This list has no numbered pages. Follow “next”.")]})
        wants_count = request.query_params.get("count", "")
        if wants_count not in ("", "exact"):
            raise ValidationError({"count": [_("Send “exact”, or leave it out.")]})
        try:
            self.shown: CursorPage[Any] = cursor_page(
                queryset, view.cursor_ordering, size=size, cursor=request.query_params.get("cursor", "")
            )
        except BadCursor as error:
            sentence = _("This is no cursor of this list in this order. Begin again without one.")
            raise ValidationError({"cursor": [sentence]}) from error
        self.count = queryset.count() if wants_count else None
        return self.shown.rows

    def get_next_link(self) -> str | None:
        return self._link(self.shown.next)

    def get_previous_link(self) -> str | None:
        return self._link(self.shown.previous)

    def _link(self, cursor: str) -> str | None:
        if not cursor:
            return None
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", cursor))  # type: ignore[union-attr]

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"count": self.count, **links, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described = super().get_paginated_response_schema(schema)
        described["properties"]["count"] = {"type": ["integer", "null"], "description": "Only with `count=exact`."}
        return described

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = next(p for p in super().get_schema_operation_parameters(view) if p["name"] == "page_size")
        cursor = {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 2000}}
        count = {"name": "count", "in": "query", "required": False, "schema": {"type": "string", "enum": ["exact"]}}
        return [cursor, size, count]
