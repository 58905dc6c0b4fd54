import ipaddress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from core.addresses import client_address


def too_many_requests(request: HttpRequest, exception: Exception | None = None, *, seconds: int = 60) -> HttpResponse:
    """The page for somebody who tried too often, with how long to wait; also allauth's ``handler429``."""
    response = render(request, "429.html", {"wait": _in_words(seconds)}, status=429)
    response["Retry-After"] = str(seconds)
    return response


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
