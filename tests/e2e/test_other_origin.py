"""A page of another origin signs in and reads with the generated JavaScript client; one that is not listed is told why not."""

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from accounts.enums import SiteRole
from courses.models import Course
from lms.settings.env import env_origin_list
from tests.factories import CourseFactory, MembershipFactory, UserFactory
from tests.factories.accounts import PASSWORD

HERE = Path(__file__).parent / "other-origin"


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def log_message(self, *arguments: object) -> None:
        """Failures are told by the tests."""


@pytest.fixture
def elsewhere(site: str, tmp_path: Path) -> Iterator[str]:
    """A small page on an origin of its own, with the client as it is generated and the site's address in a setting."""
    call_command("api_client", "javascript", out=str(tmp_path), verbosity=0)
    shutil.copy(HERE / "page.js", tmp_path)
    page = (HERE / "index.html").read_text().replace("SITE", site)
    (tmp_path / "index.html").write_text(page)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, elsewhere: str) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.goto(elsewhere)
    yield opened
    context.close()


@pytest.fixture
def person(transactional_db):
    manager = UserFactory(email="tariq@example.org", verified=True, role=SiteRole.MANAGER)
    MembershipFactory(course=CourseFactory(title="Field ecology", code="ECO 1"), user=manager, role="owner")
    return manager


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill("tariq@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_listed_origin_signs_in_and_reads(person, page, elsewhere, settings, monkeypatch):
    monkeypatch.setenv("CORS_ALLOWED_ORIGINS", f"https://app.example.org, {elsewhere}/")
    settings.CORS_ALLOWED_ORIGINS = env_origin_list("CORS_ALLOWED_ORIGINS")
    sign_in(page, "a wrong password of somebody")
    expect(page.get_by_role("status")).to_contain_text("401 sign_in_refused")
    sign_in(page)
    expect(page.get_by_role("list")).to_contain_text("Field ecology")
    expect(page.get_by_role("status")).to_have_text("1 course")


def test_the_client_walks_through_the_api(person, page, elsewhere, settings):
    settings.CORS_ALLOWED_ORIGINS = [elsewhere]
    sign_in(page)
    expect(page.get_by_role("list")).to_contain_text("Field ecology")
    told = page.evaluate("async () => await window.walk()")
    assert told == {
        "twice": [True, "Ponds"],
        "invalid": [400, "invalid", ["title"]],
        "changed": "Who lives there.",
        "stale": [412, "stale_version", 2],
        "missing": [404, "not_found"],
        "scope": [403, "scope_missing"],
        "renewed": ["tariq@example.org", "tariq@example.org", 1],
        "out": [401, "not_signed_in", False],
    }
    assert Course.objects.filter(title="Ponds").count() == 1
    settings.API_LIMITS = {"person": "2/hour"}
    sign_in(page)
    page.wait_for_function("window.client.isSignedIn")
    limited = page.evaluate(
        "async () => { try { for (;;) await window.client.meRead(); } catch (e) { return [e.status, e.code, e.retryAfter > 0]; } }"
    )
    assert limited == [429, "throttled", True]


def test_an_origin_that_is_not_listed_is_told_what_to_change(person, page, elsewhere, settings, caplog):
    settings.CORS_ALLOWED_ORIGINS = []
    answers = []
    page.on("response", lambda response: answers.append(response.status) if "/api/" in response.url else None)
    sign_in(page)
    status = page.get_by_role("status")
    # What the page can know; a browser keeps the rest to itself.
    expect(status).to_contain_text(f"adds {elsewhere} to CORS_ALLOWED_ORIGINS")
    # What whoever runs the site reads.
    refused = [record.message for record in caplog.records if record.name == "aumbry.request"]
    assert refused
    assert set(refused) == {f"Pages of {elsewhere} may not call this API. Add the origin to CORS_ALLOWED_ORIGINS."}


def test_without_an_address_the_client_says_what_to_set(page):
    said = page.evaluate(
        "async () => { document.querySelector('meta[name=aumbry-api]').remove();"
        " const { Client } = await import('./aumbry.js'); try { new Client(); } catch (error) { return error.message; } }"
    )
    assert said.startswith("Name the site: new Client({ baseUrl:")
