"""Push in a browser: turned on, shown by the service worker, gone with the sign-in. The browser's own push service is played."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Worker, expect

from notifications.models import PushSubscription
from tests.e2e.conftest import Opener, assert_accessible, sign_in, wait_until
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.push_service import PushService

PREFERENCES = "/notifications/preferences/"
# Chromium without Google's services gets no address: the one of the test's push service takes its place.
PLAYED = """
const KEPT = "played-push";
const of = (found) => found && {
  endpoint: found.endpoint, options: { applicationServerKey: new Uint8Array(found.key).buffer },
  toJSON: () => ({ endpoint: found.endpoint, keys: found.keys }),
  unsubscribe: async () => { localStorage.removeItem(KEPT); return true; },
};
PushManager.prototype.getSubscription = async () => of(JSON.parse(localStorage.getItem(KEPT)));
PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
  localStorage.setItem(KEPT, JSON.stringify({ ...GIVEN, key: [...applicationServerKey] }));
  return of(JSON.parse(localStorage.getItem(KEPT)));
};
"""
SHOWN = """navigator.serviceWorker.ready.then((one) => one.getNotifications())
  .then((all) => all.map(({ title, body, tag, lang, dir, data }) => ({ title, body, tag, lang, dir, url: data.url })))"""
# Chromium lets only a real click open windows; what would be opened or shown is written down.
CLICK = """async (url) => {
  const done = [];
  self.clients.openWindow = async (where) => { done.push(["opens", where]); };
  WindowClient.prototype.focus = async function focus() { done.push(["shows", this.url]); };
  await self.registration.showNotification("n", { tag: "click", data: { url } });
  const notification = (await self.registration.getNotifications({ tag: "click" }))[0];
  const event = new NotificationEvent("notificationclick", { notification });
  const waiting = [];
  event.waitUntil = (promise) => waiting.push(promise);
  self.dispatchEvent(event);
  await Promise.all(waiting);
  return [done, (await self.registration.getNotifications({ tag: "click" })).length];
}"""


@pytest.fixture
def page(transactional_db, open_page: Opener, site: str, push_service: PushService) -> Page:
    """Sam's browser, which may show notifications."""
    for name, first in (("sam", "Sam"), ("suri", "Suri")):
        UserFactory(email=f"{name}@example.org", name=first, verified=True)
    page = open_page()
    page.context.grant_permissions(["notifications"], origin=site)
    page.context.add_init_script(f"{{ const GIVEN = {json.dumps(push_service.browser())}; {PLAYED} }}")
    sign_in(page, "sam@example.org", PASSWORD)
    return page


def turned_on(page: Page) -> Page:
    page.goto(PREFERENCES, wait_until="networkidle")
    page.get_by_role("button", name="Turn on here").click()
    expect(page.get_by_text("This browser shows push messages.")).to_be_visible()
    return page


def deliver(page: Page, site: str, data: str) -> None:
    """What a browser does when its push service has something for it."""
    tools = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    tools.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(50)
    number = found[-1]["registrationId"]
    tools.send("ServiceWorker.deliverPushMessage", {"origin": site, "registrationId": number, "data": data})


def shown(page: Page) -> list[dict[str, Any]]:
    """What stands on the screen, once something does."""
    for _each in range(100):
        if found := page.evaluate(SHOWN):
            return list(found)
        page.wait_for_timeout(50)
    return []


def worker(page: Page) -> Worker:
    return page.context.service_workers[0]


def sign_out(page: Page) -> None:
    page.context.clear_cookies(name="refresh")
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    # A click does not wait until the next page is there, and the one that is left may be idle.
    page.wait_for_url(lambda url: "logout" not in url)
    page.wait_for_load_state("networkidle")


def test_turned_on_tried_and_shown(page: Page, site: str, push_service: PushService):
    turned_on(page)
    row = PushSubscription.objects.get()
    assert (row.user.email, row.device is None) == ("sam@example.org", False)
    # The list has it without a new page.
    expect(page.get_by_text("This device")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Send a message to try").click()
    # A reader hears it too, from a place of its own.
    messages = page.get_by_role("region", name="Messages")
    expect(messages.get_by_text("A message is on its way to your browsers.")).to_be_visible()
    deliver(page, site, json.dumps(push_service.messages[0]))
    assert shown(page) == [
        {
            "title": "It works",
            "body": "Push messages of this site come here.",
            "tag": "trial",
            "lang": "en-gb",
            "dir": "auto",
            "url": "/notifications/",
        }
    ]


def test_turned_off_it_is_gone(page: Page):
    turned_on(page)
    page.get_by_role("button", name="Turn off here").click()
    expect(page.get_by_text("This browser shows none.")).to_be_visible()
    expect(page.get_by_text("This device")).to_have_count(0)
    wait_until(page, lambda: not PushSubscription.objects.exists(), "the subscription is forgotten")


@pytest.mark.parametrize("data", ["", "no json", "[]", "null", '{"title": 5}', '{"body": "b"}'])
def test_a_message_that_cannot_be_read_shows_something_plain(page: Page, site: str, data: str):
    turned_on(page)
    deliver(page, site, data)
    assert [(one["title"], one["url"]) for one in shown(page)] == [("Aumbry", "/notifications/")]


def test_a_later_one_takes_the_place_of_one_with_the_same_tag(page: Page, site: str):
    turned_on(page)
    for title in ("First", "Second"):
        deliver(page, site, json.dumps({"title": title, "tag": "t", "url": "/", "lang": "ar", "dir": "rtl"}))
        wait_until(page, lambda title=title: title in [one["title"] for one in shown(page)], f"{title} is shown")
    assert [(one["title"], one["dir"], one["lang"]) for one in shown(page)] == [("Second", "rtl", "ar")]


def test_a_click_shows_the_open_page_or_opens_one_of_this_site(page: Page, site: str):
    turned_on(page)
    at = worker(page)
    assert at.evaluate(CLICK, PREFERENCES) == [[["shows", site + PREFERENCES]], 0]
    assert at.evaluate(CLICK, "/learn/") == [[["opens", f"{site}/learn/"]], 0]
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "http://[", None):
        assert at.evaluate(CLICK, elsewhere) == [[["opens", f"{site}/notifications/"]], 0]


def test_signing_out_ends_it_and_the_same_persons_next_sign_in_brings_it_back(page: Page):
    turned_on(page)
    first = PushSubscription.objects.get().device
    sign_out(page)
    wait_until(page, lambda: not PushSubscription.objects.exists(), "the subscription is forgotten")
    with page.expect_response(lambda one: one.url.endswith("/notifications/push/") and one.request.method == "POST"):
        sign_in(page, "sam@example.org", PASSWORD)
    assert PushSubscription.objects.get().device != first


def test_on_a_shared_computer_the_next_person_gets_nothing_of_the_one_before(page: Page):
    turned_on(page)
    sign_out(page)
    sign_in(page, "suri@example.org", PASSWORD)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("localStorage.getItem('played-push') === null")
    assert page.evaluate("localStorage.getItem('push-browser')") is None
    assert not PushSubscription.objects.exists()
    page.goto(PREFERENCES)
    expect(page.get_by_text("This browser shows none.")).to_be_visible()


def test_without_scripts_the_page_says_what_it_needs(transactional_db, open_page: Opener):
    UserFactory(email="sam@example.org", name="Sam", verified=True)
    page = open_page(script=False)
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto(PREFERENCES)
    expect(page.get_by_text("Push messages need JavaScript.")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on here")).to_have_count(0)
