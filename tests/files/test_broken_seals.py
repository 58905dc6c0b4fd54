"""Kept files that are sealed and were changed in storage: each way to them says so, and Operations knows."""

import io
import logging
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from files.health import seals_of_files
from files.models import AccessLog, Rendition, StoredFile
from files.sealing.stream import PIECE
from files.services import previews
from files.services.kept import keep_sent
from files.services.reconciling import reconcile
from files.services.sharing import link_of, share_by_link
from files.services.signed import signed_url
from tests.factories.files import png, zipped
from tests.factories.previews import workbook

pytestmark = pytest.mark.django_db

SAID = "it was changed or damaged in storage, so it is not shown"


@pytest.fixture(autouse=True)
def _sealed(settings, tmp_path):
    settings.SEALED_FILES = frozenset({"person"})
    settings.FILE_KEYS = ""
    settings.FILE_KEYS_FILE = str(tmp_path / "file-keys")


def keep(person, space, name, content):
    file = keep_sent(actor=person, space=space, content=io.BytesIO(content), name=name).file
    assert file.shown.stored.is_sealed
    return file


def change_first_piece(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.fixture(params=[change_first_piece, cut], ids=["changed", "cut"])
def spoil(request, media):
    return lambda stored: request.param(media / stored.storage_key)


@pytest.fixture
def noted(caplog):
    """Which files are known to be broken since it was asked last; each must have been told in the log, too."""

    def ask() -> set[StoredFile]:
        found = set(StoredFile.objects.filter(broken_at__isnull=False))
        assert seals_of_files().ok == (not found)
        told = {record.file for record in caplog.records if record.message == "seal of a file is broken"}
        assert told == {str(one.public_id) for one in found}
        StoredFile.objects.update(broken_at=None)
        caplog.clear()
        return found

    with caplog.at_level(logging.ERROR):
        yield ask


def test_bytes_by_each_address_are_refused_with_the_reason(page, person, space, spoil, noted):
    file = keep(person, space, "a.zip", zipped(a="a"))
    token = link_of(share_by_link(actor=person, entry=file)).rstrip("/").rsplit("/", 1)[1]
    limited = share_by_link(actor=person, entry=file, most_downloads=1)
    limited_token = link_of(limited).rstrip("/").rsplit("/", 1)[1]
    stored = file.shown.stored
    spoil(stored)
    before = AccessLog.objects.count()
    for client, url in (
        (page, reverse("files:open", args=[file.public_id, "a.zip"])),
        (page, reverse("files:open", args=[file.public_id, "a.zip"]) + "?v=1&download=1"),
        (page, stored.get_absolute_url()),
        (Client(), signed_url(person, file, file.shown)),
        (Client(), reverse("files:link-file", args=[token, file.public_id, "a.zip"])),
        (Client(), reverse("files:link-file", args=[limited_token, file.public_id, "a.zip"])),
    ):
        answer = client.get(url)
        assert (url, answer.status_code, SAID in answer.content.decode()) == (url, 500, True)
        assert (url, noted()) == (url, {stored})
    # Nothing was handed out.
    assert AccessLog.objects.count() == before
    limited.refresh_from_db()
    assert limited.downloads == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", b"# A heading of some length, so that it reaches further\n" * 2),
        ("a.csv", b"name,grade\n" + b"Sedge,5\n" * 10),
        ("a.zip", zipped(a="a")),
        ("a.png", png(1, 300)),
        ("a.wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(100)),
        ("a.pdf", b"%PDF-1.7\n" + bytes(100)),
    ],
)
def test_its_page_says_so_in_place_of_the_preview(page, person, space, spoil, noted, name, content):
    file = keep(person, space, name, content)
    spoil(file.shown.stored)
    answer = page.get(file.get_absolute_url())
    assert (answer.status_code, SAID in answer.content.decode()) == (200, True)
    assert noted() == {file.shown.stored}


@pytest.mark.parametrize("page_of", ["link", "file"])
def test_a_later_piece_that_a_preview_comes_upon(page, person, space, media, noted, page_of):
    """A reader of archives takes any error for a damaged archive; this one is no fault of the archive."""
    content = zipped(**{f"{n}.txt": "x" * 1000 for n in range(300)})
    assert len(content) > PIECE
    file = keep(person, space, "a.zip", content)
    path = media / file.shown.stored.storage_key
    spoilt = bytearray(path.read_bytes())
    spoilt[-40] ^= 1
    path.write_bytes(spoilt)
    by_link = page_of == "link"
    address = link_of(share_by_link(actor=person, entry=file)) if by_link else file.get_absolute_url()
    assert SAID in (Client() if by_link else page).get(address).content.decode()
    assert noted() == {file.shown.stored}


@pytest.mark.parametrize(("name", "content"), [("a.png", png(1, 300)), ("a.xlsx", workbook(A=[["Sedge"]]))])
def test_the_job_writes_it_down_and_ends(page, person, space, media, noted, name, content):
    file = keep(person, space, name, content)
    stored = file.shown.stored
    whole = (media / stored.storage_key).read_bytes()
    change_first_piece(media / stored.storage_key)
    previews.render(stored_id=stored.pk)
    assert not Rendition.objects.exists()
    assert SAID in page.get(file.get_absolute_url()).content.decode()
    assert noted() == {stored}
    # Its bytes come back from a backup.
    StoredFile.objects.filter(pk=stored.pk).update(broken_at=file.created_at)
    (media / stored.storage_key).write_bytes(whole)
    assert list(reconcile(repair=True, read_all=True)) == []
    previews.render(stored_id=stored.pk)
    assert SAID not in page.get(file.get_absolute_url()).content.decode()
    assert Rendition.objects.filter(source=stored, made__isnull=False).exists()


def test_what_was_made_of_it_is_watched_as_well(page, person, space, media, spoil, noted):
    picture, table = keep(person, space, "a.png", png(900, 700)), keep(person, space, "b.xlsx", workbook(A=[["Sedge"]]))
    for file in (picture, table):
        previews.render(stored_id=file.shown.stored_id)
    small, told = (Rendition.objects.get(kind=kind).made for kind in ("small", "table"))
    for made in (small, told):
        spoil(made)
    answer = page.get(reverse("files:rendition", args=[picture.public_id, "small"]))
    assert (answer.status_code, SAID in answer.content.decode(), noted()) == (500, True, {small})
    for file, made in ((picture, small), (table, told)):
        assert SAID in page.get(file.get_absolute_url()).content.decode()
        assert noted() == {made}
