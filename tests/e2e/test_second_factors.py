"""A passkey from first to last, with a key that the browser plays."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from accounts.models import Device
from tests.conftest import People
from tests.e2e.conftest import Opener, assert_accessible
from tests.factories.accounts import PASSWORD


@pytest.fixture
def page(transactional_db, people: People, open_page: Opener, site: str) -> Page:
    """A browser that a security key is plugged into."""
    EmailAddress.objects.create(user=people.student, email=people.student.email, primary=True, verified=True)
    page = open_page()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def leave(page: Page) -> None:
    """Forget the session, from a page that asks nothing by itself."""
    page.goto("/healthz")
    page.context.clear_cookies()


def sign_in(page: Page, people: People) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(people.student.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def stays(page: Page) -> bool:
    """Whether the session outlasts the browser, in the browser and on the server."""
    cookie = next(one for one in page.context.cookies() if one["name"] == "session")
    assert Device.objects.latest("pk").remembered is (cookie["expires"] > 0)
    return Device.objects.latest("pk").remembered


def test_a_passkey_is_added_and_signs_in_alone_and_as_second_step(page: Page, people: People):
    sign_in(page, people)
    page.goto("/profile/security/")
    assert_accessible(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Blue key")
    assert_accessible(page)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", level=1, name="Your recovery codes")).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as text").click()
    assert len(download.value.path().read_text().splitlines()) == 12
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Blue key").first).to_be_visible()

    leave(page)
    page.goto("/accounts/login/?next=/profile/keys/", wait_until="networkidle")
    assert_accessible(page)
    page.get_by_label("Keep me signed in on this device").check()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1, name="Keys for programs")).to_be_visible()
    assert stays(page)

    leave(page)
    page.goto("/accounts/login/?next=/profile/keys/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1, name="Keys for programs")).to_be_visible()
    assert not stays(page)

    leave(page)
    sign_in(page, people)
    expect(page.get_by_role("heading", level=1, name="One more step")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1, name="One more step")).to_be_hidden()
    page.goto("/profile/security/")
    page.get_by_role("link", name="Remove Blue key").click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_role("link", name="Add a passkey")).to_be_visible()
    assert Authenticator.objects.count() == 0


def test_without_a_passkey_the_browser_says_what_to_do(page: Page, people: People):
    sign_in(page, people)
    leave(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("No passkey was used.")).to_be_visible()
