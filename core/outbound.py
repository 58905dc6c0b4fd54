"""The one way out to addresses that people name: nothing on our own network, little at a time, not for long.

An address has https and resolves to public addresses only; the connection goes to the very address that was
checked. Hosts named in ``OUTBOUND_ALLOW`` may be private, and on this very machine plain http will do.
"""

import ipaddress
import socket
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

SECONDS = 5
MOST_BYTES = 1024 * 1024
MOST_REDIRECTS = 3


class NotReached(requests.RequestException):
    """The address must not be asked, or its answer is too long or too late."""


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
        for _ in range(MOST_REDIRECTS + 1):
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
    addresses = [ipaddress.ip_address(address.partition("%")[0]) for address in found]
    named = _is_named(host, port)
    if plain and not (named and all(address.is_loopback for address in addresses)):
        raise NotReached("not https")
    if not named and not all(address.is_global and not address.is_multicast for address in addresses):
        raise NotReached("not a public address")
    return found[0]


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
