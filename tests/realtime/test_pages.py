"""Pages that hear by the socket, in Chromium on a real server."""

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.services.devices import sign_out_everywhere
from courses.services.importing import run_import, start_import
from files.services import store_file
from tests.courses.formats.test_broken_folders import SOUND
from tests.courses.services.test_importing import zip_of
from tests.realtime.conftest import PATIENCE, Server, session_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def run(people, settings):
    """An import that waits for a worker."""
    settings.JOBS_EAGER = False
    file = store_file(actor=people.owner, content=zip_of(SOUND), name="graphs.zip")
    return start_import(actor=people.owner, file=file)


def window(browser: Browser, server: Server, session: Client) -> BrowserContext:
    context = browser.new_context(base_url=server.origin, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE * 1000)
    cookie = session.cookies[site.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": cookie, "url": server.origin}])
    return context


def opened(page: Page, run) -> list[str]:
    """The page of the import, once it listens; what it hears is collected."""
    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda text: heard.append(str(text))))
    # Whoever begins to listen looks once; what the test does comes after that.
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        page.goto(f"/teach/new/import/{run.public_id}/")
    expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    while not any('"t":"sync"' in text for text in heard):
        page.wait_for_timeout(50)
    return heard


def test_two_windows_see_an_import_end_without_a_reload(browser: Browser, server: Server, people, run):
    session = session_of(people.owner)
    contexts = [window(browser, server, session) for _each in range(2)]
    pages = [context.new_page() for context in contexts]
    heard = [opened(page, run) for page in pages]
    run_import(run=run)
    for page, texts in zip(pages, heard, strict=True):
        expect(page.get_by_text("The course is in.")).to_be_visible(timeout=5000)
        assert any('"t":"items"' in text for text in texts)
    for context in contexts:
        context.close()


def test_where_no_socket_gets_through_the_page_asks(browser: Browser, server: Server, people, run):
    context = window(browser, server, session_of(people.owner))
    page = context.new_page()
    page.route_web_socket("**/ws/v1/", lambda socket: socket.close())
    page.goto(f"/teach/new/import/{run.public_id}/")
    expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
    run_import(run=run)
    expect(page.get_by_text("The course is in.")).to_be_visible()
    context.close()


def test_who_is_signed_out_elsewhere_is_told_at_once(browser: Browser, server: Server, people, run):
    context = window(browser, server, session_of(people.owner))
    page = context.new_page()
    opened(page, run)
    sign_out_everywhere(actor=people.owner, user=people.owner)
    expect(page.get_by_role("dialog")).to_be_visible(timeout=5000)
    context.close()
