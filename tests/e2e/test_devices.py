"""Where one is signed in, in two browsers with folders of their own, closed and opened again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import Device, TokenFamily
from tests.browser import ARGUMENTS, executable
from tests.e2e.conftest import Opener, assert_accessible, picture, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

Profile = Callable[[str], Page]


@pytest.fixture
def start(browser: Browser, site: str, tmp_path: Path) -> Iterator[Profile]:
    """Starts a browser of its own that keeps its things in the folder of this name, as after a restart."""
    started: list[BrowserContext] = []

    def profile(name: str) -> Page:
        context = browser.browser_type.launch_persistent_context(
            tmp_path / name,
            executable_path=executable(),
            args=ARGUMENTS,
            base_url=site,
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        started.append(context)
        return context.pages[0]

    yield profile
    for context in started:
        context.close()


def enter(page: Page, *, remember: bool) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("sam@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Keep me signed in on this device").set_checked(remember)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)


def is_in(page: Page) -> bool:
    page.goto("/profile/")
    return "login" not in page.url


def test_one_ends_the_other_and_then_all(transactional_db, start: Profile):
    UserFactory(email="sam@example.org", verified=True)
    here, there = start("here"), start("there")
    enter(here, remember=True)
    enter(there, remember=True)
    here.goto("/profile/devices/")
    rows = here.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="This device")).to_have_count(1)
    expect(rows.filter(has_text="Europe/London")).to_have_count(2)
    here.get_by_role("button", name="Sign out Chrome").or_(here.get_by_role("button", name="Sign out Headless")).click()
    expect(here.get_by_role("region", name="Messages")).to_contain_text("is signed out.")
    assert (is_in(here), is_in(there)) == (True, False)
    enter(there, remember=True)
    here.goto("/profile/devices/")
    here.get_by_role("button", name="Sign out everywhere").click()
    expect(here.get_by_role("region", name="Messages")).to_contain_text("You are signed out everywhere")
    assert (is_in(here), is_in(there)) == (False, False)


def test_only_who_ticked_is_signed_in_after_the_browser_was_closed(transactional_db, start: Profile):
    UserFactory(email="sam@example.org", verified=True)
    for name, remember in (("stays", True), ("goes", False)):
        page = start(name)
        enter(page, remember=remember)
        assert is_in(page)
        page.context.close()
    assert (is_in(start("stays")), is_in(start("goes"))) == (True, False)


def renewed(page: Page) -> int:
    """What the server says to the page's refresh token."""
    return page.evaluate(
        "fetch('/api/v1/auth/session/refresh/', {method: 'POST', headers: {'X-Requested-With': 'api'}}).then(a => a.status)"
    )


def refresh_cookie(page: Page):
    return next(one for one in page.context.cookies() if one["name"] == "refresh")


def ask(page: Page) -> str:
    """Who the page is to the API, with a client of its own as after loading it anew."""
    page.goto("/courses/", wait_until="networkidle")
    ask = "async () => (await (await import('/static/js/lib/api.js')).createApi()('me/')).email"
    return page.evaluate(ask)


def test_a_copied_token_is_found_out_a_restart_changes_nothing_and_then_all_ends(transactional_db, start: Profile):
    UserFactory(email="sam@example.org", verified=True)
    here, there = start("here"), start("there")
    enter(here, remember=True)
    enter(there, remember=True)
    assert [ask(here), ask(there)] == ["sam@example.org"] * 2
    copied = refresh_cookie(here)
    assert (renewed(here), renewed(here)) == (200, 200)
    # Somebody else's browser has a copy of the first one.
    thief = start("thief")
    thief.goto("/healthz")
    thief.context.add_cookies([copied])
    assert renewed(thief) == 401
    assert [(family.ended_at is None) for family in TokenFamily.objects.order_by("pk")] == [False, True]
    assert [renewed(here), renewed(there)] == [401, 200]
    # The session was not copied, so its own browser goes on, and does so after it was closed.
    assert ask(here) == "sam@example.org"
    here.context.close()
    here = start("here")
    assert ask(here) == "sam@example.org"

    there.goto("/profile/devices/")
    there.get_by_role("button", name="Sign out everywhere").click()
    expect(there.get_by_role("region", name="Messages")).to_contain_text("You are signed out everywhere")
    assert [renewed(here), is_in(here), is_in(there)] == [401, False, False]
    assert not TokenFamily.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_of_devices_is_accessible(transactional_db, open_page: Opener, width: int):
    UserFactory(email="sam@example.org", verified=True)
    sign_in(open_page(), "sam@example.org", PASSWORD)
    page = open_page(width=width)
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto("/profile/devices/")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert_accessible(page)
    if width == 1280:
        picture(page, "devices")


def test_the_warning_before_the_end_lets_one_go_on(transactional_db, open_page: Opener):
    UserFactory(email="sam@example.org", role="manager", verified=True)
    page = open_page()
    page.clock.install()
    sign_in(page, "sam@example.org", PASSWORD)
    # With its script: the clock is not to run before it is looked at.
    page.goto("/courses/", wait_until="networkidle")
    key = f"device-use-2:{Device.objects.get().pk}"
    use = cache.get(key)
    cache.set(key, use | {"used": use["used"] - 3510, "noted": use["used"]})
    Device.objects.update(last_seen_at=timezone.now() - timedelta(seconds=3510))
    page.clock.fast_forward("58:30")
    warning = page.get_by_role("dialog", name="You will soon be signed out")
    expect(warning).to_contain_text("You will be signed out in 1:")
    assert_accessible(page)
    page.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()
    assert is_in(page)
