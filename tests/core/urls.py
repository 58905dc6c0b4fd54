"""Views that go wrong on purpose, and a few that tell what the kernel knows."""

import contextvars
import threading
import time

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path
from django.utils import timezone, translation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.context import current_request_id
from core.errors import Conflict
from core.models import Effect

PIECES = 5
_marker: contextvars.ContextVar[str] = contextvars.ContextVar("marker", default="")


class Gauge:
    """How many views run at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.threads: set[str] = set()

    def __enter__(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.threads.add(threading.current_thread().name)

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.now -= 1


gauge = Gauge()


def store_two() -> None:
    """Two rows or none."""
    with transaction.atomic():
        Effect.objects.create(key="first")
        Effect.objects.create(key="second " + "x" * 150)


@login_not_required
def store(request: HttpRequest) -> HttpResponse:
    store_two()
    return HttpResponse("stored")


class ApiStore(Endpoint):
    permission_classes = (AllowAny,)
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        store_two()
        return Response({"stored": True}, status=201)


@login_not_required
def refuse(request: HttpRequest) -> HttpResponse:
    raise Conflict("course_full", "No <b>places</b>.", fields={"course": ["Come back later."]})


@login_not_required
def whoami(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "request_id": current_request_id(),
            "zone": timezone.get_current_timezone_name(),
            "language": translation.get_language(),
        }
    )


@login_not_required
def slow(request: HttpRequest) -> HttpResponse:
    with gauge:
        before = _marker.get()
        _marker.set(request.headers.get("X-Marker", ""))
        time.sleep(0.05)
        connection.ensure_connection()
        return JsonResponse({"before": before, "marker": _marker.get(), "request_id": current_request_id()})


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


@login_not_required
def stream(request: HttpRequest) -> HttpResponse:
    async def pieces():
        for number in range(PIECES):
            yield f"{number} {threading.current_thread().name};"

    return StreamingHttpResponse(pieces())


handler500 = "lms.views.errors.server_error"
urlpatterns = [
    path("store/", store),
    path("api/store/", ApiStore.as_view()),
    path("refuse/", refuse),
    path("whoami/", whoami),
    path("slow/", slow),
    path("broken/", broken),
    path("stream/", stream),
    path("", include("lms.urls")),
]
