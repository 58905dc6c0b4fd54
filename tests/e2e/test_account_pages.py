"""The pages of accounts that no journey comes by, each looked at once wide and light, once narrow and dark."""

from datetime import timedelta

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from accounts.services.factors import add_totp
from accounts.services.invitations import make_invitation
from accounts.services.keys import make_key
from tests.accounts.services.test_factors import REQUEST, code
from tests.conftest import People
from tests.e2e.conftest import Opener, assert_accessible, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOOKS = [(1280, "light"), (360, "dark")]


def look_at(page: Page, headings: dict[str, str]) -> None:
    """Addresses and what their headings say; what is wrong is told for all of them at once."""
    found = {}
    for address in headings:
        page.goto(address)
        for summary in page.locator("main details > summary").all():
            summary.click()
        found[address] = page.get_by_role("heading", level=1).inner_text()
        assert_accessible(page)
    assert found == headings


@pytest.fixture
def looks(browser: Browser, site: str):
    """A page for each look. That an address answers 404 is no trouble here; a script that fails is."""
    contexts = [
        browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/London",
        )
        for width, theme in LOOKS
    ]
    troubles: list[str] = []
    pages = []
    for context in contexts:
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
        pages.append(page)
    yield pages
    for context in contexts:
        context.close()
    assert troubles == []


def test_before_signing_in(transactional_db, looks: list[Page], settings):
    sam = UserFactory(email="sam@example.org", verified=True)
    key = f"{user_pk_to_url_str(sam)}-{default_token_generator.make_token(sam)}"
    for page in looks:
        look_at(
            page,
            {
                "/accounts/password/reset/done/": "Check your mail",
                f"/accounts/password/reset/key/{key}/": "Choose a password",
                "/accounts/password/reset/key/x-y/": "This link cannot be used",
                "/accounts/password/reset/key/done/": "Password saved",
                "/accounts/confirm-email/nothing/": "This link cannot be used",
                "/accounts/invitation/nothing/": "This invitation opens nothing",
                "/accounts/email/nothing/": "This link cannot be used",
            },
        )
    settings.REGISTRATION_OPEN = False
    look_at(looks[1], {"/accounts/signup/": "Accounts are made by the school"})


def with_factors(user: User) -> dict[str, int]:
    """An app and a passkey for somebody; the numbers of both."""
    add_totp(actor=user, user=user, secret=SECRET, code=code(SECRET), request=REQUEST)
    data = {"name": "A key with a name that is longer than most", "credential": {}}
    key = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
    return {"app": Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).pk, "key": key.pk}


def test_ones_own_account(transactional_db, looks: list[Page]):
    sam = UserFactory(email="sam@example.org", name="Sam", verified=True)
    until = timezone.now() + timedelta(days=9)
    make_key(actor=sam, name="Marks sync", scopes=["courses:read", "people:write"], expires_at=until)
    for page in looks:
        sign_in(page, sam.email, PASSWORD)
    factors = with_factors(sam)
    for page in looks:
        look_at(
            page,
            {
                "/profile/picture/": "Your picture",
                "/profile/security/": "Signing in",
                f"/profile/security/factors/{factors['app']}/remove/": "Switch off codes from the app",
                f"/profile/security/factors/{factors['key']}/name/": "Name of a passkey",
                "/profile/security/recovery-codes/": "New recovery codes",
                "/accounts/password/change/": "Change password",
                "/accounts/reauthenticate/": "Is it you?",
                "/accounts/back-in/": "You are signed in",
                "/accounts/logout/": "Sign out?",
                "/profile/keys/": "Keys for programs",
            },
        )
        page.get_by_label("Name").fill("Marks sync")
        page.get_by_label("Your profile: read", exact=True).check()
        page.get_by_role("button", name="Make the key").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your new key")
        assert_accessible(page)


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_current_tab_is_in_sight_on_a_narrow_screen(transactional_db, open_page: Opener, script: bool, theme: str):
    sam = UserFactory(email="sam@example.org", name="Sam", verified=True)
    page = open_page(width=360, theme=theme, script=script)
    sign_in(page, sam.email, PASSWORD)
    for address in ("/profile/", "/profile/accommodations/", "/profile/consents/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        box = page.locator(".tabs [aria-current=page]").bounding_box()
        # Whole, and the page has not moved.
        assert box["x"] >= 0, address
        assert box["x"] + box["width"] <= 360, address
        assert 0 < box["y"] < 600, address
        if script:
            # axe is a script, too.
            assert_accessible(page)


def test_looking_after_people(transactional_db, looks: list[Page], people: People):
    ada = UserFactory(email="ada@example.org", name="Ada", role="admin", verified=True)
    with_factors(people.student)
    make_invitation(actor=ada, places=30, note="For 3b")
    for page in looks:
        sign_in(page, ada.email, PASSWORD)
        look_at(
            page,
            {
                "/people/?q=sam": "People",
                f"/people/{people.student.public_id}/": "Sam Student",
                "/people/invitations/": "Invitations",
                "/people/sign-in-rules/": "Rules for signing in",
                "/people/single-sign-on/": "Single sign-on",
            },
        )
