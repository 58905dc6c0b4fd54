from collections import OrderedDict
from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response


class Pages(PageNumberPagination):
    """``{count, next, previous, results}``; ``?page=`` and ``?page_size=`` up to 100."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            OrderedDict(
                count=self.page.paginator.count,  # type: ignore[union-attr]
                next=self.get_next_link(),
                previous=self.get_previous_link(),
                results=data,
            )
        )
