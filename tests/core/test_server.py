"""What the server does with requests that come slowly, are too large or never end: by a clock of ours, then for real."""

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection

from core.server import GuardedFactory
from core.spool import Room, Spool
from tests.asgi import process_environment
from tests.files.disks import small_disk
from tests.files.test_serve import memory

PIECE = b"x" * 1024**2
LARGE = 96 * len(PIECE)
END = b"\r\n--b--\r\n"
HEAD = b"POST /api/v1/courses/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Daphne:
    """Takes note of what reaches the application."""

    server_name = None
    ws_factory = None

    def __init__(self):
        self.reached = []

    def protocol_connected(self, request):
        request.process = lambda: self.reached.append((request.method, request.content.read()))

    def protocol_disconnected(self, request):
        pass


@pytest.fixture
def limits(settings):
    settings.REQUEST_HEAD_SECONDS = 10
    settings.REQUEST_BODY_SECONDS = 20
    settings.REQUEST_LEAST_RATE = 100
    settings.REQUEST_MOST_BYTES = 5000
    settings.REQUEST_MOST_OTHER_BYTES = 2000
    return settings


@pytest.fixture
def line(limits):
    """A connection to the server, and the clock that it goes by."""
    clock, daphne = Clock(), Daphne()
    factory = GuardedFactory(daphne)
    factory.reactor = clock
    channel = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
    transport = StringTransportWithDisconnection()
    transport.protocol = channel
    transport.abortConnection = transport.loseConnection
    transport.loseWriteConnection = lambda: None
    channel.makeConnection(transport)

    def send(data: bytes, *, each: int = 0, every: float = 1.0) -> None:
        for place in range(0, len(data), each or len(data)):
            channel.dataReceived(data[place : place + (each or len(data))])
            if each:
                clock.advance(every)

    return SimpleNamespace(send=send, clock=clock, transport=transport, reached=daphne.reached)


def answered(line) -> tuple[str, str]:
    """Status and code of the problem, once the connection has ended."""
    line.clock.advance(3)
    assert line.transport.connected is False
    head, _, body = line.transport.value().partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert int(head.split(b" ")[1]) == problem["status"]
    assert b"Content-Type: application/problem+json" in head
    assert problem["type"].endswith(f"/docs/errors/{problem['code']}/")
    assert (problem["instance"], len(problem["request_id"])) == ("/api/v1/courses/", 36)
    return problem["status"], problem["code"]


def test_a_head_that_drips(line):
    line.send(HEAD + b"X-Long: " + b"x" * 100, each=10)
    assert answered(line) == (408, "request_too_slow")
    assert line.reached == []


def test_a_body_that_drips(line):
    line.send(HEAD + b"Content-Length: 1000\r\n\r\n")
    line.send(b"x" * 40)
    line.clock.advance(20)
    assert line.transport.value() == b""
    line.send(b"x" * 100, each=2)
    assert answered(line) == (408, "request_too_slow")
    assert line.reached == []


def test_a_body_that_stops(line):
    line.send(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 40)
    line.clock.pump([0.5] * 60)
    assert answered(line) == (408, "request_too_slow")


def test_a_large_body_may_take_its_time(line):
    line.send(HEAD + b"Content-Length: 1900\r\n\r\n")
    # Slower than the time for small ones, and faster than the least rate.
    line.send(b"x" * 1900, each=60)
    assert (line.reached, line.transport.value()) == ([(b"POST", b"x" * 1900)], b"")


def test_a_body_that_says_it_is_too_large_is_not_waited_for(line):
    line.send(HEAD + b"Expect: 100-continue\r\nContent-Length: 2001\r\n\r\n")
    assert answered(line) == (413, "request_too_large")


def test_a_body_in_pieces_is_counted(line):
    line.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 2)
    assert answered(line) == (413, "request_too_large")
    assert line.reached == []


def test_forms_with_files_may_be_larger(line):
    line.send(HEAD.replace(b"application/json", b"multipart/form-data; boundary=b") + b"Content-Length: 5000\r\n\r\n")
    line.send(b"x" * 5000)
    assert len(line.reached) == 1


@pytest.mark.parametrize(
    "long",
    [
        b"X-Long: " + b"x" * 17_000 + b"\r\n",
        b"X-Long: x\r\n" * 600,
        b"Cookie: " + b"c" * 9000 + b"\r\nB: " + b"b" * 9000,
    ],
)
def test_a_head_that_is_too_long(line, long):
    line.send(HEAD + long + b"\r\n\r\n")
    assert answered(line) == (431, "head_too_large")


def test_elsewhere_a_page_says_so(line):
    line.send(HEAD.replace(b"/api/v1/courses/", b"/profile/") + b"Content-Length: 9000\r\n\r\n")
    page = line.transport.value().decode()
    assert "413 Content Too Large" in page
    assert "text/html; charset=utf-8" in page
    assert "<h1>The request is too large. Nothing was stored.</h1>" in page
    assert "Content-Security-Policy: default-src 'none'" in page


def broken_disk(monkeypatch, number: int) -> list:
    """Spools whose disk takes nothing; those that were made."""
    made = []

    class Broken(Spool):
        def __init__(self, in_memory):
            super().__init__(100)
            made.append(self)

        def _put(self, content):
            if self._key:
                raise OSError(number, os.strerror(number))
            super()._put(content)

    monkeypatch.setattr("core.server.Spool", Broken)
    return made


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(errno.ENOSPC, 507, "disk_full"), (errno.EDQUOT, 507, "disk_full"), (errno.EIO, 503, "storage_down")],
)
@pytest.mark.parametrize("body", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"])
def test_a_body_for_which_there_is_no_room(line, monkeypatch, caplog, body, number, status, code):
    made = broken_disk(monkeypatch, number)
    line.send(HEAD + body)
    line.send(b"x" * 500, each=50, every=0.1)
    head = line.transport.value().partition(b"\r\n\r\n")[0]
    assert answered(line) == (status, code)
    assert b"\r\nRetry-After: " in head
    assert [spool.closed for spool in made] == [True]
    assert ("cannot be kept" in caplog.text, line.reached) == (True, [])


def test_no_room_for_the_body_of_a_form(line, monkeypatch):
    broken_disk(monkeypatch, errno.ENOSPC)
    line.send(HEAD.replace(b"/api/v1/courses/", b"/profile/") + b"Content-Length: 1000\r\n\r\n" + b"x" * 500)
    page = line.transport.value().decode()
    assert "<h1>The disk is full, so nothing was stored.</h1>" in page
    assert "Tell the site’s administrator" in page


def test_a_part_of_an_upload_stays_in_memory_and_gives_it_back(line, limits, monkeypatch):
    limits.REQUEST_MOST_OTHER_BYTES = 400_000
    room = Room(300_000)
    monkeypatch.setattr("core.server._ROOM", room)
    made = []
    spool = room.spool
    monkeypatch.setattr(room, "spool", lambda *sizes: made.append(spool(*sizes)) or made[-1])
    line.send(HEAD + b"Content-Length: 300000\r\n\r\n")
    line.send(b"x" * 200_000, each=100_000, every=0.01)
    assert ([spool.size for spool in made], room._left) == ([200_000], 0)
    line.transport.loseConnection()
    assert ([spool.closed for spool in made], room._left) == ([True], 300_000)


def test_a_disk_that_is_really_full(line, settings, monkeypatch, tmp_path):
    monkeypatch.setattr("core.server._IN_MEMORY", 100)
    monkeypatch.setattr("core.server._ROOM", Room(0))
    settings.REQUEST_MOST_OTHER_BYTES = 2_000_000
    with small_disk(tmp_path / "received", "1m") as disk:
        settings.FILE_UPLOAD_TEMP_DIR = str(disk)
        line.send(HEAD + b"Content-Length: 1500000\r\n\r\n")
        line.send(b"x" * 1_500_000, each=100_000, every=0.01)
        assert answered(line) == (507, "disk_full")
        assert os.statvfs(disk).f_bfree == os.statvfs(disk).f_blocks


def test_a_connection_that_asks_nothing_is_closed(line):
    line.clock.advance(10)
    assert (line.transport.connected, line.transport.value()) == (False, b"")


@contextlib.contextmanager
def serving(**limits: str) -> Iterator[tuple[int, int]]:
    """The server as ``bin/up`` starts it, with limits so low that nobody waits for them; its port and process id."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        process = subprocess.Popen(
            [sys.executable, "-m", "core.server", "--fd", str(listener.fileno()), "lms.asgi:application"],
            env={**process_environment(), **limits},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )
        try:
            yield listener.getsockname()[1], process.pid
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def whole(client: socket.socket) -> bytes:
    found = b""
    while piece := client.recv(65536):
        found += piece
    return found


@pytest.mark.django_db(transaction=True)
def test_the_real_server_refuses_and_goes_on():
    with serving(REQUEST_HEAD_SECONDS="1", REQUEST_BODY_SECONDS="1", REQUEST_MOST_MB="1") as (port, _pid):
        statuses = {}
        for name, sent in {
            "slow head": HEAD + b"X-Lo",
            "slow body": HEAD + b"Content-Length: 50\r\n\r\n{",
            "large": HEAD.replace(b"application/json", b"multipart/form-data; boundary=b")
            + b"Content-Length: 1048577\r\n\r\n",
            "long": HEAD + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n",
            "nested": HEAD + b"Connection: close\r\nContent-Length: 200\r\n\r\n" + b"[" * 100 + b"]" * 100,
            "fine": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        }.items():
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.sendall(sent)
                statuses[name] = int(whole(client).split(b" ")[1])
    # Who is not signed in is told so before anybody looks at how deep the body is.
    assert statuses == {"slow head": 408, "slow body": 408, "large": 413, "long": 431, "nested": 401, "fine": 200}


@pytest.mark.django_db(transaction=True)
def test_a_large_form_fills_no_memory():
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="film.webm"\r\n\r\n'
    length = len(part) + LARGE + len(END)
    form = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    with serving() as (port, pid):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            # The first answer loads much.
            client.sendall(b"GET /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert whole(client).startswith(b"HTTP/1.1 200")
        before = memory(pid)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(form + b"Content-Length: %d\r\n\r\n" % length + part)
            for _ in range(LARGE // len(PIECE)):
                client.sendall(PIECE)
            client.sendall(END)
            answer = whole(client)
        grown = memory(pid) - before
    # The form has no safety token; it was read to see that.
    assert answer.startswith(b"HTTP/1.1 403")
    assert grown < LARGE // 3
