"""The server process: Daphne, which hands a request over when it is there whole, with limits until it is.

``python -m core.server`` takes what ``daphne`` takes. Daphne itself waits for a body as long as a byte comes each minute,
and keeps as much of it as is sent; the application cannot see either. So how long the head and the body may take, and how
large they may be, is decided here (``REQUEST_…`` in the settings). Who is refused is told why: by problem details under
``/api/``, else by a page.
"""

import io
import json
from dataclasses import dataclass
from typing import Any

import daphne.server
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from twisted.web import http

from core.ids import new_public_id

# Who was refused may read the answer for so long before the connection is cut.
_LINGER = 2.0
_LOOK_EACH = 0.5
_HEADERS = (
    "Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'\r\n"
)


@dataclass(frozen=True)
class Refusal:
    code: str
    status: int
    reason: str
    title: Any


BAD = Refusal("bad_request", 400, "Bad Request", _("The request could not be read."))
SLOW = Refusal(
    "request_too_slow", 408, "Request Timeout", _("The request took too long to arrive. Nothing was stored.")
)
LARGE = Refusal("request_too_large", 413, "Content Too Large", _("The request is too large. Nothing was stored."))
LONG = Refusal(
    "head_too_large",
    431,
    "Request Header Fields Too Large",
    _("The address or the headers of the request are too long."),
)


class Request(WebRequest):  # type: ignore[misc]
    """Daphne's request. Its body stays in the file that it came into: ``core.asgi`` takes it from ``body``.

    Twisted would read forms, and Daphne all of any body, into memory, a film several times.
    """

    body: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "parsePOSTFormSubmission": False})

    def process(self) -> Any:
        self.body = self.content
        self.content: Any = io.BytesIO()
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
        super().rawDataReceived(data)

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
    request_id = str(new_public_id())
    if path.startswith(b"/api/"):
        kind = "application/problem+json"
        text = json.dumps(
            {
                "type": f"{settings.SITE_URL}/docs/errors/{refusal.code}/",
                "title": str(refusal.title),
                "status": refusal.status,
                "code": refusal.code,
                "instance": path.split(b"?")[0].decode("ascii", "replace"),
                "request_id": request_id,
            }
        )
    else:
        kind = "text/html; charset=utf-8"
        context = {"title": refusal.title, "status": refusal.status, "request_id": request_id}
        text = render_to_string("errors/cut_off.html", context)
    body = text.encode()
    head = (
        f"HTTP/1.1 {refusal.status} {refusal.reason}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"X-Request-ID: {request_id}\r\n{_HEADERS}\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    # Daphne has no setting for it.
    daphne.server.HTTPFactory = GuardedFactory
    CommandLineInterface.entrypoint()
