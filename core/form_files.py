"""Files of forms that are too large for memory: they stay where they came in, which is the request's body."""

import io
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParserError

from core.positioned import Positioned
from core.spool import Spool

# A file that is no larger is copied out of the body, into memory.
_HELD = 64 * 1024
# Django's parser has read so far beyond what it hands out, at most; further back nothing is looked for.
_AHEAD = 1024 * 1024
_END_OF_HEAD = b"\r\n\r\n"


class Within(Positioned):
    """A file that stands in ``body`` from ``start`` on. It can be read as long as that is open, and does not close it."""

    def __init__(self, body: Spool, start: int, size: int) -> None:
        self._body, self._start, self.size = body, start, size

    def readinto(self, target: Any) -> int:
        space = memoryview(target).cast("B")
        found = self._body.part(self._start + self._at, min(len(space), max(0, self.size - self._at)))
        space[: len(found)] = found
        self._at += len(found)
        return len(found)


class SpoolUploadHandler(FileUploadHandler):
    """For ``FILE_UPLOAD_HANDLERS``. A large file is not written a second time where the body is a ``Spool``, as our handler of
    requests has it; elsewhere, or where it was sent in another encoding, it has a spool of its own.

    Django's parser does not say where in the body it is. So the head of the file's part is looked for behind what was read,
    and where that ends the bytes must be those that the parser gave; and where the file ends, the form's boundary must be.
    """

    _body: Spool | None = None
    _boundary = b""
    # Where the file begins in the body, once that is known, and whether it was looked for.
    _start: int | None = None
    _is_looked_for = False

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: Any, boundary: Any, encoding: Any = None
    ) -> None:
        """Remember the body; Django's parser reads it."""
        # Django has no public name for it. Should it be called otherwise one day, files are copied as elsewhere.
        body = getattr(input_data, "_stream", None)
        self._body, self._boundary = (body if isinstance(body, Spool) else None), b"--" + boundary

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        # With room for the piece that tells where it is.
        self.file = Spool(_HELD + self.chunk_size)
        self._start, self._is_looked_for = None, self._body is None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._start is not None:
            return
        self.file.write(raw_data)
        if not self._is_looked_for and self.file.size >= _HELD:
            self._is_looked_for = True
            self._start = self._place()
            if self._start is not None:
                self.file.close()

    def file_complete(self, file_size: int) -> UploadedFile:
        """The file. Raises ``MultiPartParserError``, which is answered by 400, for a form that cannot be what it seems."""
        content: Spool | Within = self.file
        if self._body is not None and self._start is not None:
            content = Within(self._body, self._start, file_size)
            if not self._ends_here(self._body, self._start + file_size):
                raise MultiPartParserError("the file does not end where the form says so")
        content.seek(0)
        told = (self.file_name, self.content_type, file_size, self.charset, self.content_type_extra)
        return UploadedFile(io.BufferedReader(content), *told)

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()

    def _place(self) -> int | None:
        """Where the file begins in the body that ``self.file`` is the beginning of; None if that cannot be told."""
        if self._body is None:
            return None
        last = self._body.tell() - self.file.size
        first = max(0, last - _AHEAD)
        before = self._body.part(first, max(0, last - first))
        # No content has the boundary in it: the last one before the file is that of its own part.
        boundary = before.rfind(self._boundary)
        head = before.find(_END_OF_HEAD, boundary)
        if boundary < 0 or head < 0:
            return None
        start = first + head + len(_END_OF_HEAD)
        is_same = self._body.part(start, self.file.size) == self.file.part(0, self.file.size)
        return start if is_same else None

    def _ends_here(self, body: Spool, end: int) -> bool:
        after = body.part(end, len(self._boundary) + 2)
        return any(after.startswith(line + self._boundary) for line in (b"\r\n", b"\n", b""))
