"""The way out: what is asked, how long, how much."""

import socket
import sys

import pytest
import requests

from core.outbound import NotReached, Outbound, why_not_reached
from core.sealed import seal, unseal
from tests.providers.running import free_port, running

ANSWERS = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        where = {"/loop": "/loop", "/away": "http://localhost:%s/" % sys.argv[1], "/hop": "/"}.get(self.path)
        self.send_response(302 if where else 200)
        if where:
            self.send_header("Location", where)
        self.end_headers()
        self.wfile.write(b"x" * (2 * 1024 * 1024) if self.path == "/long" else self.headers.get("Authorization", "-").encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> str:
    script = tmp_path_factory.mktemp("server") / "server.py"
    script.write_text(ANSWERS)
    port = free_port()
    with running([sys.executable, str(script), str(port)], f"http://127.0.0.1:{port}") as address:
        yield address


def fetch(url, **options):
    with Outbound() as session:
        return session.get(url, **options)


def test_a_named_host_on_this_machine_is_asked(server, settings):
    settings.OUTBOUND_ALLOW = [server.removeprefix("http://")]
    assert fetch(f"{server}/hop", headers={"Authorization": "a"}).text == "a"


def test_credentials_stay_with_the_first_host(server, settings):
    port = server.rpartition(":")[2]
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{port}", f"localhost:{port}"]
    assert fetch(f"{server}/away", headers={"Authorization": "a"}).text == "-"


@pytest.mark.parametrize("path", ["/loop", "/long", "/away"])
def test_too_much_too_often_or_elsewhere(server, settings, path):
    settings.OUTBOUND_ALLOW = [server.removeprefix("http://")]
    with pytest.raises(NotReached):
        fetch(server + path)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "https://[::1]/",
        "file:///etc/passwd",
    ],
)
def test_our_own_network_is_not_asked(url, settings):
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(requests.RequestException):
        fetch(url)


def test_a_public_name_with_a_private_address_is_not_asked(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("10.1.2.3", 443))])
    with pytest.raises(requests.ConnectionError, match="not a public address"):
        fetch("https://login.example/")


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:10.1.2.3",
        "64:ff9b::a01:203",
        "2002:a01:203::1",
        "::a01:203",
        "fec0::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
    ],
)
def test_private_addresses_in_the_clothes_of_others_are_not_asked(monkeypatch, address):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(10, 1, 6, "", (address, 443, 0, 0))])
    with pytest.raises(requests.ConnectionError, match="not a public address"):
        fetch("https://login.example/")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (requests.ConnectionError("HTTPSConnectionPool(host='a'): not a public address"), "OUTBOUND_ALLOW"),
        (NotReached("too many redirects"), "It leads on to other addresses without end."),
        (requests.ReadTimeout("HTTPSConnectionPool(host='a', port=443): Read timed out."), "within 5 seconds"),
        (requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]"), "certificate"),
        (requests.ConnectionError("Max retries exceeded with url: /"), "No connection was possible."),
        (requests.exceptions.JSONDecodeError("Expecting value", "", 0), "no JSON"),
        (ValueError("anything else"), "What it answers cannot be read."),
    ],
)
def test_what_stood_in_the_way_is_told_in_words_of_ours(error, sentence):
    said = why_not_reached(error)
    assert sentence in said
    assert "HTTPSConnectionPool" not in said
    assert "SSL:" not in said


def test_the_status_of_a_refusal_is_told():
    response = requests.Response()
    response.status_code = 404
    assert (
        why_not_reached(requests.HTTPError("404 Client Error", response=response)) == "It answered with the status 404."
    )


def test_sealed_texts_open_for_their_purpose_alone(settings):
    sealed = seal("quiet", purpose="a")
    assert "quiet" not in sealed
    assert unseal(sealed, purpose="a") == "quiet"
    assert unseal(sealed, purpose="b") is None
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret"
    assert unseal(sealed, purpose="a") == "quiet"
