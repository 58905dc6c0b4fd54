"""Forwarded headers are believed of the proxies in front of the site, and of nobody else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.addresses import is_trusted_proxy

# What a proxy says of the request that it passes on; anybody can write the same.
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


def forwarded_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, the first of all: drop what a peer that is no trusted proxy says of scheme, host and address.

    Without trusted proxies nothing reads these headers, and pages that are for this machine alone take them as a sign that
    somebody stands between.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.TRUSTED_PROXIES and not is_trusted_proxy(request.META.get("REMOTE_ADDR") or ""):
            for name in FORWARDED:
                request.META.pop(name, None)
        return get_response(request)

    return middleware
