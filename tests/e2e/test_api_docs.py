"""The API's two readers work under the content policy, with everything served from here."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import sign_in, without_sockets
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUMMARY = "How far you are in your courses"


@pytest.fixture
def page(browser: Browser, live_server) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url)
    without_sockets(context)
    page = context.new_page()
    page.blocked = []  # type: ignore[attr-defined]
    page.failed = []  # type: ignore[attr-defined]
    page.on("console", lambda said: page.blocked.append(said.text) if said.type == "error" else None)  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.failed.append(str(error)))  # type: ignore[attr-defined]
    yield page
    context.close()


def test_swagger_ui_shows_the_operations(page: Page) -> None:
    page.goto("/api/docs/")
    # More operations than fit in sight: one finds a part by its name.
    page.get_by_placeholder("Filter by tag").fill("progress")
    page.get_by_text(SUMMARY).first.click()
    expect(page.get_by_role("button", name="Try it out")).to_be_visible()
    assert (page.blocked, page.failed) == ([], [])


def test_swagger_ui_tries_out_with_the_session(page: Page, transactional_db) -> None:
    sam = UserFactory(email="sam@example.org", name="Sam Student", verified=True)
    sign_in(page, sam.email, PASSWORD)
    page.goto("/api/docs/")
    page.get_by_placeholder("Filter by tag").fill("users")
    answers = {}
    for operation, fields in (("me_read", {}), ("me_change", {"name": "Sam of the Ponds"})):
        part = page.locator(f"#operations-users-{operation}")
        part.locator(".opblock-summary-control").click()
        part.get_by_role("button", name="Try it out").click()
        if fields:
            part.locator("textarea.body-param__text").fill(json.dumps(fields))
        with page.expect_response(lambda answer: answer.url.endswith("/api/v1/me/")) as answered:
            part.get_by_role("button", name="Execute").click()
        shown = part.locator(".live-responses-table .response-col_description .highlight-code").first
        # The answer as the page shows it, beside a button that saves it.
        expect(shown).to_contain_text(f'"name": "{answered.value.json()["name"]}"')
        answers[operation] = (answered.value.status, answered.value.json()["name"])
    assert answers == {"me_read": (200, "Sam Student"), "me_change": (200, "Sam of the Ponds")}
    sam.refresh_from_db()
    assert sam.name == "Sam of the Ponds"
    assert (page.blocked, page.failed) == ([], [])


def test_redoc_shows_the_operations(page: Page) -> None:
    page.goto("/api/redoc/")
    # It draws all operations at once, which takes a slow machine some seconds.
    expect(page.get_by_role("heading", name=SUMMARY)).to_be_visible(timeout=150_000)
    expect(page.locator(".menu-content")).to_have_css("position", "sticky")
    assert page.failed == []
    # Its scroll bars' styles, which are not used, and a picture from its maker's site.
    assert [text for text in page.blocked if "inline style" not in text and "logo-mini.svg" not in text] == []


@pytest.mark.parametrize("address", ["/api/docs/", "/api/redoc/"])
def test_without_scripts_the_way_to_the_schema_is_shown(browser: Browser, live_server, address: str) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("link", name="The same as a file for programs")).to_have_attribute("href", "/api/schema/")
    context.close()
