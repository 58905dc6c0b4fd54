from django.http import HttpRequest, HttpResponse
from django.urls import path

from lms.urls import handler400, handler403, handler404, handler500
from lms.urls import urlpatterns as site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def bare(request: HttpRequest) -> HttpResponse:
    """Session and user, nothing else."""
    return HttpResponse(request.user.name)  # type: ignore[union-attr]


urlpatterns = [*site, path("bench/bare/", bare)]
