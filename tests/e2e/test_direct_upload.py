"""A large file goes from the browser straight to the bucket: broken off, gone on with, used; and what is done without a way there."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.enums import SiteRole
from courses.models import Course
from files.models import StoredFile, Upload
from files.services import uploads
from files.storage.bucket import Bucket
from tests.courses.formats.test_broken_folders import SOUND
from tests.courses.services.test_importing import zip_of
from tests.e2e.conftest import Opener, sign_in, wait_until
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.factories.files import bytes_of
from tests.files.bucket import close, made_bucket, raw, serving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PART = 5 * 1024**2


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    settings.DIRECT_UPLOADS_FROM_BYTES = 1024**2
    monkeypatch.setattr(uploads, "PART_BYTES", PART)
    with serving() as address:
        found = made_bucket(settings, address)
        yield found
        close(found)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A course of some eighteen megabytes: four parts."""
    path = tmp_path / "graphs.zip"
    path.write_bytes(zip_of({**SOUND, "__MACOSX/._noise": os.urandom(12 * 1024**2).decode("latin-1")}))
    return path


@pytest.fixture
def page(bucket: Bucket, open_page: Opener) -> Page:
    maker = UserFactory(email="mia@example.org", name="Mia Maker", role=SiteRole.MANAGER, verified=True)
    # The policy of pages is written when the server starts, here before there is a bucket.
    page = open_page(offline=True, bypass_csp=True)
    sign_in(page, maker.email, PASSWORD)
    page.goto("/teach/new/import/")
    return page


class Way:
    """The way to the bucket: it can be closed, for some parts or all; and what went through the site is counted."""

    def __init__(self, page: Page, bucket: Bucket) -> None:
        self.closed: set[str] = set()
        self.put: list[str] = []
        self.through_site = 0
        page.route(f"{bucket.client.meta.endpoint_url}/**", self._pass)
        page.route("**/api/v1/uploads/*/", self._count)

    def _pass(self, route: Route) -> None:
        number = route.request.url.split("partNumber=")[1].split("&")[0]
        if number in self.closed:
            return route.abort("internetdisconnected")
        self.put.append(number)
        return route.continue_()

    def _count(self, route: Route) -> None:
        self.through_site += route.request.method == "PATCH"
        route.continue_()


def test_a_part_is_lost_and_the_form_is_sent_when_all_is_there(page: Page, bucket: Bucket, archive: Path):
    way = Way(page, bucket)
    way.closed = {"3"}
    page.get_by_label("Course archive").set_input_files(archive)
    row = page.get_by_role("group", name="graphs.zip")
    expect(row).to_contain_text("The connection is gone. It goes on by itself.", timeout=30_000)
    page.get_by_role("button", name="Import").click()
    way.closed = set()
    expect(page.get_by_text("The course is in.")).to_be_visible(timeout=60_000)
    assert (sorted(way.put), way.through_site, Course.objects.get().title) == (["1", "2", "3", "4"], 0, "Graphs")
    stored = StoredFile.objects.get(name="graphs.zip")
    assert bytes_of(stored) == archive.read_bytes()
    assert not [key for key in raw(bucket) if key.startswith("incoming/")]


def test_paused_and_gone_on_with_after_a_reload(page: Page, bucket: Bucket, archive: Path):
    way = Way(page, bucket)
    way.closed = {"3", "4"}
    page.get_by_label("Course archive").set_input_files(archive)
    row = page.get_by_role("group", name="graphs.zip")
    expect(row).to_contain_text("The connection is gone.", timeout=30_000)
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused. What was sent is kept.")
    assert sorted(way.put) == ["1", "2"]
    page.reload()
    way.closed = set()
    page.get_by_label("Course archive").set_input_files(archive)
    expect(page.get_by_role("group", name="graphs.zip")).to_contain_text("graphs.zip is there.", timeout=30_000)
    assert (sorted(way.put), way.through_site) == (["1", "2", "3", "4"], 0)
    # The same upload, not a second one; and the browser has forgotten it.
    assert [(upload.state, upload.size) for upload in Upload.objects.all()] == [("done", archive.stat().st_size)]
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('tus::'))") == []


def test_a_bucket_out_of_reach_is_gone_around(page: Page, bucket: Bucket, archive: Path):
    way = Way(page, bucket)
    way.closed = {"1", "2", "3", "4"}
    page.get_by_label("Course archive").set_input_files(archive)
    expect(page.get_by_role("group", name="graphs.zip")).to_contain_text("graphs.zip is there.", timeout=30_000)
    assert (way.put, way.through_site) == ([], 3)
    assert [upload.state for upload in Upload.objects.all()] == ["done"]


def test_cancelled_nothing_is_left(page: Page, bucket: Bucket, archive: Path):
    way = Way(page, bucket)
    way.closed = {"4"}
    page.get_by_label("Course archive").set_input_files(archive)
    row = page.get_by_role("group", name="graphs.zip")
    expect(row).to_contain_text("The connection is gone.", timeout=30_000)
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0)
    # The page shows it gone and says so to the site, which forgets it and tells the bucket.
    wait_until(page, lambda: not Upload.objects.exists(), "the upload is forgotten")
    client = bucket.client
    wait_until(page, lambda: "Uploads" not in client.list_multipart_uploads(Bucket=bucket.name), "the bucket is empty")
