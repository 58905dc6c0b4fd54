"""The one way out to addresses that people name: nothing on our own network, little at a time, not for long.

An address has https and resolves to public addresses only; the connection goes to the very address that was
checked. Hosts named in ``OUTBOUND_ALLOW`` may be private, and on this very machine plain http will do.
"""

import ipaddress
import json
import socket
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

SECONDS = 5
MOST_BYTES = 1024 * 1024
MOST_REDIRECTS = 3


class NotReached(requests.RequestException):
    """The address must not be asked, or its answer is too long or too late."""


def why_not_reached(error: Exception) -> str:
    """What stood in the way of a request, in a sentence for people; what libraries say is for the log."""
    # What is found out while connecting comes wrapped in the library's own words.
    for words, sentence in _SENTENCES.items():
        if words in str(error):
            return str(sentence)
    if isinstance(error, requests.exceptions.JSONDecodeError | json.JSONDecodeError):
        return _("What it answers is no JSON.")
    if isinstance(error, requests.Timeout):
        return _("It did not answer within %(n)d seconds.") % {"n": SECONDS}
    if isinstance(error, requests.exceptions.SSLError):
        return _(
            "Its certificate is not one that this site accepts: it has ended, is for another name, or nobody vouches for it."
        )
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _("It answered with the status %(n)d.") % {"n": error.response.status_code}
    if isinstance(error, requests.ConnectionError):
        return _("No connection was possible.")
    return _("What it answers cannot be read.")


def must_not_be_asked(error: Exception) -> bool:
    """Whether the address is one that is never asked, so that trying again is of no use; a host that is slow, unknown or
    away for the moment may answer later."""
    return any(words in str(error) for words in _NEVER)


_NEVER = ("no such port", "not a web address", "not https", "not a public address")
_SENTENCES = {
    "no such port": _lazy("The address names a port that there cannot be."),
    "not a web address": _lazy("This is no web address."),
    "not https": _lazy("The address must begin with https."),
    "too many redirects": _lazy("It leads on to other addresses without end."),
    "the answer is too long": _lazy("What it answers is too long."),
    "the answer takes too long": _lazy("Its answer takes too long."),
    "the name is not known": _lazy("There is no host of this name."),
    "not a public address": _lazy(
        "The host is on a private network. Whoever runs this site adds it to OUTBOUND_ALLOW if it is meant."
    ),
}


def check_address(url: str) -> None:
    """Raise ``NotReached`` for an address that is never asked, whatever it resolves to."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise NotReached("no such port") from error
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.password:
        raise NotReached("not a web address")
    if parts.scheme == "http" and not _is_named(parts.hostname, port or 80):
        raise NotReached("not https")


class Outbound(requests.Session):
    """A session of ``requests`` with these limits. ``Authorization`` goes to the first host only."""

    def __init__(self) -> None:
        super().__init__()
        # Neither proxies nor .netrc of the machine.
        self.trust_env = False
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Checked())

    def request(self, method: str, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]
        options |= {"timeout": SECONDS, "stream": True, "allow_redirects": False}
        until = time.monotonic() + SECONDS
        address = url.decode() if isinstance(url, bytes) else url
        for _hop in range(MOST_REDIRECTS + 1):
            check_address(address)
            response = super().request(method, address, **options)
            _read(response, until)
            if not response.is_redirect or method not in {"GET", "HEAD"}:
                return response
            target = urljoin(address, response.headers["location"])
            if urlsplit(target)[:2] != urlsplit(address)[:2]:
                options.pop("auth", None)
                options["headers"] = {
                    name: value
                    for name, value in (options.get("headers") or {}).items()
                    if name.lower() not in {"authorization", "cookie"}
                }
            options.pop("params", None)
            address = target
        raise NotReached("too many redirects")


def _read(response: requests.Response, until: float) -> None:
    body = bytearray()
    try:
        for piece in response.iter_content(16 * 1024):
            body += piece
            if len(body) > MOST_BYTES:
                raise NotReached("the answer is too long")
            if time.monotonic() > until:
                raise NotReached("the answer takes too long")
    finally:
        response.close()
    response._content = bytes(body)


def _is_named(host: str, port: int) -> bool:
    name = f"[{host}]" if ":" in host else host
    return name in settings.OUTBOUND_ALLOW or f"{name}:{port}" in settings.OUTBOUND_ALLOW


def _resolved(host: str, port: int, *, plain: bool) -> str:
    """One of the host's addresses, after all of them were checked."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise NotReached("the name is not known") from error
    addresses = [_inner(address.partition("%")[0]) for address in found]
    named = _is_named(host, port)
    if plain and not (named and all(address.is_loopback for address in addresses)):
        raise NotReached("not https")
    if not named and not all(_is_public(address) for address in addresses):
        raise NotReached("not a public address")
    return found[0]


def _inner(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address; of one of the sixth version that carries one of the fourth, that one: it is where the packets go."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in network for network in _CARRIERS):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


# Translated by a router (RFC 6052), and the old form of compatible addresses.
_CARRIERS = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    is_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not address.is_multicast and not is_local


class _Pinned:
    """Connects to the address that was checked; the name stays for TLS and the Host header."""

    host: str
    port: int
    _dns_host: str
    _plain = False

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        self._dns_host = _resolved(name.strip("[]"), self.port, plain=self._plain)
        try:
            made: socket.socket = super()._new_conn()  # type: ignore[misc]
            return made
        finally:
            self._dns_host = name


class _PlainConnection(_Pinned, HTTPConnection):
    _plain = True


class _TlsConnection(_Pinned, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Checked(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
