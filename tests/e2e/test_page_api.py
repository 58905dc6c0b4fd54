"""A page that talks to the API: a device is signed out from the list, also after the page's own session has ended."""

import os
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from accounts.models import Device, TokenFamily, User
from accounts.services.devices import end_device
from accounts.services.programs import sign_in_program
from tests.e2e.conftest import Opener, assert_accessible, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD


def with_devices(*names: str) -> User:
    person = UserFactory(email="sam@example.org", name="Sam", verified=True)
    for name in names:
        sign_in_program(user=person, name=name)
    return person


def look(page: Page, name: str) -> None:
    """Keep a picture where ``LOOKS`` says."""
    if folder := os.environ.get("LOOKS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def ending(page: Page, name: str):
    return page.get_by_role("button", name=f"Sign out {name}")


def test_a_device_is_signed_out_without_a_new_page(transactional_db, open_page: Opener):
    with_devices("Marks sync", "Calendar")
    page = open_page()
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto("/profile/devices/", wait_until="networkidle")
    look(page, "devices")
    page.evaluate("window.stays = true")
    ending(page, "Marks sync").click()
    expect(page.locator("#toasts").get_by_text("“Marks sync” is signed out.")).to_be_visible()
    expect(ending(page, "Marks sync")).to_have_count(0)
    expect(ending(page, "Calendar")).to_be_focused()
    assert page.evaluate("window.stays")
    assert [(d.name, d.ended_at is None) for d in Device.objects.filter(kind="program").order_by("name")] == [
        ("Calendar", True),
        ("Marks sync", False),
    ]
    cookie = next(one for one in page.context.cookies() if one["name"] == "refresh")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/api/v1/auth/session/")
    assert (
        page.evaluate("[document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)]").count(
            "refresh"
        )
        == 0
    )
    assert_accessible(page)


def test_a_page_whose_session_ended_goes_on_after_signing_in_elsewhere(transactional_db, browser: Browser, site: str):
    person = with_devices("Marks sync", "Calendar")
    # Not by ``open_page``: the browser tells of each 401, and here they are meant.
    context = browser.new_context(base_url=site, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto("/profile/devices/", wait_until="networkidle")
    ending(page, "Marks sync").click()
    expect(ending(page, "Marks sync")).to_have_count(0)
    # Its button may go before the site has answered; the session must not end in between.
    expect(page.locator("#toasts").get_by_text("“Marks sync” is signed out.")).to_be_visible()
    end_device(actor=person, device=Device.objects.get(kind="browser", ended_at=None))
    ending(page, "Calendar").click()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    look(page, "session-ended-1280")
    page.set_viewport_size({"width": 360, "height": 740})
    assert_accessible(page)
    look(page, "session-ended-360")
    with context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in").click()
    door = opened.value
    door.get_by_label("Email").fill("sam@example.org")
    door.get_by_label("Password", exact=True).fill(PASSWORD)
    door.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#toasts").get_by_text("“Calendar” is signed out.")).to_be_visible()
    assert Device.objects.get(name="Calendar").ended_at is not None
    assert TokenFamily.objects.filter(ended_at=None, device__kind="browser").count() == 1
    context.close()


def test_two_tabs_share_one_token(transactional_db, open_page: Opener):
    with_devices("Marks sync", "Calendar")
    page = open_page()
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto("/profile/devices/", wait_until="networkidle")
    other = page.context.new_page()
    other.goto("/profile/devices/", wait_until="networkidle")
    asked: list[str] = []
    for tab in (page, other):
        tab.on("request", lambda request: asked.append(request.url) if "/auth/session/" in request.url else None)
        # The client is there from now on and hears what other tabs say.
        tab.evaluate("async () => { window.api = (await import('/static/js/lib/api.js')).createApi(); }")
    page.evaluate("async () => { await window.api('me/'); }")
    other.evaluate("async () => { await Promise.all([window.api('me/'), window.api('me/devices/')]); }")
    assert len(asked) == 1
    assert TokenFamily.objects.filter(ended_at=None, device__kind="browser").count() == 1
