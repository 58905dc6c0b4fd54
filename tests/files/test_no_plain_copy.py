"""What is sensitive lies on no disk as it was sent: not while it arrives, not while it is shown, not afterwards.

Everything is searched for pieces of it: the folder of files, the folder for temporary files, what the process holds open (files
without a name as well), the database.
"""

import base64
import http.client
import io
import json
import os
import random
import re
import socket
import stat
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.services.keys import make_key
from core.worker import Worker
from files.models import File, Rendition, StoredFile, Upload
from files.services import store
from files.services.kept import keep_file, store_for
from files.services.moving import move
from files.services.previews import preview_of
from files.services.sealed_spaces import seal_all_later
from files.services.spaces import space_of
from tests.factories.files import bytes_of, stored
from tests.realtime.conftest import Server, started

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 3_000_000
WINDOW = 64


@lru_cache
def words(seed: int) -> bytes:
    """Three megabytes of text that nothing makes shorter."""
    return base64.encodebytes(random.Random(seed).randbytes(SIZE * 3 // 4))


def windows(content: bytes) -> list[bytes]:
    """Pieces of it: both ends, and places that fall into no step of ours."""
    last = len(content) - WINDOW
    return [content[at : at + WINDOW] for at in (*range(0, last, 97_003), last)]


class Search:
    """Where pieces of ``contents`` lie in plain; ``process`` is whose open files are looked at as well."""

    def __init__(self, folders: list[Path], *contents: bytes, process: int | None = None) -> None:
        pieces = [piece for content in contents for piece in windows(content)]
        self.pattern = re.compile(b"|".join(map(re.escape, pieces)))
        self.folders, self.process = folders, process or os.getpid()
        self.looked_at: set[str] = set()

    def run(self) -> list[str]:
        return [str(path) for path in self._paths() if self._is_in(path)]

    def _paths(self) -> Iterator[Path]:
        for folder in self.folders:
            for place, _folders, names in os.walk(folder):
                yield from (Path(place, name) for name in names)
        with suppress(FileNotFoundError):
            # A process that was killed holds nothing open.
            yield from Path(f"/proc/{self.process}/fd").iterdir()
        if connection.vendor == "sqlite":
            database = Path(connection.settings_dict["NAME"])
            yield from database.parent.glob(f"{database.name}*")

    def _is_in(self, path: Path) -> bool:
        try:
            # Not a pipe or a socket, which would be waited for.
            if not stat.S_ISREG(path.stat().st_mode):
                return False
            content = _content(path)
        except (OSError, subprocess.CalledProcessError):
            # It went meanwhile.
            return False
        self.looked_at.add(os.path.realpath(path))
        return self.pattern.search(content) is not None


def _content(path: Path) -> bytes:
    if connection.vendor == "sqlite" and os.path.realpath(path).startswith(
        os.path.realpath(connection.settings_dict["NAME"])
    ):
        # By another process: one that closes the file of a database lets go of all locks that it holds on it
        # (https://sqlite.org/howtocorrupt.html, 2.2), and two who write at once then spoil it.
        return subprocess.run(["cat", str(path)], capture_output=True, check=True).stdout
    return path.read_bytes()


@contextmanager
def watched(search: Search) -> Iterator[list[str]]:
    """Searches again and again until the block ends; what was found, at any moment."""
    found: list[str] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            found.extend(search.run())
            over.wait(0.005)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
        found.extend(search.run())


@pytest.fixture
def places(settings, tmp_path, monkeypatch, media) -> list[Path]:
    """The folder of files and the one for temporary files, of this process and of a server's."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    settings.FILE_KEYS = ""
    settings.FILE_KEYS_FILE = str(tmp_path / "file-keys")
    settings.SEALED_FILES = frozenset({"person"})
    return [media, temporary]


@contextmanager
def serving(places: list[Path], sealed: str = "person") -> Iterator[Server]:
    media, temporary = places
    with started(VAR_DIR=str(media.parent), TMPDIR=str(temporary), SEALED_FILES=sealed, FILE_KEYS="") as server:
        yield server


def headers_of(person) -> dict[str, str]:
    expires = timezone.now() + timedelta(days=1)
    return {
        "Authorization": f"Bearer {make_key(actor=person, name='k', scopes=['files:write'], expires_at=expires)[1]}"
    }


def form(space, content: bytes, name: str = "a.txt") -> bytes:
    head = (
        f'--b\r\nContent-Disposition: form-data; name="space"\r\n\r\n{space.public_id}\r\n'
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    )
    return head.encode() + content + b"\r\n--b--\r\n"


def ask(server: Server, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, dict]:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status, dict(answer.headers)


def post_in_halves(server: Server, body: bytes, headers: dict[str, str], between) -> int:
    """Send a form; ``between`` is called when the server has read the first half, and has no more."""
    head = f"POST /api/v1/files/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    half = len(body) // 2
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(head.encode() + b"\r\n" + body[:half])
        # The socket takes a part of it at once; the server has read it all when the system holds nothing back.
        time.sleep(1)
        between()
        line.sendall(body[half:])
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    return int(answer.split(b" ")[1])


class TestForms:
    def test_the_server_keeps_no_plain_copy(self, places, people):
        space, content = space_of("person", people.student.pk), words(1)
        with serving(places) as server:
            search = Search(places, content, process=server.process.pid)
            while_half: list[list[str]] = []
            with watched(search) as found:
                body = form(space, content)
                status = post_in_halves(
                    server, body, headers_of(people.student), lambda: while_half.append(search.run())
                )
            assert (status, found, while_half) == (201, [], [[]])
            # The half that had arrived was on disk, where the search looked at it.
            assert any("(deleted)" in path for path in search.looked_at)
        file = File.objects.get()
        assert (bytes_of(file.shown.stored), file.shown.stored.is_sealed) == (content, True)

    def test_it_is_found_where_nothing_is_sealed(self, places, people):
        """That the search finds what is there."""
        space, content = space_of("person", people.student.pk), words(1)
        with serving(places, sealed="") as server:
            search = Search(places, content, process=server.process.pid)
            with watched(search) as found:
                assert post_in_halves(server, form(space, content), headers_of(people.student), lambda: None) == 201
        media = places[0]
        assert str(media / StoredFile.objects.get(name="a.txt").storage_key) in found

    @pytest.mark.parametrize("url", ["page", "api"])
    def test_while_it_is_looked_at_the_form_lies_nowhere_in_plain(self, places, people, client, monkeypatch, url):
        """At that moment both are there: the file of the form, and what is to be stored."""
        space, content = space_of("person", people.student.pk), words(2)
        search, seen = Search(places, content), []
        real = store.validate_content

        def looked(*args):
            seen.append((search.run(), any("(deleted)" in path for path in search.looked_at)))
            real(*args)

        monkeypatch.setattr(store, "validate_content", looked)
        client.force_login(people.student)
        sent = io.BytesIO(content)
        sent.name = "a.txt"
        if url == "page":
            answer = client.post(space.get_absolute_url(), {"files": sent})
        else:
            told = {"space": str(space.public_id), "file": sent}
            answer = client.post("/api/v1/files/", told, headers=headers_of(people.student))
        assert (answer.status_code, seen) == (302 if url == "page" else 201, [([], True)])
        assert search.run() == []

    @pytest.mark.parametrize("name", ["files:version-new", "api:files:file-versions"])
    def test_new_versions_are_sealed_as_well(self, places, people, client, name):
        space = space_of("person", people.student.pk)
        first = store_for(actor=people.student, space=space, content=io.BytesIO(b"first"), name="a.txt")
        file = keep_file(actor=people.student, space=space, stored=first).file
        content = words(3)
        sent = io.BytesIO(content)
        sent.name = "a.txt"
        client.force_login(people.student)
        client.post(reverse(name, args=[file.public_id]), {"file": sent}, headers=headers_of(people.student))
        assert bytes_of(File.objects.get().shown.stored) == content
        assert (Search(places, content).run(), StoredFile.objects.filter(key_name="").count()) == ([], 0)


PARTS = [1, 65_535, 2, 700_001, 1_310_720, 40_000]


def test_parts_gather_sealed_through_breaks_and_a_kill(places, people):
    space, content = space_of("person", people.student.pk), words(5)
    asked = {**headers_of(people.student), "Tus-Resumable": "1.0.0"}
    told = {"name": "a.txt", "purpose": "file", "size": len(content), "place": f"space:{space.public_id}"}
    at, found = 0, []

    def patch(server: Server, part: bytes, *, breaks_off: bool = False) -> None:
        nonlocal at
        head = {**asked, "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        if breaks_off:
            line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            line.putrequest("PATCH", address)
            for name, value in {**head, "Content-Length": str(len(part) + 1)}.items():
                line.putheader(name, value)
            line.endheaders(part)
            time.sleep(0.5)
            found.extend(search.run())
            line.close()
            return
        assert ask(server, "PATCH", address, part, head)[0] == 204
        at += len(part)
        assert ask(server, "HEAD", address, None, asked)[1]["Upload-Offset"] == str(at)

    with serving(places) as server:
        search = Search(places, content, process=server.process.pid)
        begun = json.dumps(told).encode()
        assert ask(server, "POST", "/api/v1/uploads/", begun, {**asked, "Content-Type": "application/json"})[0] == 201
        upload = Upload.objects.get()
        address = f"/api/v1/uploads/{upload.public_id}/"
        with watched(search) as seen:
            for size in PARTS:
                patch(server, content[at : at + size])
            patch(server, content[at : at + 200_000], breaks_off=True)
            server.kill()
        found += seen
    incoming_file = places[0] / "incoming" / f"{upload.public_id}.upload"
    assert (upload.is_sealed, str(incoming_file) in search.looked_at) == (True, True)
    with serving(places) as server:
        search = Search(places, content, process=server.process.pid)
        assert ask(server, "HEAD", address, None, asked)[1]["Upload-Offset"] == str(at)
        with watched(search) as seen:
            while at < len(content):
                patch(server, content[at : at + 333_333])
        found += seen
    assert (found, Upload.objects.get().state) == ([], "done")
    assert (bytes_of(File.objects.get().shown.stored), incoming_file.exists()) == (content, False)


def picture(seed: int) -> bytes:
    """A picture of noise, as large as the texts."""
    from PIL import Image  # noqa: PLC0415 -- slow import

    target = io.BytesIO()
    Image.frombytes("RGB", (1000, 1000), random.Random(seed).randbytes(3_000_000)).save(target, "PNG")
    return target.getvalue()


def document(text: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", text)
    return target.getvalue()


@pytest.fixture
def soffice(settings, tmp_path) -> None:
    """Takes its time, as the real one does."""
    program = tmp_path / "soffice"
    program.write_text(
        '#!/bin/sh\nfor source; do :; done\nmkdir -p out\n(printf %%PDF-; cat "$source") > out/document.pdf\nsleep 0.5\n'
    )
    program.chmod(0o755)
    settings.SOFFICE = str(program)


KINDS = {
    "a.docx": lambda: document(words(6)),
    "a.png": lambda: picture(7),
    "a.csv": lambda: words(8),
    "a.md": lambda: words(9),
    "a.txt": lambda: words(10),
    "a.zip": lambda: document(words(11)),
}


@pytest.mark.parametrize("name", KINDS)
def test_showing_it_makes_no_plain_copy(places, people, soffice, name):
    content = KINDS[name]()
    space = space_of("person", people.student.pk)
    search = Search(places, content)
    with watched(search) as found:
        kept = store_for(actor=people.student, space=space, content=io.BytesIO(content), name=name)
        file = keep_file(actor=people.student, space=space, stored=kept).file
        Worker(name="one").drain()
        shown = preview_of(file.name, File.objects.get().shown.stored)
    assert (found, kept.is_sealed, bool(shown.template)) == ([], True, True)
    assert str(places[0] / kept.storage_key) in search.looked_at
    made = [row.made for row in Rendition.objects.all() if row.made]
    assert all(one.is_sealed for one in made)
    assert {"a.png": 2}.get(name, 0) == len(made)


class TestPlainFilesThatComeIntoASealedSpace:
    def moved(self, people, content: bytes, name: str = "a.csv") -> File:
        course = space_of("course", 1)
        file = keep_file(actor=people.admin, space=course, stored=stored(content, name, people.admin)).file
        move(actor=people.admin, entries=[file], space=space_of("person", people.admin.pk))
        return file

    def test_they_are_sealed_by_a_job_with_what_shows_them(self, places, people):
        content = picture(12)
        search = Search(places, content)
        self.moved(people, content, "a.png")
        Worker(name="one").drain()
        version = File.objects.get().shown
        assert (version.stored.is_sealed, bytes_of(version.stored), search.run()) == (True, content, [])
        assert StoredFile.objects.filter(key_name="").count() == 0
        assert [row.made.is_sealed for row in Rendition.objects.all()] == [True, True]

    def test_bytes_that_something_else_uses_stay_for_that(self, places, people, settings):
        content = words(13)
        settings.JOBS_EAGER = False
        file = self.moved(people, content)
        other = keep_file(actor=people.admin, space=space_of("course", 2), stored=file.shown.stored).file
        Worker(name="one").drain()
        file.refresh_from_db()
        other.refresh_from_db()
        assert (file.shown.stored.is_sealed, other.shown.stored.is_sealed) == (True, False)
        assert (bytes_of(file.shown.stored), bytes_of(other.shown.stored)) == (content, content)

    def test_files_of_before_are_sealed_when_it_is_wanted(self, places, people, settings):
        settings.SEALED_FILES = frozenset()
        content = words(14)
        space = space_of("person", people.student.pk)
        kept = stored(content, "a.txt", people.student)
        keep_file(actor=people.student, space=space, stored=kept)
        assert Search(places, content).run() != []
        settings.SEALED_FILES = frozenset({"person"})
        seal_all_later()
        Worker(name="one").drain()
        assert (Search(places, content).run(), bytes_of(File.objects.get().shown.stored)) == ([], content)
