"""Pages that hear by the socket, in Chromium on a real server."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings as site
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.services.devices import sign_out_everywhere
from core.jobs import tell_given_up
from core.tasks import enqueue
from courses.services.enrolment import enrol
from courses.services.importing import run_import, start_import
from courses.services.outline import change_item
from courses.services.publishing import publish_item
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


def listening(page: Page, address: str) -> None:
    """Open the page, and wait until what is said about it is heard."""
    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda text: heard.append(str(text))))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    while not any('"t":"sync"' in text for text in heard):
        page.wait_for_timeout(50)
    # The first look is over, too.
    page.wait_for_timeout(1500)
    page.wait_for_load_state("networkidle")


def test_a_lesson_that_is_published_comes_onto_the_home_page_and_focus_stays(
    browser: Browser, server: Server, people, taught
):
    context = window(browser, server, session_of(people.student))
    page = context.new_page()
    listening(page, "/")
    # Kept by the page, not made anew: it is still the same element afterwards.
    link = page.locator("#home").get_by_role("link", name="All courses")
    link.focus()
    page.evaluate("document.activeElement.mine = 1")
    publish_item(actor=people.owner, item=taught.draft_lesson)
    expect(page.locator("#home").get_by_text("of 2 lessons")).to_be_visible(timeout=5000)
    assert page.evaluate("document.activeElement.mine") == 1
    context.close()


def test_an_outline_changes_and_what_the_reader_opened_stays_open(browser: Browser, server: Server, people, taught):
    context = window(browser, server, session_of(people.student))
    page = context.new_page()
    listening(page, taught.course.get_absolute_url())
    module = page.locator(".outline-module").first
    if module.get_attribute("open") is None:
        module.locator("summary").click()
    else:
        module.locator("summary").click()
        expect(module).not_to_have_attribute("open", "")
    before = module.get_attribute("open")
    change_item(actor=people.owner, item=taught.lesson, title="Graphs, told anew")
    expect(page.locator("#course").get_by_text("Graphs, told anew").first).to_be_attached(timeout=5000)
    assert module.get_attribute("open") == before
    context.close()


def test_a_teacher_sees_somebody_come_into_the_course(browser: Browser, server: Server, people, taught):
    context = window(browser, server, session_of(people.teacher))
    page = context.new_page()
    listening(page, f"/courses/{taught.course.slug}/people/")
    expect(page.get_by_text("Oda Outsider")).to_have_count(0)
    enrol(actor=people.outsider, course=taught.course, user=people.outsider)
    expect(page.get_by_role("link", name="Oda Outsider", exact=True)).to_be_visible(timeout=6000)
    context.close()


def test_an_administrator_sees_a_job_fail(browser: Browser, server: Server, people):
    context = window(browser, server, session_of(people.admin))
    page = context.new_page()
    listening(page, "/operations/")
    job = enqueue("core.tasks.send_mail", mail_id=1, run_after=timezone.now() + timedelta(days=1))
    with transaction.atomic():
        DBTaskResult.objects.filter(pk=job).update(status="FAILED", finished_at=timezone.now())
        tell_given_up(UUID(job), "core.tasks.send_mail")
    expect(page.locator("#operations").get_by_text("core.tasks.send_mail", exact=True)).to_be_visible(timeout=5000)
    context.close()


def test_two_who_write_the_same_lesson_see_each_other(browser: Browser, server: Server, people, taught):
    contexts = [window(browser, server, session_of(who)) for who in (people.owner, people.teacher)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(f"/teach/{taught.course.slug}/items/{taught.lesson.public_id}/")
    expect(pages[0].locator("#main").get_by_text("Tariq Teacher has this lesson open, too.")).to_be_visible(
        timeout=5000
    )
    expect(pages[1].locator("#main").get_by_text("Olga Owner has this lesson open, too.")).to_be_visible(timeout=5000)
    contexts[1].close()
    expect(pages[0].locator("#main").get_by_text("Tariq Teacher has this lesson open, too.")).to_be_hidden(
        timeout=12_000
    )
    contexts[0].close()


def test_what_is_made_anew_by_itself_leaves_messages_to_the_page(client, people):
    client.force_login(people.owner)
    request = client.get("/").wsgi_request
    messages.success(request, "Saved.")
    request._messages.update(response := HttpResponse())
    client.cookies.update(response.cookies)
    request.session.save()
    client.get("/", headers={"X-Background": "live"})
    assert "Saved." in client.get("/").content.decode()
    assert "Saved." not in client.get("/").content.decode()


def test_two_windows_see_the_badge_move_and_fall(browser: Browser, server: Server, people, taught):
    session = session_of(people.student)
    contexts = [window(browser, server, session) for _each in range(2)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        listening(page, "/courses/")
        expect(page.get_by_role("link", name="Notifications, 0 unread")).to_be_visible()
    publish_item(actor=people.owner, item=taught.draft_lesson)
    for page in pages:
        expect(page.get_by_role("link", name="Notifications, 1 unread")).to_be_visible(timeout=2000)
        expect(page.locator("#live")).to_have_text("You have a new notification")
    pages[0].get_by_role("link", name="Notifications, 1 unread").click()
    pages[0].get_by_role("link", name="New lesson: Not ready").click()
    expect(pages[0].get_by_role("heading", name="Not ready", level=1)).to_be_visible()
    for page in pages:
        expect(page.get_by_role("link", name="Notifications, 0 unread")).to_be_visible(timeout=3000)
    for context in contexts:
        context.close()


def test_the_list_of_notifications_grows_while_it_is_read(browser: Browser, server: Server, people, taught):
    context = window(browser, server, session_of(people.student))
    page = context.new_page()
    listening(page, "/notifications/")
    expect(page.get_by_text("Nothing unread")).to_be_visible()
    publish_item(actor=people.owner, item=taught.draft_lesson)
    expect(page.get_by_role("link", name="New lesson: Not ready")).to_be_visible(timeout=3000)
    page.get_by_role("button", name="Mark “New lesson: Not ready” as read").click()
    expect(page.get_by_text("Nothing unread")).to_be_visible()
    context.close()


def test_who_is_signed_out_elsewhere_is_told_at_once(browser: Browser, server: Server, people, run):
    context = window(browser, server, session_of(people.owner))
    page = context.new_page()
    opened(page, run)
    sign_out_everywhere(actor=people.owner, user=people.owner)
    expect(page.get_by_role("dialog")).to_be_visible(timeout=5000)
    context.close()
