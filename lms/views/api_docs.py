"""The API described: the schema for programs, two readers of it for people, all served from here."""

from functools import lru_cache
from threading import Lock
from typing import Any

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

# ReDoc writes its own style sheet, so it gets the page's nonce; Swagger UI sets styles through the DOM.
_REDOC_SOURCES = {"style-src": [SELF, NONCE]}


class SchemaView(APIView):
    """OpenAPI 3.1 as YAML or JSON, whichever is asked for."""

    permission_classes = (AllowAny,)
    renderer_classes = (OpenApiYamlRenderer, OpenApiYamlRenderer2, OpenApiJsonRenderer, OpenApiJsonRenderer2)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        _require_reader(request)
        renderer = request.accepted_renderer
        body = _schema(translation.get_language() or settings.LANGUAGE_CODE, type(renderer))
        return HttpResponse(body, content_type=f"{renderer.media_type}; charset=utf-8")


@login_not_required
@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """Swagger UI: read the API and try it with one's own session."""
    _require_reader(request)
    return render(request, "lms/api_docs.html")


@login_not_required
@require_safe
@csp_update(_REDOC_SOURCES)
def redoc(request: HttpRequest) -> HttpResponse:
    """ReDoc: the API as one long page to read."""
    _require_reader(request)
    return render(request, "lms/api_redoc.html")


def _require_reader(request: Any) -> None:
    if not settings.API_SCHEMA_PUBLIC and not request.user.is_authenticated:
        raise Http404


# drf-spectacular looks its extensions up while it describes, and two threads that do so at once get in each other's way.
_describing = Lock()


def _schema(language: str, renderer: type[BaseRenderer]) -> bytes:
    with _describing:
        return _described(language, renderer)  # type: ignore[arg-type]  # mypy: a class is not seen as hashable


@lru_cache(maxsize=16)
def _described(language: str, renderer: type[BaseRenderer]) -> bytes:
    """Made once in a process and language: it is the same for everybody and takes a second."""
    with translation.override(language):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        rendered = renderer().render(schema, renderer_context={})
    return rendered if isinstance(rendered, bytes) else str(rendered).encode()
