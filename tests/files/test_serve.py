"""The file address: who may read, which bytes, under which headers."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.http import http_date

from core.asgi import PooledHandler
from core.slots import FILE_ACCESS
from files.models import StoredFile
from files.services import set_usages
from files.serving import POLICY
from tests.asgi import ask, process_environment
from tests.factories import UserFactory
from tests.factories.files import png, stored, zipped
from tests.files.shelf import register_shelf
from tests.loops import run

CONTENT = b"WEBVTT\n" + bytes(range(97, 123)) * 4
SIZE = len(CONTENT)


@pytest.fixture(autouse=True)
def _shelf(monkeypatch):
    monkeypatch.setattr(FILE_ACCESS, "_entries", dict(FILE_ACCESS._entries))
    register_shelf()


def on_shelf(owner_id: int = 1, content: bytes = CONTENT, name: str = "words.vtt") -> StoredFile:
    file = stored(content, name)
    set_usages(owner_kind="shelf", owner_id=owner_id, file_ids={file.public_id})
    return file


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.django_db
class TestAccess:
    def test_visitors_read_what_is_open(self, client):
        response = client.get(on_shelf().get_absolute_url())
        assert (response.status_code, body(response)) == (200, CONTENT)

    def test_visitors_do_not_learn_of_the_rest(self, client):
        assert client.get(on_shelf(owner_id=2).get_absolute_url()).status_code == 404

    def test_people_read_what_is_open_to_them(self, client):
        client.force_login(UserFactory())
        response = client.get(on_shelf(owner_id=2).get_absolute_url())
        assert body(response) == CONTENT

    def test_a_file_that_nothing_uses_is_read_by_nobody(self, client):
        person = UserFactory()
        client.force_login(person)
        assert client.get(stored(actor=person).get_absolute_url()).status_code == 404

    def test_the_right_is_asked_again_on_each_request(self, client):
        file = on_shelf()
        first = client.get(file.get_absolute_url())
        body(first)
        set_usages(owner_kind="shelf", owner_id=1, file_ids=set())

        again = client.get(file.get_absolute_url(), headers={"If-None-Match": first["ETag"]})

        assert again.status_code == 404

    def test_another_name_leads_to_the_right_one(self, client):
        file = on_shelf()
        response = client.get(f"/files/{file.public_id}/evil.html")
        assert (response.status_code, response["Location"]) == (302, file.get_absolute_url())

    def test_another_name_of_a_hidden_file_leads_nowhere(self, client):
        assert client.get(f"/files/{on_shelf(owner_id=2).public_id}/evil.html").status_code == 404

    def test_lost_bytes_are_a_404(self, client, media, caplog):
        file = on_shelf()
        (media / file.storage_key).unlink()
        assert client.get(file.get_absolute_url()).status_code == 404
        assert "bytes of a file are lost" in caplog.text

    def test_only_reading(self, client):
        assert client.post(on_shelf().get_absolute_url()).status_code == 405


@pytest.mark.django_db
class TestHeaders:
    def test_all_of_them(self, client):
        file = on_shelf()
        response = client.get(file.get_absolute_url())
        body(response)
        names = (
            "Content-Type",
            "Content-Length",
            "Accept-Ranges",
            "ETag",
            "Last-Modified",
            "Cache-Control",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Cross-Origin-Resource-Policy",
            "Content-Disposition",
        )
        assert {name: response[name] for name in names} == {
            "Content-Type": "text/vtt; charset=utf-8",
            "Content-Length": str(SIZE),
            "Accept-Ranges": "bytes",
            "ETag": f'"{file.sha256}"',
            "Last-Modified": http_date(file.created_at.timestamp()),
            "Cache-Control": "private, max-age=300, must-revalidate",
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Content-Disposition": 'inline; filename="words.vtt"',
        }

    @pytest.mark.parametrize(
        ("name", "content", "disposition"),
        [
            ("a.png", png(), 'inline; filename="a.png"'),
            ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'attachment; filename="a.svg"'),
            ("a.pdf", b"%PDF-1.7", 'attachment; filename="a.pdf"'),
            ("a.zip", zipped(a="a"), 'attachment; filename="a.zip"'),
            ("a.txt", b"<script>", 'attachment; filename="a.txt"'),
            ('Größe "1".csv', b"1", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%221%22.csv"),
        ],
    )
    def test_only_pictures_and_media_open_in_the_page(self, client, name, content, disposition):
        response = client.get(on_shelf(content=content, name=name).get_absolute_url())
        body(response)
        assert response["Content-Disposition"] == disposition

    def test_a_head_request_has_headers_only(self, client):
        response = client.head(on_shelf().get_absolute_url())
        assert (response.status_code, response.content, response["Content-Length"]) == (200, b"", str(SIZE))

    def test_the_proxy_may_serve_the_bytes(self, client, settings):
        settings.FILES_ACCEL_PREFIX = "/protected/"
        file = on_shelf()
        response = client.get(file.get_absolute_url())
        assert (response["X-Accel-Redirect"], response.content) == (f"/protected/{file.storage_key}", b"")
        assert response["Content-Security-Policy"] == POLICY

    def test_the_policy_that_nginx_is_told_to_send_is_the_same(self):
        told = (Path(__file__).parents[2] / "docs" / "files.md").read_text()
        [block] = re.findall(r"```nginx\n(.*?)```", told, re.DOTALL)
        assert f'add_header Content-Security-Policy "{POLICY}" always;' in block

    def test_but_not_those_of_a_drawing_whose_policy_it_would_drop(self, client, settings):
        settings.FILES_ACCEL_PREFIX = "/protected/"
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
        file = on_shelf(content=drawing, name="a.svg")
        for query in ("", "?download=1"):
            response = client.get(file.get_absolute_url() + query)
            assert ("X-Accel-Redirect" in response, body(response)) == (False, drawing)
            assert response["Content-Security-Policy"] == POLICY
            assert response["X-Content-Type-Options"] == "nosniff"


RANGES = [
    ("bytes=0-6", 206, 0, 6),
    ("bytes=7-", 206, 7, SIZE - 1),
    ("bytes=-5", 206, SIZE - 5, SIZE - 1),
    ("bytes=-9999", 206, 0, SIZE - 1),
    ("bytes=5-99999", 206, 5, SIZE - 1),
    ("bytes=0-0", 206, 0, 0),
    (f"bytes={SIZE}-", 416, 0, 0),
    ("bytes=-0", 416, 0, 0),
    ("bytes=9-2", 200, 0, SIZE - 1),
    ("bytes=0-1,4-5", 200, 0, SIZE - 1),
    ("bytes=-", 200, 0, SIZE - 1),
    ("bytes=a-b", 200, 0, SIZE - 1),
    ("lines=0-1", 200, 0, SIZE - 1),
]


@pytest.mark.django_db
class TestRanges:
    @pytest.mark.parametrize(("wanted", "status", "start", "end"), RANGES)
    def test_a_range(self, client, wanted, status, start, end):
        response = client.get(on_shelf().get_absolute_url(), headers={"Range": wanted})

        assert response.status_code == status
        if status == 416:
            assert response["Content-Range"] == f"bytes */{SIZE}"
            return
        assert body(response) == CONTENT[start : end + 1]
        assert response["Content-Length"] == str(end + 1 - start)
        expected = f"bytes {start}-{end}/{SIZE}" if status == 206 else None
        assert response.headers.get("Content-Range") == expected

    @pytest.mark.parametrize(("condition", "status"), [("etag", 206), ("date", 206), ('"other"', 200), ("weak", 200)])
    def test_a_range_of_the_version_at_hand(self, client, condition, status):
        file = on_shelf()
        date = http_date(file.created_at.timestamp())
        value = {"etag": f'"{file.sha256}"', "date": date, "weak": f'W/"{file.sha256}"'}.get(condition, condition)
        response = client.get(file.get_absolute_url(), headers={"Range": "bytes=0-3", "If-Range": value})
        body(response)
        assert response.status_code == status

    def test_what_the_browser_has_is_not_sent_again(self, client):
        file = on_shelf()
        response = client.get(file.get_absolute_url(), headers={"If-None-Match": f'"{file.sha256}"'})
        assert (response.status_code, response.content) == (304, b"")
        assert response["Cache-Control"] == "private, max-age=300, must-revalidate"

    def test_not_modified_since(self, client):
        file = on_shelf()
        date = http_date(file.created_at.timestamp())
        response = client.get(file.get_absolute_url(), headers={"If-Modified-Since": date})
        assert response.status_code == 304


BIG = 50 * 1024 * 1024


def big_file(tmp_path: Path) -> StoredFile:
    """50 MB that begin like a film."""
    source = tmp_path / "film.mp4"
    with source.open("wb") as target:
        target.write(b"\0\0\0\x1cftypisom\0\0\2\0isomiso2avc1mp41")
        for number in range(BIG // 4 - 8):
            if number % 65536 == 0:
                target.write(number.to_bytes(4, "big") + bytes(4 * 65535))
        target.truncate(BIG)
    with source.open("rb") as content:
        file = stored(content, "film.mp4")
    set_usages(owner_kind="shelf", owner_id=1, file_ids={file.public_id})
    return file


@pytest.mark.django_db(transaction=True)
class TestBigFiles:
    def test_fifty_megabytes_pass_in_pieces(self, tmp_path):
        file = big_file(tmp_path)
        app = PooledHandler()
        tracemalloc.start()
        try:
            answer = run(ask(app, file.get_absolute_url(), keep=False))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (answer.status, sum(answer.pieces), answer.headers["content-length"]) == (200, BIG, str(BIG))
        assert max(answer.pieces) <= 256 * 1024
        assert peak < 8 * 1024 * 1024

    def test_seeking_reads_from_the_middle(self, tmp_path, media):
        file = big_file(tmp_path)
        start = BIG // 2 + 12345
        answer = run(
            ask(PooledHandler(), file.get_absolute_url(), headers={"Range": f"bytes={start}-{start + 299_999}"})
        )
        with (media / file.storage_key).open("rb") as content:
            content.seek(start)
            expected = content.read(300_000)
        assert (answer.status, answer.body) == (206, expected)
        assert answer.headers["content-range"] == f"bytes {start}-{start + 299_999}/{BIG}"

    def test_a_head_request_sends_no_bytes(self, tmp_path):
        answer = run(ask(PooledHandler(), big_file(tmp_path).get_absolute_url(), "HEAD"))
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", str(BIG))


@contextlib.contextmanager
def daphne(var: Path) -> Iterator[tuple[int, int]]:
    """The server that ``bin/up`` starts; yields its port and process id."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "core.server", "--fd", str(listener.fileno()), "--http-timeout", "3"]
        process = subprocess.Popen(
            [*command, "tests.files.shelf:application"],
            env={**process_environment(), "VAR_DIR": str(var)},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )
        try:
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def memory(pid: int, name: str = "VmHWM") -> int:
    """Largest resident size so far, in bytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def request(port: int, path: str) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    client.settimeout(30)
    client.connect(("127.0.0.1", port))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return client


def warm_up(port: int, path: str) -> None:
    """The first answer loads much, on a busy machine for longer than the server's limit for a request."""
    for _try in range(20):
        with request(port, path) as client:
            if (answer := client.recv(12)) == b"HTTP/1.1 200":
                return
    raise AssertionError(answer)


@pytest.mark.django_db(transaction=True)
def test_slow_readers_fill_no_memory_and_are_not_cut_off(tmp_path):
    file = big_file(tmp_path)
    with daphne(tmp_path) as (port, pid):
        warm_up(port, file.get_absolute_url())
        before = memory(pid)
        clients = [request(port, file.get_absolute_url()) for _ in range(4)]
        received = len(clients[0].recv(65536))
        # Longer than the server's limit for a request, slower than the disk.
        for _ in range(14):
            time.sleep(0.3)
            received += len(clients[0].recv(1024 * 1024))
        grown = memory(pid) - before
        while piece := clients[0].recv(1024 * 1024):
            received += len(piece)
        for client in clients:
            client.close()
    assert received > BIG
    assert grown < 20 * 1024 * 1024
