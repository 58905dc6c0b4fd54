"""The API described: the schema for programs, two readers of it for people, all served from here."""

from typing import Any

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

# ReDoc writes its own style sheet, so it gets the page's nonce; Swagger UI sets styles through the DOM.
_REDOC_SOURCES = {"style-src": [SELF, NONCE]}


def _require_reader(request: Any) -> None:
    if not settings.API_SCHEMA_PUBLIC and not request.user.is_authenticated:
        raise Http404


@method_decorator(cache_control(public=False, private=True, max_age=60), name="dispatch")
class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1 as YAML or JSON, whichever is asked for."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        _require_reader(request)
        return super().get(request, *args, **kwargs)


@login_not_required
@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    _require_reader(request)
    return render(request, "lms/api_docs.html")


@login_not_required
@require_safe
@csp_update(_REDOC_SOURCES)
def redoc(request: HttpRequest) -> HttpResponse:
    _require_reader(request)
    return render(request, "lms/api_redoc.html")
