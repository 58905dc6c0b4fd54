"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that limits count and the event log keeps; behind a trusted proxy the one it names."""
    if settings.REST_FRAMEWORK["NUM_PROXIES"]:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        if forwarded:
            return forwarded
    return request.META.get("REMOTE_ADDR") or "unknown"


def plain_address(text: str) -> str | None:
    """``text`` if it is an IP address, else None."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
