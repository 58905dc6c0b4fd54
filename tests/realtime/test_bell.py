"""The bell without a socket, in Chromium on a real server; with one, see test_pages.py."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from courses.services.publishing import publish_item
from tests.realtime.conftest import Server, session_of
from tests.realtime.test_pages import window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def says(page: Page, number: int) -> None:
    name = re.compile(rf"^Notifications, {number} unread$")
    expect(page.get_by_role("link", name=name)).to_be_visible(timeout=10_000)


def test_where_no_socket_gets_through_the_bell_asks(browser: Browser, server: Server, people, taught):
    context = window(browser, server, session_of(people.student))
    page = context.new_page()
    page.clock.install()
    page.route_web_socket("**/ws/v1/", lambda socket: socket.close())
    page.goto("/profile/")
    says(page, 0)
    publish_item(actor=people.owner, item=taught.draft_lesson)
    asked = 0
    # Forward again where the script was still on its way: a clock cannot be turned for what has not begun to wait.
    while asked < 10 and page.get_by_role("link", name="Notifications, 1 unread").count() == 0:
        asked += 1
        page.clock.fast_forward(21_000)
        page.wait_for_load_state("networkidle")
    says(page, 1)
    context.close()
