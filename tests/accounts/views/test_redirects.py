"""Wherever an address to go on to can be named, it stays on this host."""

import re

import pytest
from django.test import Client

from core.models import OutgoingMail
from tests.accounts.views.test_auth import sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "%2f%2fevil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "\x00//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "//testserver@evil.example",
    "https://testserver.evil.example/",
    "//evil.example/%2f..",
    "/\r\nLocation: //evil.example",
    "http://[evil.example",
]


def stays(location: str) -> bool:
    """Whether a browser at this site would stay: it drops tabs and line ends, and takes a backslash for a slash."""
    seen = "".join(c for c in location if c not in "\t\r\n").strip("\x00 ").replace("\\", "/")
    return not seen.startswith("//") and (seen.startswith("/") or ":" not in seen.split("/")[0])


@pytest.mark.parametrize("target", ELSEWHERE)
def test_after_signing_in_and_out_and_proving(client, confirm, target):
    confirm(UserFactory(email="sam@example.org"))
    assert stays(sign_in(client, "sam@example.org", next=target)["Location"])
    proved = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": target})
    assert stays(proved.get("Location", "/"))
    again = client.get("/accounts/login/", {"next": target})
    assert stays(again.get("Location", "/"))
    out = client.post("/accounts/logout/", {"next": target})
    assert stays(out.get("Location", "/"))


@pytest.mark.parametrize("target", ELSEWHERE)
def test_after_signing_up_and_agreeing(client, target):
    form = {"name": "Imani", "email": "imani@example.org", "password1": "a quiet lake in the morning", "next": target}
    client.post("/accounts/signup/", form)
    link = re.search(r"http://127\.0\.0\.1:8000(/accounts/\S+)", OutgoingMail.objects.get().text)[1]
    assert stays(client.post(link, {})["Location"])
    assert stays(client.get("/accounts/consent/", {"next": target})["Location"])
    assert stays(client.post("/accounts/consent/", {"next": target})["Location"])


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_data_admin_passes_it_on_as_a_word_alone(target):
    way = Client().get("/admin/login/", {"next": target})["Location"]
    assert way.startswith("/accounts/login/?next=")
    assert stays(way)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_pages_of_the_door_pass_no_address_elsewhere_on(target):
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        html = Client().get(path, {"next": target}).content.decode()
        assert 'href="https://evil.example' not in html
        assert 'href="//evil.example' not in html
        assert 'href="javascript:' not in html.lower()


def test_mail_about_an_unknown_address_does_not_follow_the_host_header(client, settings):

    client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, headers={"host": "localhost"})
    assert "localhost" not in OutgoingMail.objects.get().text + OutgoingMail.objects.get().html
    assert client.get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400
