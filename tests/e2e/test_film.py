"""A film in a lesson: played, followed in its transcript, sought by a line, gone on with after a reload."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.authz import SYSTEM
from courses.models import Block, Watching
from courses.selectors.watching import watched_share
from courses.services.content import add_block
from courses.services.enrolment import enrol
from courses.services.publishing import publish_item
from files.services import store_file
from tests.e2e.conftest import Opener, assert_accessible, sign_in, wait_until
from tests.factories import ItemFactory, SectionFactory, UserFactory
from tests.factories.accounts import PASSWORD

FILM = Path(__file__).parents[2] / "demo" / "statistics" / "media" / "many-samples.webm"
SRT = "".join(f"{n}\n00:00:{n * 2:02},000 --> 00:00:{n * 2 + 2:02},000\nLine {n} of the film\n\n" for n in range(19))


@pytest.fixture
def film(transactional_db) -> Block:
    item = ItemFactory(title="A film")
    files = {
        name: store_file(actor=SYSTEM, content=content, name=name)
        for name, content in {"film.webm": FILM.read_bytes(), "film.srt": SRT.encode()}.items()
    }
    data = {
        "file": str(files["film.webm"].public_id),
        "captions": str(files["film.srt"].public_id),
        "title": "Many samples",
    }
    block = add_block(actor=SYSTEM, section=SectionFactory(item=item), kind="video", data=data)
    publish_item(actor=SYSTEM, item=item)
    return Block.objects.get(pk=block.pk)


def seconds(page: Page, at_least: float) -> None:
    page.wait_for_function(
        "least => document.querySelector('video').currentTime >= least", arg=at_least, timeout=20_000
    )


def test_a_film_is_watched(open_page: Opener, film: Block):
    student = UserFactory(email="sam@example.org", verified=True)
    enrol(actor=SYSTEM, course=film.course, user=student)
    page = open_page()
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto(film.section.item.get_absolute_url())
    lines = page.locator(".film-lines a")
    current = page.locator(".film-lines [aria-current]")
    expect(lines).to_have_count(19)
    assert_accessible(page)

    page.evaluate("document.querySelector('video').play()")
    expect(current).to_contain_text("Line 1 of the film")
    where = page.evaluate("scrollY")
    lines.nth(15).click()
    seconds(page, 30.5)
    expect(current).to_contain_text("Line 15 of the film")
    page.evaluate("document.querySelector('video').pause()")
    expect(page.locator("[data-seen]")).to_contain_text("You have seen")
    expect(current).to_be_in_viewport()
    assert page.evaluate("scrollY") == where
    wait_until(page, lambda: Watching.objects.count() == 1, "what was seen is written down")
    page.get_by_label("Speed").select_option("1.5")
    page.get_by_label("Follow the film").uncheck()

    page.reload()
    expect(page.get_by_role("link", name="Go on at 0:3")).to_be_visible()
    seconds(page, 30)
    assert page.evaluate("document.querySelector('video').playbackRate") == 1.5
    expect(page.get_by_label("Follow the film")).not_to_be_checked()
    page.get_by_role("link", name="Go on at 0:3").press("Enter")
    seconds(page, 33)
    before = watched_share([student.pk], [film.pk])
    page.goto("/")

    def is_noted() -> bool:
        row = Watching.objects.get(user=student, block=film)
        return (len(row.ranges), row.position > 32) == (2, True)

    # Sent by the page that is left, while the next one is already here.
    wait_until(page, is_noted, "two parts are written down, and where the film stood")
    assert before[student.pk, film.pk] < watched_share([student.pk], [film.pk])[student.pk, film.pk] < 50


def test_a_film_without_scripts(open_page: Opener, film: Block):
    enrol(actor=SYSTEM, course=film.course, user=UserFactory(email="sam@example.org", verified=True))
    page = open_page(script=False, width=360, theme="dark")
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto(film.section.item.get_absolute_url())
    expect(page.get_by_label("Follow the film")).to_be_hidden()
    page.get_by_role("link", name="Line 15 of the film").click()
    assert page.locator("source").get_attribute("src").endswith("#t=30")
    page.wait_for_timeout(300)
    assert Watching.objects.count() == 0


def test_a_film_from_elsewhere_waits_for_play(open_page: Opener, film: Block):
    add_block(
        actor=SYSTEM,
        section=film.section,
        kind="video",
        data={"address": "https://youtu.be/dQw4w9WgXcQ?t=9", "title": "Elsewhere"},
    )
    publish_item(actor=SYSTEM, item=film.section.item)
    enrol(actor=SYSTEM, course=film.course, user=UserFactory(email="sam@example.org", verified=True))
    page = open_page(width=360)
    asked: list[str] = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(content_type="text/html", body="<!doctype html><p>A film</p>")

    page.context.route(re.compile("^https:"), answer)
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto(film.section.item.get_absolute_url())
    assert_accessible(page)
    assert asked == []
    page.get_by_role("link", name="Play from YouTube").click()
    expect(page.frame_locator("iframe").locator("p")).to_have_text("A film")
    assert [url.split("&origin=")[0] for url in asked] == [
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0&playsinline=1&enablejsapi=1&autoplay=1"
    ]
    assert page.locator("iframe").get_attribute("title") == "Elsewhere"
