"""Files on their way: one growing file each, which alone says how much of it has arrived.

What was acknowledged is on disk. A part that breaks off, is too long or has another checksum than promised leaves nothing.
With a key the bytes are sealed while they gather (``files.sealing.growing``); each time the same key is given, and no other one.
"""

import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from files.sealing.growing import GrownReader, SealedGrowth, newest_end, size_told
from files.storage import CHUNK, TooManyBytes, disk_errors, incoming_folder, sync_folder

ALGORITHMS = ("sha256", "sha1", "md5")


class Busy(Exception):
    """Somebody else is writing to it at this moment."""


class WrongChecksum(Exception):
    """The bytes are not those that the sender meant."""


@dataclass(frozen=True)
class Checksum:
    """What the bytes of a part hash to; ``algorithm`` is one of ``ALGORITHMS``."""

    algorithm: str
    digest: bytes


def path_of(public_id: UUID) -> Path:
    """Where the bytes gather."""
    return incoming_folder() / f"{public_id}.upload"


def begin(public_id: UUID) -> None:
    """Make the file, empty. Raises ``DiskFull``."""
    with disk_errors():
        os.close(os.open(path_of(public_id), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
        sync_folder(incoming_folder())


def arrived(public_id: UUID, key: bytes = b"") -> int:
    """How many bytes are here for good, on disk. Raises ``FileNotFoundError``, and ``Busy`` while a part is received: it may
    be taken back."""
    with path_of(public_id).open("rb") as handle:
        _lock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        # Bytes of a process that was killed may not have reached the disk yet.
        os.fsync(handle.fileno())
        if key:
            return newest_end(handle.fileno(), AESGCM(key), str(public_id)).size
        return os.fstat(handle.fileno()).st_size


def size_now(public_id: UUID, *, is_sealed: bool = False) -> int:
    """How many bytes are here at this moment, perhaps not all of them on disk; 0 if there is no file."""
    try:
        with path_of(public_id).open("rb") as handle:
            return size_told(handle.fileno()) if is_sealed else os.fstat(handle.fileno()).st_size
    except FileNotFoundError:
        return 0


@contextmanager
def opened(public_id: UUID, key: bytes = b"") -> Iterator[BinaryIO]:
    """The content, seekable; until it is closed nobody writes to it. Raises ``FileNotFoundError``, and ``Tampered`` when
    sealed bytes are read."""
    with path_of(public_id).open("rb") as handle:
        # Whoever holds it is about to be refused, as the upload is over.
        _lock(handle, fcntl.LOCK_SH)
        if not key:
            yield handle
            return
        reader = GrownReader(os.dup(handle.fileno()), key, str(public_id))
        with cast(BinaryIO, io.BufferedReader(reader, buffer_size=CHUNK)) as content:
            yield content


@contextmanager
def writing(public_id: UUID, key: bytes = b"") -> Iterator["Growing"]:
    """The file to be made longer, by nobody else meanwhile. Raises ``FileNotFoundError``, ``Busy``."""
    # Without a buffer of its own, which would hold bytes back and write them after an error.
    with path_of(public_id).open("r+b", buffering=0) as handle:
        _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield SealedGrowing(handle.fileno(), key, str(public_id)) if key else Growing(handle.fileno())


class Growing:
    """A file that one part after the other is put behind."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.size = os.fstat(number).st_size

    def append(self, content: BinaryIO, *, most: int, checksum: Checksum | None = None) -> int:
        """Put ``content`` behind what is here, flushed to disk; returns the size then.

        Raises ``TooManyBytes`` beyond ``most`` bytes in all, ``WrongChecksum``, ``DiskFull``; nothing is added then.
        """
        begun = self.size
        hashed = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        os.lseek(self._number, begun, os.SEEK_SET)
        try:
            with disk_errors():
                while piece := content.read(CHUNK):
                    if self.size + len(piece) > most:
                        raise TooManyBytes
                    self._add(piece)
                    if hashed:
                        hashed.update(piece)
                if hashed and checksum and hashed.digest() != checksum.digest:
                    raise WrongChecksum
                self._settle()
        except BaseException:
            self._take_back(begun)
            raise
        return self.size

    def _add(self, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            # A disk that is nearly full may take a part of it.
            done = os.write(self._number, left)
            self.size += done
            left = left[done:]

    def _settle(self) -> None:
        os.fsync(self._number)

    def _take_back(self, begun: int) -> None:
        self.size = begun
        os.ftruncate(self._number, begun)


class SealedGrowing(Growing):
    """The same, sealed."""

    def __init__(self, number: int, key: bytes, name: str) -> None:
        super().__init__(number)
        self._growth = SealedGrowth(number, key, name)
        self.size = self._growth.size

    def _add(self, piece: bytes) -> None:
        self._growth.add(piece)
        self.size = self._growth.size

    def _settle(self) -> None:
        self._growth.commit()

    def _take_back(self, begun: int) -> None:
        self.size = begun
        self._growth.take_back()


def remove(public_id: UUID) -> None:
    """Delete what has arrived; what is gone already is fine."""
    with suppress(FileNotFoundError):
        path_of(public_id).unlink()


def _lock(handle: BinaryIO, how: int) -> None:
    """Hold the file until it is closed; raises ``Busy`` if it is not to be waited for."""
    try:
        fcntl.flock(handle, how)
    except BlockingIOError as error:
        raise Busy from error
