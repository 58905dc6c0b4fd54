"""Every problem that any test is answered with stands in the API's description."""

import json
import re
from collections.abc import Iterator
from functools import cache

import pytest
from rest_framework.response import Response

from core.api.views import Endpoint

_answered: set[tuple[str, str, int, str]] = set()


@pytest.fixture(autouse=True, scope="session")
def _note_problems() -> Iterator[None]:
    real = Endpoint.handle_exception

    def noting(self: Endpoint, exc: Exception) -> Response:
        response = real(self, exc)
        if response.status_code >= 400 and isinstance(response.data, dict) and "code" in response.data:
            route = self.request._request.resolver_match.route
            path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
            _answered.add((self.request.method.lower(), path, response.status_code, response.data["code"]))
        return response

    Endpoint.handle_exception = noting  # type: ignore[method-assign]
    yield
    Endpoint.handle_exception = real  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _problems_are_described() -> Iterator[None]:
    _answered.clear()
    yield
    if _answered:
        assert sorted(one for one in _answered if not is_described(*one)) == []


def is_described(method: str, path: str, status: int, code: str) -> bool:
    """Whether the operation's description has this code with this status; where no operation is, nothing is described."""
    described = _described().get((path, method))
    return described is None or (status, code) in described


@cache
def _described() -> dict[tuple[str, str], set[tuple[int, str]]]:
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415 -- after Django's start
    from rest_framework.renderers import JSONRenderer  # noqa: PLC0415

    made = SchemaGenerator().get_schema(request=None, public=True)
    schema = json.loads(JSONRenderer().render(made))
    shared = schema["components"]["responses"]
    return {
        (path, method): {
            (int(status), code)
            for status, answer in operation["responses"].items()
            if "$ref" in answer
            for code in shared[answer["$ref"].rpartition("/")[2]]["content"]["application/problem+json"]["examples"]
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
