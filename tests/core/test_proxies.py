"""Forwarded headers count when a proxy of ours wrote them, and for nobody else."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from core.addresses import client_address
from core.proxies import FORWARDED, forwarded_headers

CLAIMED = {
    "HTTP_X_FORWARDED_FOR": "198.51.100.7",
    "HTTP_X_FORWARDED_HOST": "elsewhere.example",
    "HTTP_X_FORWARDED_PROTO": "https",
}
BEHIND = {
    "TRUSTED_PROXIES": ["10.0.0.0/8", "192.0.2.1"],
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "USE_X_FORWARDED_HOST": True,
    "ALLOWED_HOSTS": ["learn.example.org", "elsewhere.example"],
}


def seen(peer: str, **claimed: str) -> tuple[bool, str, str]:
    """What a view behind the middleware is told: whether by https, which host, which client."""
    told = []

    def view(request):
        told.append((request.is_secure(), request.get_host(), client_address(request)))
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_HOST="learn.example.org", **claimed)
    forwarded_headers(view)(request)
    return told[0]


class TestBehindProxies:
    @pytest.fixture(autouse=True)
    def _proxies(self, settings):
        for name, value in BEHIND.items():
            setattr(settings, name, value)

    @pytest.mark.parametrize("peer", ["10.1.2.3", "192.0.2.1", "::ffff:10.1.2.3"])
    def test_a_trusted_one_is_believed(self, peer):
        assert seen(peer, **CLAIMED) == (True, "elsewhere.example", "198.51.100.7")

    @pytest.mark.parametrize("peer", ["203.0.113.9", "192.0.2.2", "2001:db8::1", "", "nonsense"])
    def test_anybody_else_is_not(self, peer):
        assert seen(peer, **CLAIMED) == (False, "learn.example.org", peer or "unknown")

    @pytest.mark.parametrize("name", FORWARDED)
    def test_every_such_header_of_a_stranger_is_dropped(self, name):
        request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", **{name: "x"})
        forwarded_headers(lambda request: HttpResponse())(request)
        assert name not in request.META

    @pytest.mark.parametrize(
        ("chain", "client"),
        [
            ("198.51.100.7", "198.51.100.7"),
            # Whatever the client wrote itself stands before what the proxies added.
            ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
            ("203.0.113.5, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
            ("nonsense", "10.1.2.3"),
            ("198.51.100.7, nonsense", "10.1.2.3"),
            ("", "10.1.2.3"),
            ("10.0.0.1, 10.0.0.2", "10.1.2.3"),
        ],
    )
    def test_the_client_is_the_last_address_that_is_none_of_ours(self, chain, client):
        assert seen("10.1.2.3", HTTP_X_FORWARDED_FOR=chain)[2] == client

    def test_a_socket_in_a_file_can_be_trusted(self, settings):
        settings.TRUSTED_PROXIES = ["unix"]
        assert seen("", **CLAIMED) == (True, "elsewhere.example", "198.51.100.7")
        assert seen("10.1.2.3", **CLAIMED)[0] is False


def test_without_proxies_nothing_is_believed():
    with override_settings(ALLOWED_HOSTS=["learn.example.org"]):
        assert seen("127.0.0.1", **CLAIMED) == (False, "learn.example.org", "127.0.0.1")


@pytest.mark.django_db
class TestHttps:
    """As in production: plain requests are led to https, and answers say that it stays so."""

    @pytest.fixture(autouse=True)
    def _production(self, settings):
        for name, value in BEHIND.items():
            setattr(settings, name, value)
        settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
        settings.SECURE_HSTS_SECONDS = 31_536_000
        settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True

    def get(self, client, peer, address="/accounts/login/", **headers):
        return client.get(address, REMOTE_ADDR=peer, HTTP_HOST="learn.example.org", **headers)

    def test_a_plain_request_is_led_to_https(self, client):
        response = self.get(client, "10.1.2.3", HTTP_X_FORWARDED_PROTO="http")
        assert (response.status_code, response["Location"]) == (301, "https://learn.example.org/accounts/login/")

    def test_a_stranger_cannot_say_that_it_was_https(self, client):
        response = self.get(client, "203.0.113.9", HTTP_X_FORWARDED_PROTO="https")
        assert response.status_code == 301

    def test_behind_the_proxy_it_is_answered_with_hsts_and_secure_cookies(self, client):
        response = self.get(client, "10.1.2.3", HTTP_X_FORWARDED_PROTO="https")
        assert response.status_code == 200
        assert response["Strict-Transport-Security"].startswith("max-age=31536000")
        assert response.cookies
        assert all(cookie["secure"] for cookie in response.cookies.values())

    def test_what_watches_the_process_needs_no_https(self, client):
        assert self.get(client, "10.1.2.3", "/healthz").status_code == 200
