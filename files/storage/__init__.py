"""Bytes under names of our own: on disk, or in a bucket where ``S3_BUCKET`` names one (``files.storage.base.Place``).

What is on its way lies on a disk of this machine in both.
"""

import hashlib
import io
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from django.conf import settings

from files.sealing.stream import SealedReader, SealedWriter
from files.storage.base import (
    CHUNK,
    DiskFull,
    Kept,
    Place,
    StorageDown,
    TooManyBytes,
    WrongParts,
    disk_errors,
    make_key,
    sync_folder,
)
from files.storage.disk import Disk, made_folder, root

if TYPE_CHECKING:
    from files.storage.multipart import PartsInBucket

__all__ = [
    "CHUNK",
    "DiskFull",
    "Kept",
    "Landed",
    "Received",
    "StorageDown",
    "TooManyBytes",
    "WrongParts",
    "address",
    "all_kept",
    "disk_errors",
    "exists",
    "incoming_folder",
    "is_there",
    "keep",
    "make_key",
    "old_keys",
    "opened",
    "parts",
    "receive",
    "remove",
    "sync_folder",
]

_INCOMING = "incoming"
_DISK = Disk()


@dataclass(frozen=True)
class Received:
    """Bytes that arrived in full but have no place of their own yet."""

    path: Path
    # Of the content, sealed or not.
    sha256: str
    size: int
    # What the bytes will be kept under.
    key: str = field(default_factory=make_key)
    # What the bytes are sealed with; empty for bytes that lie there as they are.
    data_key: bytes = field(default=b"", repr=False)

    def open(self) -> BinaryIO:
        """The content, seekable; the caller closes it. Raises ``FileNotFoundError``."""
        source = self.path.open("rb")
        if not self.data_key:
            return source
        return cast(BinaryIO, io.BufferedReader(SealedReader(source, self.data_key, self.key)))


@dataclass(frozen=True)
class Landed:
    """Bytes that arrived in full in the bucket, straight from who sent them, but have no lasting place there yet."""

    source: str
    # Of the version that was looked at.
    etag: str
    sha256: str
    size: int
    key: str = field(default_factory=make_key)
    data_key: bytes = field(default=b"", repr=False)

    def open(self) -> BinaryIO:
        """The content, seekable; the caller closes it. Raises ``FileNotFoundError``, ``StorageDown``."""
        return cast(BinaryIO, parts().opened(self.source, self.etag, self.size))


@contextmanager
def receive(content: BinaryIO, limit: int, *, data_key: bytes = b"") -> Iterator[Received]:
    """Write ``content`` to a temporary file, flushed to disk; it is gone afterwards unless it was kept.

    With a fresh ``data_key`` it is sealed on the way, and never lies there in plain. Raises ``TooManyBytes`` beyond
    ``limit`` bytes and ``DiskFull``.
    """
    path = root() / _INCOMING / uuid.uuid4().hex
    digest = hashlib.sha256()
    size = 0
    key = make_key()
    try:
        with disk_errors(), _open_new(path) as target:
            writer = SealedWriter(target, data_key, key) if data_key else target
            while chunk := content.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise TooManyBytes
                digest.update(chunk)
                writer.write(chunk)
            if isinstance(writer, SealedWriter):
                writer.finish()
            target.flush()
            os.fsync(target.fileno())
        yield Received(path, digest.hexdigest(), size, key, data_key)
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def incoming_folder() -> Path:
    """Where bytes lie that have no place of their own yet; what is forgotten there goes after a day."""
    return made_folder(root() / _INCOMING)


def keep(received: Received | Landed) -> str:
    """Give received bytes their lasting place; returns the storage key. Raises ``DiskFull``, ``StorageDown``."""
    if isinstance(received, Landed):
        parts().keep(received.source, received.etag, received.key)
    else:
        _place().keep(received.path, received.key)
    return received.key


def parts() -> "PartsInBucket":
    """Where files gather that are sent straight to the bucket, which there must be."""
    from files.storage.multipart import parts_in_bucket  # noqa: PLC0415 -- slow import

    return parts_in_bucket()


def opened(key: str) -> BinaryIO:
    """What is kept under a storage key, as it lies there, seekable. Raises ``FileNotFoundError``, ``StorageDown``."""
    return _place().opened(key)


def exists(key: str) -> bool:
    """Whether there are bytes under the key. Raises ``StorageDown``."""
    return _place().exists(key)


def remove(key: str) -> None:
    """Delete the bytes; what is already gone is fine. Raises ``StorageDown``."""
    _place().remove(key)


def all_kept() -> Iterator[Kept]:
    """All bytes in their place. Raises ``StorageDown``."""
    return _place().kept()


def old_keys(seconds: float) -> Iterator[str]:
    """Keys of all bytes that are older than ``seconds``; forgotten temporary files are removed on the way.

    Raises ``StorageDown``.
    """
    before = time.time() - seconds
    for path in incoming_folder().iterdir():
        # Uploads in parts go by the time that their row gives them.
        if path.suffix != ".upload":
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    # Folders are those in which a document was turned into PDF when the process was killed.
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
    for found in all_kept():
        if found.changed_at < before:
            yield found.key


def address(key: str, headers: Mapping[str, str]) -> str:
    """Where a browser may fetch the bytes itself for a minute, answered with ``headers`` (``Content-Type``,
    ``Content-Disposition``, ``Cache-Control``); empty where only we can give them out.

    Raises ``FileNotFoundError``, ``StorageDown``.
    """
    if not settings.S3_BUCKET:
        return ""
    from files.storage.bucket import bucket  # noqa: PLC0415 -- slow import

    return bucket().address(key, headers)


def is_there() -> bool:
    """Whether the place answers."""
    if not settings.S3_BUCKET:
        return True
    from files.storage.bucket import bucket  # noqa: PLC0415 -- slow import

    return bucket().is_there()


def _place() -> Place:
    if not settings.S3_BUCKET:
        return _DISK
    from files.storage.bucket import bucket  # noqa: PLC0415 -- slow import

    return bucket()


def _open_new(path: Path) -> BinaryIO:
    made_folder(path.parent)
    return path.open("xb")
