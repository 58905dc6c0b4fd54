"""Bytes that are needed for one request only: in memory while they are few, beyond that on disk, where they mean nothing.

What people send may be sensitive before anybody can tell. So what does not fit into memory is encrypted with a key that this
process alone has, and only in memory: what a disk keeps of it after a crash cannot be read by anybody. Memory alone would be
simpler, and a file of ``memfd_create`` is memory as well: a film of a gigabyte from three people at once would take three
gigabytes of it, or be swapped out to disk in plain.
"""

import io
import os
import tempfile
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from django.conf import settings

from core.positioned import Positioned

_KEY_BYTES = 32
_BLOCK = 16


class Spool(Positioned):
    """A temporary file without a name: written from its beginning to its end, read from any place. Beyond ``in_memory`` bytes
    it lies on disk, encrypted.

    AES-256-CTR, counted from 0 with a key of its own for each file. No byte is written twice, so no part of the key stream
    serves two contents: what is not put at the end is refused. There is no seal: nobody else can open a file that has no name,
    and what comes of it is checked as anything that people send. ``on_close`` is called once.
    """

    def __init__(self, in_memory: int, on_close: Callable[[], None] | None = None) -> None:
        self._in_memory = in_memory
        self._on_close = on_close
        self._file: BinaryIO = io.BytesIO()
        self._key = b""
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self._at != self.size:
            raise io.UnsupportedOperation("only the end can be written")
        given = memoryview(data).cast("B")
        if not self._key and self.size + len(given) > self._in_memory:
            self._go_to_disk()
        self._put(given)
        self._at = self.size
        return len(given)

    def readinto(self, target: Any) -> int:
        space = memoryview(target).cast("B")
        found = self._get(self._at, min(len(space), max(0, self.size - self._at)))
        space[: len(found)] = found
        self._at += len(found)
        return len(found)

    def readall(self) -> bytes:
        found = self._get(self._at, max(0, self.size - self._at))
        self._at += len(found)
        return found

    def part(self, start: int, length: int) -> bytes:
        """``length`` bytes from ``start`` on, fewer at the end; where the file is being read does not change."""
        return self._get(start, min(length, max(0, self.size - start)))

    def close(self) -> None:
        on_close, self._on_close = self._on_close, None
        self._file.close()
        super().close()
        if on_close is not None:
            on_close()

    def _go_to_disk(self) -> None:
        held = self._get(0, self.size)
        self._file = tempfile.TemporaryFile(buffering=0, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 -- closed with this one
        self._key, self.size = os.urandom(_KEY_BYTES), 0
        self._put(memoryview(held))

    def _put(self, content: memoryview) -> None:
        stored = memoryview(self._turned(self.size, content) if self._key else content)
        self._file.seek(self.size)
        while stored:
            # A disk that is nearly full may take a part of it.
            done = self._file.write(stored)
            self.size += done
            stored = stored[done:]

    def _get(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        found = bytearray()
        while len(found) < length and (piece := self._file.read(length - len(found))):
            found += piece
        return self._turned(start, found) if self._key else bytes(found)

    def _turned(self, start: int, content: Any) -> bytes:
        """``content``, which stands at ``start``, encrypted or decrypted, which is the same."""
        block, inside = divmod(start, _BLOCK)
        cipher = Cipher(AES256(self._key), CTR(block.to_bytes(_BLOCK, "big"))).encryptor()
        cipher.update(bytes(inside))
        return cipher.update(content)


class Room:
    """Memory that all spools of a process may have together, beside the little that each has anyway."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = threading.Lock()

    def spool(self, length: int, otherwise: int) -> Spool:
        """One for ``length`` bytes in memory, as long as it is open; where there is no room for them, one with
        ``otherwise`` bytes in memory."""
        with self._lock:
            if length > self._left:
                return Spool(otherwise)
            self._left -= length
        return Spool(length, on_close=lambda: self._give_back(length))

    def _give_back(self, length: int) -> None:
        with self._lock:
            self._left += length
