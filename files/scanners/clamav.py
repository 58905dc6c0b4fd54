"""ClamAV by its daemon: the command INSTREAM over a socket (clamd(8)). The daemon needs no access to our disk."""

import socket
from contextlib import closing
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import ProviderError
from files.scanners.base import Verdict
from files.scanners.none import NoScanner

SECONDS = 60
_PIECE = 256 * 1024
_MOST_ANSWER = 4096


class ClamAV:
    """The daemon at ``CLAMD``: ``unix:/run/clamav/clamd.ctl`` or ``tcp://127.0.0.1:3310``."""

    def scan(self, content: BinaryIO) -> Verdict:
        # Also where its own signatures lack the test file.
        if found := NoScanner().scan(content).found:
            return Verdict(found)
        content.seek(0)
        answer = self._ask(b"INSTREAM", content)
        # "stream: OK", "stream: Eicar-Signature FOUND", "INSTREAM size limit exceeded. ERROR"
        said = answer.partition(": ")[2]
        if said == "OK":
            return Verdict()
        if said.endswith(" FOUND"):
            return Verdict(said.removesuffix(" FOUND")[:100])
        raise ProviderError(
            _("The virus scanner could not look at the file. Tell the site’s administrator, then try again.")
        )

    def is_there(self) -> bool:
        try:
            return self._ask(b"PING") == "PONG"
        except ProviderError:
            return False

    def _ask(self, command: bytes, content: BinaryIO | None = None) -> str:
        try:
            with closing(_connected()) as line:
                line.sendall(b"z" + command + b"\0")
                if content is not None:
                    _stream(line, content)
                return _answer(line)
        except OSError as error:
            raise ProviderError(
                _("The virus scanner does not answer, so the file was not taken. Try again in some minutes.")
            ) from error


def _stream(line: socket.socket, content: BinaryIO) -> None:
    try:
        while piece := content.read(_PIECE):
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(bytes(4))
    except (BrokenPipeError, ConnectionResetError):
        # It has said already why it wants no more.
        return


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _MOST_ANSWER and (more := line.recv(_MOST_ANSWER)):
        said += more
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected() -> socket.socket:
    parts = urlsplit(settings.CLAMD)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        try:
            line.connect(parts.path)
        except BaseException:
            line.close()
            raise
        return line
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=SECONDS)
