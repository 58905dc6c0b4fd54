import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext


def too_many_requests(request: HttpRequest, exception: Exception | None = None, *, seconds: int = 60) -> HttpResponse:
    """The page for somebody who tried too often, with how long to wait; also allauth's ``handler429``."""
    response = render(request, "429.html", {"wait": _in_words(seconds)}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def client_address(request: HttpRequest) -> str:
    """The address that the limits count; behind a trusted proxy the one it names."""
    if settings.REST_FRAMEWORK["NUM_PROXIES"]:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        if forwarded:
            return forwarded
    return request.META.get("REMOTE_ADDR") or "unknown"


def client_network(request: HttpRequest) -> str:
    """The client's address; of the sixth version its /64, since one household has all of these."""
    address = client_address(request)
    try:
        if ipaddress.ip_address(address).version == 6:
            return str(ipaddress.ip_network(f"{address}/64", strict=False))
    except ValueError:
        pass
    return address


def _in_words(seconds: int) -> str:
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = -(-seconds // 60)
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
