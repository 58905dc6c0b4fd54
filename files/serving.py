"""The HTTP answer that carries a file: ranges, conditions, and headers that keep it harmless."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from files import storage
from files.media_types import INLINE, OPENED
from files.models import StoredFile
from files.sealing.stream import Tampered
from files.services.archives import Archive, FileLost
from files.services.reading import note_broken_seal, opened, watched
from files.zipping import MemberLost, pieces

logger = logging.getLogger("aumbry.files")

# A browser shows what it has for this long before it asks again whether the reader still may.
MAX_AGE = 300

# Nothing in a file may run or fetch, wherever it is opened from.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'"

DRAWING = "image/svg+xml"

# To be led to the bucket is to have them.
_WITH_BYTES = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.FOUND})

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


def file_answer(
    request: HttpRequest,
    file: StoredFile,
    *,
    name: str = "",
    as_attachment: bool | None = None,
    check: Callable[[HttpResponseBase], None] | None = None,
) -> HttpResponseBase:
    """The bytes of ``file`` as the request asks for them; the caller has checked that it may.

    ``name``: what it is saved as, if not as it was stored; ``as_attachment``: whether it is saved and not shown, if its
    kind does not decide. What could be active is never shown. ``check`` sees the answer before anything of it is sent, to
    count it; what it raises is raised. Then the bytes always come from here, as a bucket or a proxy would decide by itself
    which of them it sends, and how often.

    From a bucket most are led to an address there that is good for a minute. Raises ``FileNotFoundError`` if the bytes are
    lost; ``SealBroken``, as far as that shows where the answer begins; ``ProviderError``. What shows later breaks the answer
    off.
    """
    etag = f'"{file.sha256}"'
    shown_as = _disposition(file, name, as_attachment)
    modified = int(file.created_at.timestamp())
    answer: HttpResponseBase | None
    if check is None and settings.S3_BUCKET and _may_come_from_a_bucket(file):
        answer = get_conditional_response(request, etag, modified)
        if answer is None and request.method != "HEAD":
            return _redirect(file, shown_as)
        if answer is None:
            # An address would be one for reading, and asking for headers is not written down as reading.
            answer = HttpResponse()
            answer["Content-Length"] = str(file.size)
        return _with_headers(answer, file, etag, modified, shown_as)
    if check is None and not settings.S3_BUCKET and settings.FILES_ACCEL_PREFIX and _may_come_from_a_proxy(file):
        answer = HttpResponse()
        answer["X-Accel-Redirect"] = f"{settings.FILES_ACCEL_PREFIX.rstrip('/')}/{file.storage_key}"
        return _with_headers(answer, file, etag, modified, shown_as)
    with watched(file):
        handle = opened(file)
        try:
            answer = get_conditional_response(request, etag, modified)
            if answer is None:
                answer = _wanted_bytes(request, handle, file, etag, modified)
            if check is not None:
                check(answer)
        except BaseException:
            handle.close()
            raise
    if not answer.streaming:
        handle.close()
    return _with_headers(answer, file, etag, modified, shown_as)


def _may_come_from_a_bucket(file: StoredFile) -> bool:
    """Whether a browser may have it from the bucket itself.

    Not what is sealed. Text neither, as players take captions from their own site alone and scripts ask for text; nor
    drawings, which have a policy of their own with our answer. Both are small.
    """
    return not (file.is_sealed or file.media_type.startswith("text/") or file.media_type == DRAWING)


def _may_come_from_a_proxy(file: StoredFile) -> bool:
    """Whether nginx may send it. Not what is sealed; nor drawings, whose policy must not depend on how nginx is set up: of
    our answer it keeps only a few headers."""
    return not (file.is_sealed or file.media_type == DRAWING)


def _redirect(file: StoredFile, shown_as: str) -> HttpResponse:
    headers = {
        "Content-Type": file.media_type,
        "Content-Disposition": shown_as,
        "Cache-Control": f"private, max-age={MAX_AGE}",
    }
    answer = HttpResponseRedirect(storage.address(file.storage_key, headers))
    answer["Cache-Control"] = "private"
    # An address that opens the file for a minute is nobody else's business.
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _wanted_bytes(
    request: HttpRequest, handle: BinaryIO, file: StoredFile, etag: str, modified: int
) -> HttpResponseBase:
    try:
        span = _wanted_span(request, file.size, etag, modified)
    except NotSatisfiable:
        answer = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        answer["Content-Range"] = f"bytes */{file.size}"
        return answer
    if file.is_sealed:
        # Opens the piece where the answer begins, while there still can be another answer.
        handle.seek(span.start if span else 0)
        handle.read(1)
    return _bytes_answer(request, handle, file.size, span, file)


def is_fetched(request: HttpRequest, file: StoredFile, answer: HttpResponseBase) -> bool:
    """Whether ``answer`` is ``file`` to keep, from its beginning on: no picture in a page, no later piece of it."""
    return file.media_type not in INLINE and is_begun(request, answer)


def hands_out(request: HttpRequest, answer: HttpResponseBase) -> bool:
    """Whether whoever gets ``answer`` has bytes of the file by it: no headers alone, nothing that they have already."""
    return request.method == "GET" and answer.status_code in _WITH_BYTES


def is_begun(request: HttpRequest, answer: HttpResponseBase) -> bool:
    """Whether ``answer`` has the beginning of a file, and not only a later piece of it."""
    if not hands_out(request, answer):
        return False
    if answer.status_code == HTTPStatus.FOUND:
        # Which bytes are asked for there the request says.
        return request.headers.get("Range", "bytes=0-").replace(" ", "").startswith("bytes=0-")
    if answer.status_code == HTTPStatus.PARTIAL_CONTENT:
        return answer["Content-Range"].startswith("bytes 0-")
    return True


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


def archive_answer(request: HttpRequest, archive: Archive, *, name: str, note: Callable[[], None]) -> HttpResponseBase:
    """Several files as one ZIP, made while it is sent; the caller has checked that they may be had. ``note`` writes down that
    they are fetched, as soon as the first bytes are there; what it raises is raised.

    Raises ``FileLost`` and ``ProviderError`` as far as that shows where the answer begins. What shows later breaks it off,
    and by its length whoever receives it knows.
    """
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse()
    else:
        content = (_AsyncArchive if isinstance(request, ASGIRequest) else _Archive)(archive)
        try:
            note()
        except BaseException:
            content.close()
            raise
        answer = StreamingHttpResponse(content)
    answer["Content-Length"] = str(archive.length)
    answer["Content-Type"] = "application/zip"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _with_headers(
    answer: HttpResponseBase,
    file: StoredFile,
    etag: str,
    modified: int,
    shown_as: str,
) -> HttpResponseBase:
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(modified)
    answer["Cache-Control"] = f"private, max-age={MAX_AGE}, must-revalidate"
    answer["Content-Security-Policy"] = POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    if answer.status_code == HTTPStatus.NOT_MODIFIED:
        return answer
    answer["Accept-Ranges"] = "bytes"
    answer["Content-Disposition"] = shown_as
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        text = file.media_type.startswith("text/")
        answer["Content-Type"] = f"{file.media_type}; charset=utf-8" if text else file.media_type
    return answer


def _disposition(file: StoredFile, name: str, as_attachment: bool | None) -> str:
    attached = bool(as_attachment) or file.media_type not in OPENED
    return content_disposition_header(attached, name or file.name) or "attachment"


def _bytes_answer(
    request: HttpRequest, handle: BinaryIO, size: int, span: Span | None, file: StoredFile | None = None
) -> HttpResponseBase:
    part = span or Span(0, size - 1)
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse()
    elif isinstance(request, ASGIRequest):
        answer = StreamingHttpResponse(_AsyncBytes(handle, part, file))
    else:
        answer = StreamingHttpResponse(_Bytes(handle, part, file))
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
    """Part of an open file, in pieces; closing the answer closes the file. A seal that is broken breaks it off."""

    def __init__(self, handle: BinaryIO, span: Span, file: StoredFile | None) -> None:
        self._handle, self._file = handle, file
        self._left = span.length
        handle.seek(span.start)

    def close(self) -> None:
        self._handle.close()

    def _next(self) -> bytes:
        piece = self._handle.read(min(storage.CHUNK, self._left))
        self._left -= len(piece)
        return piece

    def __iter__(self) -> Iterator[bytes]:
        try:
            while piece := self._next():
                yield piece
        except Tampered:
            if self._file is not None:
                note_broken_seal(self._file)
            raise


class _AsyncBytes(_Bytes):
    """The same for the event loop, which must not wait for a disk."""

    __iter__ = None  # type: ignore[assignment]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while piece := await asyncio.to_thread(self._next):
                yield piece
        except Tampered:
            if self._file is not None:
                await database_sync_to_async(note_broken_seal)(self._file)
            raise


class _Archive:
    """An archive in pieces; closing the answer closes the file that is being read. A file that is lost breaks it off."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._pieces = pieces(archive.members)
        try:
            # While there still can be another answer.
            self._first = self._next()
        except MemberLost as lost:
            self._note(lost)
            raise FileLost(archive.file_at(lost.member).name) from lost

    def close(self) -> None:
        # One that is being read in another thread at this moment is closed when it has been.
        with suppress(ValueError):
            self._pieces.close()

    def _next(self) -> bytes:
        return next(self._pieces, b"")

    def _note(self, lost: MemberLost) -> None:
        file = self._archive.file_at(lost.member)
        if isinstance(lost.__cause__, Tampered):
            note_broken_seal(file.shown.stored)
        else:
            logger.error("bytes of a file are lost", exc_info=lost, extra={"file": str(file.public_id)})

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        try:
            while piece := self._next():
                yield piece
        except MemberLost as lost:
            self._note(lost)
            raise


class _AsyncArchive(_Archive):
    """The same for the event loop, which must not wait for a disk."""

    __iter__ = None  # type: ignore[assignment]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._first
        try:
            while piece := await asyncio.to_thread(self._next):
                yield piece
        except MemberLost as lost:
            await database_sync_to_async(self._note)(lost)
            raise
