"""Providers that others wrote, each in a process of its own on loopback."""

import html
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_words: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)


def ask(method: str, url: str, body: str = "", kind: str = "application/x-www-form-urlencoded") -> tuple[int, Any, str]:
    """Status, headers and text of an answer; redirects are not followed."""
    request = urllib.request.Request(url, data=body.encode() if body else None, method=method)  # noqa: S310
    request.add_header("Content-Type", kind)
    try:
        with _opener.open(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.headers, answer.read().decode()


@contextmanager
def running(command: list[str], address: str) -> Iterator[str]:
    """The process, from when it answers until the block ends."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                ask("GET", address)
                break
            except urllib.error.URLError:
                assert process.poll() is None, f"{command} ended"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def oidc_provider(*options: str) -> Iterator["OidcProvider"]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), *options]
    with running(command, f"http://127.0.0.1:{port}/.well-known/openid-configuration"):
        yield OidcProvider(f"http://127.0.0.1:{port}")


@contextmanager
def saml_provider(folder: Path) -> Iterator["SamlProvider"]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", str(Path(__file__).parent / "saml_idp.py"), str(port), str(folder)]
    with running(command, f"http://127.0.0.1:{port}/metadata"):
        yield SamlProvider(f"http://127.0.0.1:{port}")


class OidcProvider:
    def __init__(self, address: str) -> None:
        self.address = address
        self.host = address.removeprefix("http://")

    def knows(self, sub: str, **claims: Any) -> None:
        status, _headers, text = ask("PUT", f"{self.address}/users/{sub}", json.dumps(claims), "application/json")
        assert status == 204, text

    def sign_in(self, target: str, sub: str) -> str:
        """What somebody does on the provider's page; the address that the browser is then sent back to."""
        status, headers, text = ask("POST", target, urlencode({"sub": sub}))
        assert status == 302, text
        return str(headers["Location"])


class SamlProvider:
    def __init__(self, address: str) -> None:
        self.address = address
        self.host = address.removeprefix("http://")

    def take_sp(self, metadata: str) -> None:
        status, _headers, text = ask("PUT", f"{self.address}/sp", metadata, "application/xml")
        assert status == 200, text

    def mode(self, **mode: Any) -> None:
        ask("PUT", f"{self.address}/mode", json.dumps(mode), "application/json")

    def sign_in(self, target: str) -> dict[str, str]:
        """The form that the provider's page would send, with ``action`` for its address."""
        status, _headers, text = ask("GET", target)
        assert status == 200, text
        action = re.search(r'action="([^"]+)"', text)
        assert action is not None
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
        return {"action": html.unescape(action[1]), **fields}
