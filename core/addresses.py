"""Where a request comes from."""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that limits count and the event log keeps; behind a trusted proxy the one it names.

    ``core.proxies`` has dropped what others than trusted proxies say. Each proxy adds the address that it saw at the end,
    so the first one from the end that is none of ours is the client.
    """
    peer = request.META.get("REMOTE_ADDR") or ""
    if is_trusted_proxy(peer):
        for said in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            if (address := plain_address(said.strip())) is None:
                break
            if not is_trusted_proxy(address):
                return address
    return peer or "unknown"


def is_trusted_proxy(address: str) -> bool:
    """Whether ``address`` is one of ``TRUSTED_PROXIES``; "" is whoever came by a socket in a file."""
    return _is_within(address, tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=512)
def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    if not address:
        return "unix" in networks
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A socket that listens for both versions writes those of the fourth as ::ffff:192.0.2.1.
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(network) for network in networks if network != "unix")


def plain_address(text: str) -> str | None:
    """``text`` if it is an IP address, else None."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
