"""A browser, a site that it talks to, and hands: a mouse and a keyboard."""

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"


@pytest.fixture
def site(live_server, settings) -> str:
    settings.SITE_URL = live_server.url
    # The test runner puts a backend of its own in its place.
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"
    return live_server.url


Opener = Callable[..., Page]


def wait_until(page: Page, holds: Callable[[], bool], what: str, seconds: float = 10) -> None:
    """Let the page go on until something outside of it holds: a request that is held back, a row, a bucket's list."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what}: not after {seconds} s"
        page.wait_for_timeout(20)


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Opener]:
    """Opens a page in a browser window of its own; afterwards nothing may have gone wrong in any of them.

    ``refused``: statuses that the journey is meant to meet.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opener(
        *,
        width: int = 1280,
        theme: str = "light",
        script: bool = True,
        refused: tuple[int, ...] = (),
        offline: bool = False,
        **options: object,
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
            java_script_enabled=script,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/London",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(10_000)
        without_sockets(context)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on(
            "console", lambda message: troubles.append(message.text) if is_trouble(message, refused, offline) else None
        )
        return page

    yield opener
    for context in contexts:
        context.close()
    assert troubles == []


def without_sockets(context: BrowserContext) -> None:
    """The server of these tests speaks no sockets; those that hear something are in tests/realtime."""
    context.route_web_socket("**/ws/v1/", lambda socket: socket.close(code=1000))


def is_trouble(message: ConsoleMessage, refused: tuple[int, ...] = (), offline: bool = False) -> bool:
    """A form that was refused answers 422, and the browser writes that down as an error; so it does with a line that a
    test has cut (``offline``)."""
    meant = any(f"a status of {status}" in message.text for status in (422, *refused))
    meant = meant or (offline and "net::ERR_INTERNET_DISCONNECTED" in message.text)
    return message.type == "error" and not meant


def is_formula_heading(rule: str, html: str) -> bool:
    """axe counts no text inside MathML, so a table heading that is a formula looks empty to it."""
    return rule == "empty-table-header" and "<math" in html


def assert_accessible(page: Page) -> None:
    """axe finds nothing, and the page does not scroll sideways."""
    found = broken_rules(page)
    if "target-size" in dict(found):
        found = [rule for rule in found if rule[0] != "target-size"] + small_targets(page)
    assert found == [], f"{page.url}: {found}"
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{page.url} is {width} px too wide"


def broken_rules(page: Page, **options: object) -> list[tuple[str, list[list[str]]]]:
    """What axe finds: rules, each with where it is broken."""
    results = Axe().run(
        page,
        options={
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            # All rules run; what passed is not told node by node, which takes longer than to find it.
            "resultTypes": ["violations"],
            **options,
        },
    )
    return [
        (violation["id"], [node["target"] for node in nodes][:3])
        for violation in results.response["violations"]
        if (nodes := [node for node in violation["nodes"] if not is_formula_heading(violation["id"], node["html"])])
    ]


def small_targets(page: Page) -> list[tuple[str, list[list[str]]]]:
    """Which targets are too small to be hit, on a window as high as the page.

    axe looks at the window as it is, where a button may be half under the bar that stays at its lower end, and half of it is
    too small. One scrolls there, and it is whole.
    """
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height + 200)})
    found = broken_rules(page, runOnly={"type": "rule", "values": ["target-size"]})
    page.set_viewport_size(size)
    return found


def pictures_wanted() -> bool:
    """Whether screenshots for the documentation are to be kept: ``PICTURES=1``."""
    return bool(os.environ.get("PICTURES"))


def picture(page: Page, name: str) -> None:
    """Keep a screenshot for the documentation, when asked to."""
    if pictures_wanted():
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")


@dataclass
class Mouse:
    """Acts as most people do."""

    page: Page

    def press(self, control: Locator) -> None:
        control.click()

    def fill(self, control: Locator, text: str) -> None:
        control.fill(text)

    def choose(self, control: Locator) -> None:
        control.check()


@dataclass
class Keyboard:
    """Reaches everything with Tab and acts with keys alone."""

    page: Page

    def reach(self, control: Locator) -> None:
        expect(control).to_be_visible()
        for _ in range(120):
            if control.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {control}")

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def fill(self, control: Locator, text: str) -> None:
        self.reach(control)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, control: Locator) -> None:
        """A radio group is one stop; the arrows move inside it."""
        name = control.get_attribute("name")
        for _ in range(120):
            if self.page.evaluate("name => document.activeElement?.name === name", name):
                break
            self.page.keyboard.press("Tab")
        for _ in range(20):
            if control.evaluate("element => element === document.activeElement"):
                self.page.keyboard.press("Space")
                assert control.is_checked()
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"arrows do not reach {control}")


Hand = Mouse | Keyboard


def link_in(text: str) -> str:
    """The first address in a mail's text."""
    found = re.search(r"https?://[^\s<>]+", text)
    assert found, text
    return found[0]


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)
