"""Files on their way: one growing file each, which alone says how much of it has arrived.

What was acknowledged is on disk. A part that breaks off, is too long or has another checksum than promised leaves nothing.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

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


def arrived(public_id: UUID) -> int:
    """How many bytes are here, on disk. Raises ``FileNotFoundError``."""
    with path_of(public_id).open("rb") as handle:
        # Bytes of a process that was killed may not have reached the disk yet.
        os.fsync(handle.fileno())
        return os.fstat(handle.fileno()).st_size


def size_now(public_id: UUID) -> int:
    """How many bytes are here at this moment, perhaps not all of them on disk; 0 if there is no file."""
    try:
        return path_of(public_id).stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def writing(public_id: UUID) -> Iterator["Growing"]:
    """The file to be made longer, by nobody else meanwhile. Raises ``FileNotFoundError``, ``Busy``."""
    # Without a buffer of its own, which would hold bytes back and write them after an error.
    with path_of(public_id).open("r+b", buffering=0) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        yield Growing(handle.fileno())


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
                    self._write(piece)
                    if hashed:
                        hashed.update(piece)
                if hashed and checksum and hashed.digest() != checksum.digest:
                    raise WrongChecksum
                os.fsync(self._number)
        except BaseException:
            self.size = begun
            os.ftruncate(self._number, begun)
            raise
        return self.size

    def _write(self, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            # A disk that is nearly full may take a part of it.
            done = os.write(self._number, left)
            self.size += done
            left = left[done:]


def remove(public_id: UUID) -> None:
    """Delete what has arrived; what is gone already is fine."""
    with suppress(FileNotFoundError):
        path_of(public_id).unlink()
