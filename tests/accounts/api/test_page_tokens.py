"""Tokens for the scripts of our own pages."""

import pytest
from django.conf import settings
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from accounts.models import Device, TokenFamily
from accounts.services.devices import end_device
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

TOKEN, REFRESH, END, ME = (
    "/api/v1/auth/session/token/",
    "/api/v1/auth/session/refresh/",
    "/api/v1/auth/session/end/",
    "/api/v1/me/",
)
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def person():
    return UserFactory(email="sam@example.org", verified=True)


@pytest.fixture
def browser(person) -> Client:
    return sign_in()


def sign_in(**form: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": "sam@example.org", "password": PASSWORD, **form})
    return client


def me(access: str) -> int:
    return Client().get(ME, headers={"Authorization": f"Bearer {access}"}).status_code


def test_a_page_gets_an_access_token_and_a_cookie_that_only_its_addresses_see(browser):
    response = browser.post(TOKEN)
    assert (response.status_code, sorted(response.json())) == (200, ["access", "expires_in"])
    cookie = response.cookies["refresh"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True,
        "Strict",
        "/api/v1/auth/session/",
        "",
    )
    assert cookie.value not in response.content.decode()
    assert (response["Cache-Control"], me(response.json()["access"])) == ("no-store", 200)
    assert TokenFamily.objects.get().device == Device.objects.get()


def test_who_stays_signed_in_keeps_the_cookie(person):
    response = sign_in(remember="on").post(TOKEN)
    assert response.cookies["refresh"]["max-age"] == 14 * 24 * 3600


def test_the_cookie_is_used_up_and_replaced(browser):
    first = browser.post(TOKEN).cookies["refresh"].value
    response = browser.post(REFRESH, headers=OURS)
    assert (response.status_code, sorted(response.json())) == (200, ["access", "expires_in"])
    assert response.cookies["refresh"].value != first
    assert me(response.json()["access"]) == 200
    browser.cookies["refresh"] = first
    reused = browser.post(REFRESH, headers=OURS)
    assert (reused.status_code, reused.json()["code"], me(response.json()["access"])) == (401, "token_refused", 401)


def test_the_body_and_the_header_are_not_looked_at(browser):
    token = browser.post(TOKEN).cookies["refresh"].value
    del browser.cookies["refresh"]
    for given in ({"data": {"refresh": token}}, {"headers": {"Authorization": f"Bearer {token}"}}):
        headers = OURS | given.pop("headers", {})
        response = browser.post(REFRESH, content_type="application/json", headers=headers, **given)
        assert (response.status_code, response.json()["code"]) == (401, "token_refused")


@pytest.mark.parametrize("address", [REFRESH, END])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "https://evil.example", "X-Requested-With": "api"},
        {"Origin": "https://listed.example"},
        {"Origin": "https://listed.example", "X-Requested-With": "api"},
    ],
)
def test_another_sites_page_is_turned_away(browser, settings, address, headers):
    # Those that may call the API may still not use what belongs to the site's own pages.
    settings.CORS_ALLOWED_ORIGINS = ["https://listed.example"]
    access = browser.post(TOKEN).json()["access"]
    response = browser.post(address, headers=headers)
    unknown = headers.get("Origin", "https://listed.example") != "https://listed.example"
    code = "origin_refused" if unknown else "csrf_failed"
    assert (response.status_code, response.json()["code"], me(access)) == (403, code, 200)


def test_opening_takes_a_session_and_its_form_token(person):
    client = Client(enforce_csrf_checks=True)
    assert (client.post(TOKEN).status_code, client.post(TOKEN).json()["code"]) == (401, "not_signed_in")
    client.force_login(person)
    assert (client.post(TOKEN).status_code, client.post(TOKEN).json()["code"]) == (403, "csrf_failed")
    request = RequestFactory().get("/")
    token = get_token(request)
    client.cookies[settings.CSRF_COOKIE_NAME] = request.META["CSRF_COOKIE"]
    assert client.post(TOKEN, "{}", "application/json", headers={"X-CSRFToken": token}).status_code == 200


def test_an_access_token_or_a_key_opens_no_page(browser):
    access = browser.post(TOKEN).json()["access"]
    assert Client().post(TOKEN, headers={"Authorization": f"Bearer {access}"}).status_code == 401


def test_a_browser_has_one_family_at_a_time(browser):
    first, second = (browser.post(TOKEN).json()["access"] for _ in range(2))
    assert [me(first), me(second)] == [401, 200]
    assert TokenFamily.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("how", ["page", "device", "session"])
def test_the_end_of_the_session_is_the_end_of_its_tokens(browser, person, how):
    access = browser.post(TOKEN).json()["access"]
    if how == "page":
        browser.post("/accounts/logout/")
    elif how == "device":
        end_device(actor=person, device=Device.objects.get())
    else:
        del browser.cookies["session"]
    assert browser.post(REFRESH, headers=OURS).status_code == 401
    # The session's cookie alone is lost: until the token is too old, the page that has it goes on.
    assert me(access) == 401


def test_another_session_of_the_same_browser_does_not_refresh_it(browser):
    old = browser.post(TOKEN).cookies["refresh"].value
    other = sign_in()
    other.cookies["refresh"] = old
    assert other.post(REFRESH, headers=OURS).status_code == 401


def test_ending_a_pages_tokens(browser):
    access = browser.post(TOKEN).json()["access"]
    response = browser.post(END, headers=OURS)
    assert (response.status_code, response.cookies["refresh"].value, me(access)) == (204, "", 401)
    assert browser.get("/profile/").status_code == 200


def test_in_production_the_cookie_needs_tls(browser, settings):
    settings.REFRESH_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "__Secure-refresh", True
    assert browser.post(TOKEN).cookies["__Secure-refresh"]["secure"] is True


def test_a_change_by_session_without_its_token_says_so(person):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    answer = browser.patch(ME, {"name": "Another"}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    person.refresh_from_db()
    assert person.name != "Another"
