"""An administrator connects a provider, tries it; a student signs in by it. Two providers, two protocols."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.enums import SiteRole
from accounts.models import Connection, Device, User
from accounts.services.connections import create_connection
from core.authz import SYSTEM
from tests.e2e.conftest import assert_accessible, picture, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.providers.running import oidc_provider, saml_provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_page(browser, site):
    """As elsewhere, but what the provider's own page cannot load is not ours to mend."""
    contexts = []

    def opener(*, width=1280, script=True):
        context = browser.new_context(
            base_url=site, viewport={"width": width, "height": 900}, java_script_enabled=script, reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield opener
    for context in contexts:
        context.close()


@pytest.fixture
def admin(open_page):
    UserFactory(name="Ada Admin", email="admin@example.org", role=SiteRole.ADMIN, verified=True)
    page = open_page()
    sign_in(page, "admin@example.org", PASSWORD)
    page.goto("/people/single-sign-on/")
    assert_accessible(page)
    return page


def show_button(page):
    page.get_by_label("People may be made at their first sign-in").check()
    page.get_by_label("Trust this provider's verified addresses").check()
    page.get_by_label("Show the button on the sign-in page").check()
    page.get_by_role("button", name="Save connection").click()
    expect(page.locator("#toasts").get_by_text("Connection saved")).to_be_visible()


def trial(page, at_the_provider):
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Sign in as a trial").click()
    tab = opened.value
    at_the_provider(tab)
    expect(tab.get_by_role("heading", name="What the trial showed")).to_be_visible()
    expect(tab.get_by_text("Gets a new account as a student")).to_be_visible()
    assert_accessible(tab)
    tab.close()


def come_in(page, at_the_provider, *, remember=False):
    page.goto("/accounts/login/?next=/profile/", wait_until="networkidle")
    page.get_by_label("Keep me signed in on this device").last.set_checked(remember)
    page.get_by_role("button", name="Sign in with School").click()
    at_the_provider(page)
    page.wait_for_url("**/profile/")
    expect(page.locator("#main").get_by_role("heading", name="Imani Okoro")).to_be_visible()
    cookie = next(one for one in page.context.cookies() if one["name"] == "session")
    assert (Device.objects.latest("pk").remembered, cookie["expires"] > 0) == (remember, remember)


def test_openid_connect(admin, open_page, settings):
    with oidc_provider() as provider:
        provider.knows("imani", email="imani@northmoor.example", email_verified=True, name="Imani Okoro")
        settings.OUTBOUND_ALLOW = [provider.host]

        def there(page):
            page.wait_for_url(f"{provider.address}/**")
            page.locator("input[name=sub]").first.fill("imani")
            page.locator("form button, form input[type=submit]").first.click()

        admin.get_by_role("link", name="OpenID Connect").click()
        assert_accessible(admin)
        admin.get_by_label("Name", exact=True).fill("School")
        admin.get_by_label("Issuer address").fill(provider.address)
        admin.get_by_label("Client id").fill("aumbry")
        admin.get_by_label("Client secret").fill("quiet")
        admin.get_by_role("button", name="Save connection").click()
        expect(admin.get_by_role("heading", name="What the provider needs")).to_be_visible()
        admin.get_by_role("button", name="Try from here").click()
        expect(admin.get_by_text("Holds: Keys to check signatures are found")).to_be_visible()
        assert_accessible(admin)
        picture(admin, "single-sign-on")
        show_button(admin)
        trial(admin, there)
        assert not User.objects.filter(email="imani@northmoor.example").exists()
        # Two buttons in one form: each leads to its own service.
        create_connection(
            actor=SYSTEM, kind="openid_connect", name="Another", issuer=provider.address, client_id="x", enabled=True
        )
        page = open_page()
        page.goto("/accounts/login/")
        assert_accessible(page)
        for script in (True, False):
            for remember in (True, False):
                come_in(open_page(script=script, width=360), there, remember=remember)
        assert User.objects.filter(email="imani@northmoor.example", role=SiteRole.STUDENT).count() == 1


def test_saml(admin, open_page, settings, tmp_path, client):
    with saml_provider(tmp_path) as provider:
        settings.OUTBOUND_ALLOW = [provider.host]

        def there(page):
            page.wait_for_url(re.compile(rf"{provider.address}/sso"))
            page.get_by_role("button", name="Sign in as").click()

        admin.get_by_role("link", name="SAML").click()
        assert_accessible(admin)
        admin.get_by_label("Name", exact=True).fill("School")
        admin.get_by_label("Metadata address").fill(f"{provider.address}/metadata")
        admin.get_by_role("button", name="Save connection").click()
        expect(admin.get_by_role("heading", name="What the provider needs")).to_be_visible()
        connection = Connection.objects.get()
        metadata = client.get(reverse("accounts:sign-on-metadata", args=[connection.public_id]))
        provider.take_sp(metadata.content.decode())
        admin.get_by_role("button", name="Try from here").click()
        expect(admin.get_by_text("Holds: The metadata is read")).to_be_visible()
        for width in (360, 1280):
            admin.set_viewport_size({"width": width, "height": 900})
            assert_accessible(admin)
        # What the provider says nothing about is believed for the domains that are named.
        admin.get_by_label("Allowed email domains").fill("northmoor.example")
        show_button(admin)
        trial(admin, there)
        admin.get_by_role("button", name="Prepare a new key").click()
        come_in(open_page(), there)
        admin.get_by_role("button", name="Sign with the new key").click()
        expect(admin.get_by_role("button", name="Let go of the earlier key")).to_be_visible()
        metadata = client.get(reverse("accounts:sign-on-metadata", args=[connection.public_id]))
        provider.take_sp(metadata.content.decode())
        come_in(open_page(), there)
        admin.get_by_role("button", name="Let go of the earlier key").click()
        expect(admin.get_by_role("button", name="Prepare a new key")).to_be_visible()
        come_in(open_page(), there)
        assert User.objects.filter(email="imani@northmoor.example", role=SiteRole.STUDENT).count() == 1
