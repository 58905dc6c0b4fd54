"""A large file is sent in parts: seen, paused, broken off, gone on with, and used."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.enums import SiteRole
from courses.models import Course
from files.models import StoredFile, Upload
from tests.courses.formats.test_broken_folders import SOUND
from tests.courses.services.test_importing import zip_of
from tests.e2e.conftest import Opener, assert_accessible, sign_in, wait_until
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.factories.files import bytes_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A course of some eighteen megabytes: what systems leave in archives is passed over."""
    path = tmp_path / "graphs.zip"
    path.write_bytes(zip_of({**SOUND, "__MACOSX/._noise": os.urandom(12 * 1024**2).decode("latin-1")}))
    return path


@pytest.fixture
def page(open_page: Opener) -> Page:
    maker = UserFactory(email="mia@example.org", name="Mia Maker", role=SiteRole.MANAGER, verified=True)
    page = open_page(refused=(400,), offline=True)
    sign_in(page, maker.email, PASSWORD)
    page.goto("/teach/new/import/")
    return page


class Line:
    """The line to the site, for parts of files: it can be cut, and can be made to wait."""

    def __init__(self, page: Page) -> None:
        self.parts = 0
        self.cut = False
        page.route("**/api/v1/uploads/*/", self._pass)

    def _pass(self, route: Route) -> None:
        if route.request.method == "PATCH":
            if self.cut:
                return route.abort("internetdisconnected")
            self.parts += 1
        route.continue_()
        return None


def test_the_line_breaks_and_the_form_is_sent_when_all_is_there(page: Page, archive: Path):
    line = Line(page)
    line.cut = True
    page.get_by_label("Course archive").set_input_files(archive)
    row = page.get_by_role("group", name="graphs.zip")
    expect(row).to_contain_text("The connection is gone. It goes on by itself.")
    assert_accessible(page)
    page.get_by_role("button", name="Import").click()
    line.cut = False
    expect(page.get_by_text("The course is in.")).to_be_visible(timeout=60_000)
    assert (line.parts >= 3, Course.objects.get().title) == (True, "Graphs")
    stored = StoredFile.objects.get(name="graphs.zip")
    assert bytes_of(stored) == archive.read_bytes()


def test_paused_and_gone_on_with_after_a_reload(page: Page, archive: Path):
    held: list[Route] = []

    def hold(route: Route) -> None:
        # The second part waits until the test lets go of it.
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*/", hold)
    page.get_by_label("Course archive").set_input_files(archive)
    row = page.get_by_role("group", name="graphs.zip")
    expect(row).to_contain_text("graphs.zip: 8.0 of")
    row.get_by_role("button", name="Pause").click()
    expect(row.get_by_role("button", name="Go on")).to_be_focused()
    expect(row).to_contain_text("Paused. What was sent is kept.")
    page.reload()
    page.get_by_label("Course archive").set_input_files(archive)
    row = page.get_by_role("group", name="graphs.zip")
    expect(row).to_contain_text("graphs.zip is there.", timeout=30_000)
    # The same upload, not a second one.
    assert [(upload.state, upload.size) for upload in Upload.objects.all()] == [("done", archive.stat().st_size)]
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("The course is in.")).to_be_visible(timeout=60_000)


def test_cancelled_it_is_forgotten(page: Page, archive: Path):
    line = Line(page)
    line.cut = True
    page.get_by_label("Course archive").set_input_files(archive)
    row = page.get_by_role("group", name="graphs.zip")
    expect(row).to_contain_text("The connection is gone.")
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0)
    expect(page.get_by_label("Course archive")).to_be_focused()
    assert page.get_by_label("Course archive").input_value() == ""
    # The site hears of it as well.
    wait_until(page, lambda: not Upload.objects.exists(), "the upload is forgotten")
    assert page.evaluate("fetch('/api/v1/uploads/').then((answer) => answer.json()).then((found) => found.count)") == 0


def test_what_is_no_archive_is_refused_before_a_byte_is_sent(page: Page, tmp_path: Path):
    line = Line(page)
    (tmp_path / "notes.md").write_bytes(b"x" * 5 * 1024**2)
    page.get_by_label("Course archive").set_input_files(tmp_path / "notes.md")
    row = page.get_by_role("group", name="notes.md")
    expect(row).to_contain_text("“notes.md” cannot be used here.")
    assert (line.parts, Upload.objects.count()) == (0, 0)
