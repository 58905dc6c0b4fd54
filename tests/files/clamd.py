"""A daemon that speaks clamd's protocol over a socket of this machine: INSTREAM and PING, answered as clamd does."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

VIRUS = b"a virus of this test"


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Clamd = self.server  # type: ignore[assignment]
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        assert command == b"zINSTREAM\0", command
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
            if len(content) > server.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        server.seen.append(content)
        self.wfile.write(b"stream: Test.Virus FOUND\0" if VIRUS in content else b"stream: OK\0")


class Clamd(socketserver.ThreadingTCPServer):
    """``seen`` is what it was asked to look at; beyond ``most`` bytes it refuses."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.seen: list[bytes] = []
        self.most = 10**9

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def running() -> Iterator[Clamd]:
    with Clamd() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
