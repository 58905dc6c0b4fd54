"""Several files and folders as one ZIP: on the pages, by a link and over the API."""

import io
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from core.asgi import PooledHandler
from files.enums import AccessAction
from files.models import AccessLog, Share, StoredFile
from files.sealing.stream import PIECE
from files.services.bin import put_into_bin
from files.services.kept import keep_file, make_folder
from files.services.sharing import end_share, link_of, share_by_link, share_with
from files.services.usage import set_usages
from files.zipping import MemberLost
from tests.asgi import ask
from tests.factories import UserFactory
from tests.factories.files import png, stored
from tests.files.test_serve import daphne, request, warm_up
from tests.loops import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def walks(person, space):
    """Walks / Größe ☂ / b.md, and a.md beside it."""
    top = make_folder(actor=person, space=space, name="Walks")
    inner = make_folder(actor=person, space=space, parent=top, name="Größe ☂")
    keep(person, space, "a.md", b"# A", top)
    keep(person, space, "b.md", b"# B", inner)
    return top


def keep(person, space, name, content, folder=None):
    return keep_file(actor=person, space=space, folder=folder, stored=stored(content, name, person)).file


def chosen(client, *entries):
    keys = [f"{type(entry).__name__.lower()}:{entry.public_id}" for entry in entries]
    return client.post(reverse("files:act"), {"entry": keys, "do": "download"})


def folder_url(folder):
    return reverse("files:folder-archive", args=[folder.public_id])


def read(answer) -> dict[str, bytes]:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    content = answer.getvalue()
    assert answer["Content-Length"] == str(len(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def fetched() -> list[tuple[str, str]]:
    rows = (
        AccessLog.objects.filter(action=AccessAction.DOWNLOAD).order_by("pk").select_related("user", "file", "folder")
    )
    return [((row.file or row.folder).name, row.user.name if row.user else "") for row in rows]


def test_a_folder_with_all_that_is_in_it(page, walks, person, space):
    put_into_bin(actor=person, entries=[keep(person, space, "gone.md", b"# Gone", walks)])
    answer = page.get(folder_url(walks))
    assert answer["Content-Disposition"] == 'attachment; filename="Walks.zip"'
    assert answer["Cache-Control"] == "private, no-store"
    assert read(answer) == {
        "Walks/": b"",
        "Walks/Größe ☂/": b"",
        "Walks/a.md": b"# A",
        "Walks/Größe ☂/b.md": b"# B",
    }
    name = "Ines Inside"
    assert fetched() == [("Walks", name), ("a.md", name), ("b.md", name)]
    assert page.head(folder_url(walks))["Content-Length"] == answer["Content-Length"]
    assert len(fetched()) == 3


def test_chosen_files_stand_at_the_top_and_once(page, walks, person, space):
    """As a search finds them: a folder, what is in it, and two of one name from different places."""
    other = make_folder(actor=person, space=space, name="Other")
    found = [walks, walks.files.get(), keep(person, space, "c.md", b"# C", other), keep(person, space, "C.md", b"# D")]
    assert read(chosen(page, *found)) == {
        "Walks/": b"",
        "Walks/Größe ☂/": b"",
        "c.md": b"# C",
        "C (2).md": b"# D",
        "Walks/a.md": b"# A",
        "Walks/Größe ☂/b.md": b"# B",
    }


def test_one_file_alone_is_no_archive(page, person, space):
    file = keep(person, space, "a.md", b"# A")
    answer = chosen(page, file)
    assert (answer.status_code, answer["Location"].endswith("/open/a.md?download=1")) == (302, True)


def test_too_much_says_how_much_may_be(page, walks, settings):
    settings.FILES_ZIP_FILES = 3
    said = chosen(page, walks, walks.files.get())
    told = page.get(said["Location"]).content.decode()
    assert "This is too much for one archive: at most 3 files and folders, of 10.0" in told.replace("\xa0", " ")
    settings.FILES_ZIP_FILES, settings.FILES_ZIP_BYTES = 4, 5
    assert page.get(folder_url(walks)).status_code == 413
    settings.FILES_ZIP_BYTES = 6
    assert len(read(page.get(folder_url(walks)))) == 4


def test_nothing_in_it_is_no_archive(page, person, space):
    empty = make_folder(actor=person, space=space, name="Empty")
    assert page.get(folder_url(empty)).status_code == 400
    assert fetched() == []


def test_what_one_may_not_open_does_not_go_along(walks, people, person, space):
    guest = Client()
    guest.force_login(people.student)
    assert guest.get(folder_url(walks)).status_code == 404
    beside = keep(person, space, "beside.md", b"# Secret")
    assert chosen(guest, walks, beside).status_code == 404
    assert fetched() == []
    denied = AccessLog.objects.filter(action=AccessAction.DENIAL, user=people.student)
    assert [row.folder for row in denied] == [walks]
    Share.objects.create(
        folder=walks, audience_kind="person", audience_id=people.student.pk, level="view", made_by=person
    )
    assert len(read(guest.get(folder_url(walks)))) == 4
    assert chosen(guest, walks, beside).status_code == 404


def test_as_many_queries_for_much_as_for_little(page, person, space, django_assert_num_queries):
    counts = []
    for n in (1, 40):
        folder = make_folder(actor=person, space=space, name=str(n))
        for i in range(n):
            keep(person, space, f"{i}.md", f"# {n} {i}".encode(), folder)
        with django_assert_num_queries(8):
            answer = page.get(folder_url(folder))
        counts.append(len(read(answer)))
    assert counts == [2, 41]


class TestLost:
    def test_what_is_lost_is_said_before_anything_is_sent(self, page, walks, media):
        (media / walks.files.get().shown.stored.storage_key).unlink()
        answer = page.get(folder_url(walks))
        assert answer.status_code == 409
        assert "“a.md” is lost or damaged" in answer.content.decode()
        assert fetched() == []

    def test_what_disappears_meanwhile_breaks_the_answer_off(self, page, walks, media):
        answer = page.get(folder_url(walks))
        (media / StoredFile.objects.get(name="b.md").storage_key).unlink()
        got = io.BytesIO()
        with pytest.raises(MemberLost, match=r"b\.md"):
            got.writelines(answer.streaming_content)
        assert got.tell() < int(answer["Content-Length"])
        assert not zipfile.is_zipfile(got)


@pytest.mark.django_db(transaction=True)
class TestByTheServer:
    """Under the event loop, and over a socket."""

    @pytest.fixture(autouse=True)
    def _sealed_with_own_keys(self, settings, tmp_path):
        settings.SEALED_FILES = {"person"}
        settings.FILE_KEYS, settings.FILE_KEYS_FILE = "", str(tmp_path / "file-keys")

    def shown(self, person, space, *contents: bytes):
        folder = make_folder(actor=person, space=space, name="Sounds")
        for number, content in enumerate(contents):
            keep(person, space, f"{number}.md", content, folder)
        return f"{link_of(share_by_link(actor=person, entry=folder))}archive/"

    def test_large_ones_pass_in_pieces_and_leave_no_plain_copy(self, person, space, media):
        contents = [bytes([97 + n]) * 9 * 1024**2 for n in range(3)]
        url = self.shown(person, space, *contents)
        assert all(one.is_sealed for one in StoredFile.objects.all())
        before = {path: path.stat().st_mtime for path in media.rglob("*")}
        tracemalloc.start()
        try:
            answer = run(ask(PooledHandler(), url, keep=False))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (answer.status, sum(answer.pieces)) == (200, int(answer.headers["content-length"]))
        assert sum(answer.pieces) > 27 * 1024**2
        assert max(answer.pieces) <= 512 * 1024
        assert peak < 8 * 1024**2
        assert {path: path.stat().st_mtime for path in media.rglob("*")} == before

    def test_the_connection_breaks_where_a_seal_does(self, person, space, media, tmp_path):
        url = self.shown(person, space, b"# Notes", b"b" * PIECE * 12)
        file = StoredFile.objects.get(name="1.md")
        path = media / file.storage_key
        spoilt = bytearray(path.read_bytes())
        spoilt[PIECE * 10] ^= 1
        path.write_bytes(spoilt)
        small = stored(png(), "a.png")
        set_usages(owner_kind="shelf", owner_id=1, file_ids={small.public_id})
        with daphne(tmp_path) as (port, _pid):
            warm_up(port, small.get_absolute_url())
            with request(port, url) as line:
                got = b""
                while piece := line.recv(65536):
                    got += piece
        head, _end, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert PIECE < len(body) < length
        assert not zipfile.is_zipfile(io.BytesIO(body))
        file.refresh_from_db()
        assert file.broken_at is not None


class TestByALink:
    def archive(self, share, **query):
        return Client().get(f"{link_of(share)}archive/", query)

    def test_each_file_counts_as_a_download(self, person, walks):
        share = share_by_link(actor=person, entry=walks, most_downloads=4)
        assert "Download all" in Client().get(link_of(share)).content.decode()
        assert len(read(self.archive(share))) == 4
        share.refresh_from_db()
        assert share.downloads == 2
        assert fetched() == [("Walks", ""), ("a.md", ""), ("b.md", "")]
        inner = walks.folders.get()
        assert set(read(self.archive(share, folder=str(inner.public_id)))) == {"Größe ☂/", "Größe ☂/b.md"}
        # One is left, and there are two.
        answer = self.archive(share)
        assert answer.status_code == 409
        assert "fewer downloads left than there are files" in answer.content.decode()
        share.refresh_from_db()
        assert (share.downloads, len(fetched())) == (3, 5)
        assert read(self.archive(share, folder=str(inner.public_id)))
        assert self.archive(share).status_code == 410

    def test_password_end_and_expiry_hold(self, person, walks):
        share = share_by_link(actor=person, entry=walks, password="sedge by the water")
        answer = self.archive(share)
        assert (answer.status_code, answer["Location"]) == (302, link_of(share))
        visitor = Client()
        visitor.post(link_of(share), {"password": "sedge by the water"})
        assert len(read(visitor.get(f"{link_of(share)}archive/"))) == 4
        end_share(actor=person, share=share)
        assert visitor.get(f"{link_of(share)}archive/").status_code == 410
        old = share_by_link(actor=person, entry=walks)
        Share.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
        assert self.archive(old).status_code == 410

    def test_of_a_file_or_of_a_folder_beside_there_is_none(self, person, walks, space):
        assert self.archive(share_by_link(actor=person, entry=walks.files.get())).status_code == 404
        beside = make_folder(actor=person, space=space, name="Beside")
        keep(person, space, "s.md", b"# S", beside)
        share = share_by_link(actor=person, entry=walks)
        assert self.archive(share, folder=str(beside.public_id)).status_code == 404
        assert self.archive(share, folder="x").status_code == 404


class TestApi:
    def get(self, user, folder):
        client = APIClient()
        client.force_authenticate(user)
        return client.get(f"/api/v1/folders/{folder.public_id}/archive/")

    def test_a_folder(self, person, walks, people, settings):
        assert len(read(self.get(person, walks))) == 4
        assert self.get(people.student, walks).status_code == 404
        share_with(actor=UserFactory(role="admin"), entry=walks, kind="person", audience_id=people.student.pk)
        assert len(read(self.get(people.student, walks))) == 4
        settings.FILES_ZIP_FILES = 1
        refused = self.get(person, walks)
        assert (refused.status_code, refused.json()["code"], refused.json()["most_files"]) == (413, "zip_too_large", 1)
        put_into_bin(actor=person, entries=[walks])
        assert self.get(person, walks).json()["code"] == "in_bin"
