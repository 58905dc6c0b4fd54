"""The bell in two windows of one person, in Chromium on a real server."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from courses.services.publishing import publish_item
from notifications.models import Notification
from tests.realtime.conftest import Server, session_of
from tests.realtime.test_pages import listening, window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
# A notification is to be seen within two seconds.
SOON = 2000


@pytest.fixture
def two_windows(browser: Browser, server: Server, people, taught) -> Iterator[list[Page]]:
    """Two windows of a student that listen, each in a browser of its own; nothing is unread."""
    contexts = [window(browser, server, session_of(people.student)) for _each in range(2)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        listening(page, "/profile/")
        page.evaluate("window.stays = true")
    yield pages
    for context in contexts:
        context.close()


def says(page: Page, number: int, *, within: int = SOON) -> None:
    name = re.compile(rf"^Notifications, {number} unread$")
    expect(page.get_by_role("link", name=name)).to_be_visible(timeout=within)


def test_both_move_when_a_lesson_is_published_and_fall_when_one_reads_it(two_windows: list[Page], people, taught):
    one, other = two_windows
    for page in two_windows:
        says(page, 0)
    publish_item(actor=people.owner, item=taught.draft_lesson)
    for page in two_windows:
        says(page, 1)
        expect(page.locator("#live")).to_have_text("You have a new notification")
    one.goto(f"/notifications/{Notification.objects.get(user=people.student).public_id}/")
    says(other, 0)
    assert other.evaluate("window.stays")


def test_where_no_socket_gets_through_the_bell_asks(browser: Browser, server: Server, people, taught):
    context = window(browser, server, session_of(people.student))
    page = context.new_page()
    page.clock.install()
    page.route_web_socket("**/ws/v1/", lambda socket: socket.close())
    page.goto("/profile/")
    says(page, 0)
    publish_item(actor=people.owner, item=taught.draft_lesson)
    page.clock.fast_forward(21_000)
    says(page, 1, within=10_000)
    context.close()
