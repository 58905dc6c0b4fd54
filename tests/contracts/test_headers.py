"""Security headers on each kind of page, error pages included."""

import re

import pytest
from django.test import Client
from django.urls import path
from rest_framework.test import APIClient

from tests.contracts.pages import pages
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "media-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), accelerometer=(), geolocation=(), "
        "gyroscope=(), hid=(), magnetometer=(), midi=(), payment=(), serial=(), usb=()"
    ),
}


def policy(response) -> dict[str, str]:
    said = response["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in said)


def lacking(response) -> dict[str, str]:
    return {name: response.get(name, "") for name, value in HEADERS.items() if response.get(name) != value}


def test_every_page_carries_them(world):
    users = world.users()
    for person, address in pages(world):
        client = Client()
        if person != "anonymous":
            client.force_login(users[person])
        response = client.get(address)
        assert response.status_code == 200, address
        assert lacking(response) == {}, address
        assert response["X-Request-ID"], address
        if person != "anonymous":
            # No cache keeps what was made for somebody.
            assert {"private", "no-store"} & set(re.split(r",\s*", response["Cache-Control"])), address
        if address != "/api/redoc/":
            assert policy(response) == POLICY, address


def test_redoc_gets_a_nonce_for_its_style_alone(client, db):
    first, second = (client.get("/api/redoc/") for _ in range(2))
    styles = policy(first)["style-src"]
    nonce = re.fullmatch(r"'self' 'nonce-([\w+/=-]+)'", styles)[1]
    assert policy(first) == POLICY | {"style-src": styles}
    assert f'data-nonce="{nonce}"' in first.content.decode()
    assert policy(second)["style-src"] != styles


@pytest.mark.parametrize(
    "address", ["/nothing/", "/api/v1/nothing/", "/admin/nothing/", "/healthz", "/robots.txt", "/api/schema/"]
)
def test_other_answers_carry_them(client, people, address):
    client.force_login(people.admin)
    response = client.get(address)
    assert (lacking(response), policy(response)) == ({}, POLICY)


@pytest.mark.parametrize("address", ["/", "/courses/statistics/", "/api/v1/courses/"])
def test_personal_pages_are_kept_by_nobody_else(client, taught, people, address):
    client.force_login(people.student)
    assert client.get(address)["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/profile/", 302),
        ("POST", "/accounts/session/", 403),
        ("GET", "/accounts/single-sign-on/first/", 302),
        ("GET", "/accounts/single-sign-on/{saml}/metadata/", 200),
        ("GET", "/accounts/single-sign-on/{saml}/finish/", 400),
        ("GET", "/accounts/single-sign-on/{oidc}/callback/", 400),
        ("GET", "/accounts/invitation/never/", 404),
        ("GET", "/.well-known/jwks.json", 200),
        ("GET", "/api/v1/courses/", 401),
        ("PUT", "/api/v1/auth/token/", 405),
        ("GET", "/files/01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10/leaf.png", 404),
    ],
)
def test_what_visitors_are_answered_carries_them(world, method, address, status):
    ids = {name: world.objects[key].public_id for name, key in (("saml", "saml"), ("oidc", "connection"))}
    response = Client(enforce_csrf_checks=True).generic(method, address.format(**ids))
    assert (response.status_code, lacking(response), policy(response)) == (status, {}, POLICY)


def test_another_host_is_refused_with_them(client, db):
    response = client.get("/accounts/login/", headers={"host": "elsewhere.example"})
    assert (response.status_code, lacking(response), policy(response)) == (400, {}, POLICY)
    assert "elsewhere.example" not in response.content.decode()


def test_scripts_and_styles_are_taken_for_nothing_else(client, db):
    response = client.get("/static/js/main.js")
    list(response.streaming_content)
    response.close()
    assert (response.status_code, response["X-Content-Type-Options"]) == (200, "nosniff")


def broken(request):
    raise RuntimeError("secret of the house")


urlpatterns = [path("broken/", broken), path("api/broken/", broken)]
handler403 = "lms.views.errors.not_allowed"
handler404 = "lms.views.errors.not_found"
handler500 = "lms.views.errors.server_error"


@pytest.mark.urls("tests.contracts.test_headers")
@pytest.mark.parametrize(("address", "status"), [("/broken/", 500), ("/api/broken/", 500)])
def test_what_breaks_says_nothing_of_the_inside(people, address, status):
    client = Client(raise_request_exception=False)
    client.force_login(people.student)
    response = client.get(address)
    assert (response.status_code, lacking(response), policy(response)) == (status, {}, POLICY)
    assert "secret of the house" not in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/courses/", "/nothing/"])
def test_cookies_are_closed_to_scripts_and_other_sites(client, db, address):
    cookies = client.get(address).cookies
    assert [c for c in cookies.values() if c.key == "session" and not c["httponly"]] == []
    assert {c["samesite"] for c in cookies.values()} <= {"Lax", "Strict"}


def test_answers_to_programs_are_kept_by_nobody_else(db):
    client, sam = APIClient(), UserFactory(verified=True)
    signed = client.post("/api/v1/auth/token/", {"email": sam.email, "password": PASSWORD}, format="json")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed.json()['access']}")
    answers = {address: client.get(address) for address in ("/api/v1/me/", "/api/v1/courses/", "/api/v1/nothing/")}
    assert {address: (answer.status_code, answer.get("Cache-Control")) for address, answer in answers.items()} == {
        "/api/v1/me/": (200, "private, no-cache"),
        "/api/v1/courses/": (200, "private, no-cache"),
        "/api/v1/nothing/": (404, None),
    }
