"""The HTTP answer that carries a file: ranges, conditions, and headers that keep it harmless."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from files import storage
from files.media_types import INLINE
from files.models import StoredFile

# A browser shows what it has for this long before it asks again whether the reader still may.
MAX_AGE = 300

# Nothing in a file may run or fetch, wherever it is opened from.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'"

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


@dataclass(frozen=True)
class Span:
    """Bytes ``start`` to ``end``, both included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1


class NotSatisfiable(Exception):
    """The range begins behind the end of the file."""


def file_answer(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """The bytes of ``file`` as the request asks for them; the caller has checked that it may.

    Raises ``FileNotFoundError`` if the bytes are lost.
    """
    etag = f'"{file.sha256}"'
    modified = int(file.created_at.timestamp())
    answer: HttpResponseBase | None
    if settings.FILES_ACCEL_PREFIX:
        answer = HttpResponse()
        answer["X-Accel-Redirect"] = f"{settings.FILES_ACCEL_PREFIX.rstrip('/')}/{file.storage_key}"
        return _with_headers(answer, file, etag, modified)
    handle = storage.path_of(file.storage_key).open("rb")
    answer = get_conditional_response(request, etag, modified)
    if answer is None:
        try:
            span = _wanted_span(request, file.size, etag, modified)
        except NotSatisfiable:
            answer = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            answer["Content-Range"] = f"bytes */{file.size}"
        else:
            answer = _bytes_answer(request, handle, file.size, span)
    if not answer.streaming:
        handle.close()
    return _with_headers(answer, file, etag, modified)


def is_fetched(request: HttpRequest, file: StoredFile, answer: HttpResponseBase) -> bool:
    """Whether ``answer`` is ``file`` to keep, from its beginning on: no picture in a page, no later piece of it."""
    if request.method != "GET" or file.media_type in INLINE:
        return False
    if answer.status_code == HTTPStatus.PARTIAL_CONTENT:
        return answer["Content-Range"].startswith("bytes 0-")
    return answer.status_code == HTTPStatus.OK


def download(request: HttpRequest, handle: BinaryIO, *, name: str, media_type: str) -> HttpResponseBase:
    """Send an open file of our own making, such as an export, in pieces; the answer closes it."""
    size = handle.seek(0, os.SEEK_END)
    answer = _bytes_answer(request, handle, size, None)
    if not answer.streaming:
        handle.close()
    answer["Content-Type"] = media_type
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _with_headers(answer: HttpResponseBase, file: StoredFile, etag: str, modified: int) -> HttpResponseBase:
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(modified)
    answer["Cache-Control"] = f"private, max-age={MAX_AGE}, must-revalidate"
    answer["Content-Security-Policy"] = POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    if answer.status_code == HTTPStatus.NOT_MODIFIED:
        return answer
    answer["Accept-Ranges"] = "bytes"
    as_attachment = file.media_type not in INLINE
    answer["Content-Disposition"] = content_disposition_header(as_attachment, file.name) or "attachment"
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        text = file.media_type.startswith("text/")
        answer["Content-Type"] = f"{file.media_type}; charset=utf-8" if text else file.media_type
    return answer


def _bytes_answer(request: HttpRequest, handle: BinaryIO, size: int, span: Span | None) -> HttpResponseBase:
    part = span or Span(0, size - 1)
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse()
    elif isinstance(request, ASGIRequest):
        answer = StreamingHttpResponse(_AsyncBytes(handle, part))
    else:
        answer = StreamingHttpResponse(_Bytes(handle, part))
    answer["Content-Length"] = str(part.length)
    if span is not None:
        answer.status_code = HTTPStatus.PARTIAL_CONTENT
        answer["Content-Range"] = f"bytes {span.start}-{span.end}/{size}"
    return answer


def _wanted_span(request: HttpRequest, size: int, etag: str, modified: int) -> Span | None:
    """The one range asked for, or None for the whole file.

    Several ranges at once, and ranges of another version (``If-Range``), are answered with the
    whole file, as RFC 9110 allows.
    """
    match = _RANGE.match(request.headers.get("Range", "").replace(" ", ""))
    if match is None or not _is_same_version(request.headers.get("If-Range"), etag, modified):
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size)
        if not length:
            raise NotSatisfiable
        return Span(size - length, size - 1)
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise NotSatisfiable
    return Span(start, end)


def _is_same_version(condition: str | None, etag: str, modified: int) -> bool:
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return condition == etag
    return parse_http_date_safe(condition) == modified


class _Bytes:
    """Part of an open file, in pieces; closing the answer closes the file."""

    def __init__(self, handle: BinaryIO, span: Span) -> None:
        self._handle = handle
        self._left = span.length
        handle.seek(span.start)

    def close(self) -> None:
        self._handle.close()

    def _next(self) -> bytes:
        piece = self._handle.read(min(storage.CHUNK, self._left))
        self._left -= len(piece)
        return piece

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._next():
            yield piece


class _AsyncBytes(_Bytes):
    """The same for the event loop, which must not wait for a disk."""

    __iter__ = None  # type: ignore[assignment]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self._next):
            yield piece
