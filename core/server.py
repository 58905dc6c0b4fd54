"""The server process: Daphne, which hands a request over when it is there whole, with limits until it is.

``python -m core.server`` takes what ``daphne`` takes. Daphne itself waits for a body as long as a byte comes each minute,
and keeps as much of it as is sent; the application cannot see either. So how long the head and the body may take, and how
large they may be, is decided here (``REQUEST_…`` in the settings). Who is refused is told why, also where the disk has no room
for a body: ``core.refusals``.
"""

import io
import logging
from typing import Any

import daphne.server
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.web import http

from core.refusals import BAD, LARGE, LONG, SLOW, Refusal, refusal_for, refusal_parts
from core.spool import Room, Spool

# Who was refused may read the answer for so long before the connection is cut.
_LINGER = 2.0
_LOOK_EACH = 0.5
# Of a body; as each connection has one, less than of a file that is being looked at.
_IN_MEMORY = 100_000
# A part of an upload need not be written twice, while only few are on their way.
_LONGEST_IN_ROOM = 8 * 1024**2
_ROOM = Room(4 * _LONGEST_IN_ROOM)
logger = logging.getLogger("aumbry.request")


class Request(WebRequest):  # type: ignore[misc]
    """Daphne's request. Its body stays in the file that it came into: ``core.asgi`` takes it from ``body``.

    Twisted would read forms, and Daphne all of any body, into memory, a film several times.
    """

    body: Any = None
    content: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:
        # Twisted's own file lies on disk as it was sent.
        if length is not None and _IN_MEMORY < length <= _LONGEST_IN_ROOM:
            self.content = _ROOM.spool(length, _IN_MEMORY)
        else:
            self.content = Spool(_IN_MEMORY)

    def process(self) -> Any:
        self.body = self.content
        self.content = io.BytesIO()
        return super().process()


class GuardedChannel(http.HTTPChannel):  # type: ignore[misc]
    """One connection. A request's head and its body each have a time and a size."""

    _clock: Any = None
    _refused = False
    _received = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        self._watch_head()

    def dataReceived(self, data: bytes) -> None:
        if self._refused:
            # Taken and dropped: closing at once would take the answer away from who is still sending.
            return
        self._watch_head()
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        if not self._refused:
            # Also what came together with the request before this one.
            self._watch_head()
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        self._refuse(LONG)

    def allHeadersReceived(self) -> None:
        self._stop_clock()
        headers = self.requests[-1].requestHeaders
        kind = (headers.getRawHeaders(b"Content-Type") or [b""])[0]
        is_of_files = kind.startswith((b"multipart/", b"application/offset+octet-stream"))
        self._most = settings.REQUEST_MOST_BYTES if is_of_files else settings.REQUEST_MOST_OTHER_BYTES
        if self.length and self.length > self._most:
            self._refuse(LARGE)
            return
        super().allHeadersReceived()
        if self.length != 0:
            self._received, self._begun = 0, self._now()
            self._look_at_body()

    def rawDataReceived(self, data: bytes) -> None:
        if self._refused:
            return
        if not self._handlingRequest:
            self._received += len(data)
            if self._received > self._most:
                self._refuse(LARGE)
                return
        try:
            super().rawDataReceived(data)
        except OSError as error:
            # The spool's disk. What came so far gives its room back before anybody is told.
            logger.exception("a request's body cannot be kept")
            self.requests[-1].content.close()
            self._refuse(refusal_for(error))

    def allContentReceived(self) -> None:
        self._stop_clock()
        super().allContentReceived()

    def connectionLost(self, reason: Any) -> None:
        self._stop_clock()
        super().connectionLost(reason)

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted's own answer to what is no HTTP, and to more headers than it takes.
        too_long = self._receivedHeaderSize > self.totalHeadersSize or self._receivedHeaderCount > self.maxHeaders
        self._refuse(LONG if too_long else BAD)

    def _now(self) -> float:
        return float(self.factory.reactor.seconds())

    def _watch_head(self) -> None:
        if self._clock is None and not self._handlingRequest:
            self._clock = self.callLater(settings.REQUEST_HEAD_SECONDS, self._refuse, SLOW)

    def _look_at_body(self) -> None:
        allowed = settings.REQUEST_BODY_SECONDS + self._received / settings.REQUEST_LEAST_RATE
        if self._now() - self._begun > allowed:
            self._clock = None
            self._refuse(SLOW)
        else:
            self._clock = self.callLater(_LOOK_EACH, self._look_at_body)

    def _stop_clock(self) -> None:
        if self._clock is not None and self._clock.active():
            self._clock.cancel()
        self._clock = None

    def _refuse(self, refusal: Refusal) -> None:
        if self._refused:
            return
        self._refused = True
        self._stop_clock()
        self.setTimeout(None)
        if not self.requests and refusal is SLOW:
            # Nobody has asked for anything: a connection that browsers open in advance, or keep.
            self.loseConnection()
            return
        self.transport.write(_answer(refusal, getattr(self, "_path", b"")))
        # Who reads to the end has it now; who goes on sending has a moment.
        self.transport.loseWriteConnection()
        self._clock = self.callLater(_LINGER, self.transport.abortConnection)


class GuardedFactory(HTTPFactory):  # type: ignore[misc]
    protocol = GuardedChannel

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol


def _answer(refusal: Refusal, path: bytes) -> bytes:
    headers, body = refusal_parts(refusal, path.decode("ascii", "replace"))
    lines = [
        f"HTTP/1.1 {refusal.status} {refusal.reason}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


if __name__ == "__main__":
    # Daphne has no setting for it.
    daphne.server.HTTPFactory = GuardedFactory
    CommandLineInterface.entrypoint()
