"""Bytes on disk under names of our own; what is stored survives a power cut."""

import errno
import hashlib
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

CHUNK = 256 * 1024
_KEY = re.compile(r"^[0-9a-f]{2}/[0-9a-f-]{36}$")
_INCOMING = "incoming"
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class DiskFull(DomainError):
    """No room for the bytes; nothing of them was kept."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "disk_full",
            _("The disk is full, so the file was not stored. Tell the site's administrator, then try again."),
        )


class TooManyBytes(Exception):
    """More came than the caller allows."""


@dataclass(frozen=True)
class Received:
    """Bytes that arrived in full but have no place of their own yet."""

    path: Path
    sha256: str
    size: int


def path_of(key: str) -> Path:
    """Where the bytes of a storage key lie."""
    if not _KEY.match(key):
        raise ValueError(f"not a storage key: {key!r}")
    return _root() / key


def exists(key: str) -> bool:
    return path_of(key).is_file()


@contextmanager
def receive(content: BinaryIO, limit: int) -> Iterator[Received]:
    """Write ``content`` to a temporary file, flushed to disk; it is gone afterwards unless it was kept.

    Raises ``TooManyBytes`` beyond ``limit`` bytes and ``DiskFull``.
    """
    path = _root() / _INCOMING / uuid.uuid4().hex
    digest = hashlib.sha256()
    size = 0
    try:
        with disk_errors(), _open_new(path) as target:
            while chunk := content.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise TooManyBytes
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        yield Received(path, digest.hexdigest(), size)
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def incoming_folder() -> Path:
    """Where bytes lie that have no place of their own yet; what is forgotten there goes after a day."""
    return _folder(_root() / _INCOMING)


def keep(received: Received) -> str:
    """Give received bytes their lasting place; returns the storage key.

    They stay where they were received, too, until that is removed: whoever is killed in between does it once more.
    """
    name = str(uuid.uuid4())
    key = f"{name[:2]}/{name}"
    with disk_errors():
        target = path_of(key)
        folder = _folder(target.parent)
        try:
            os.link(received.path, target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # Not every file system has two names for one file.
            os.rename(received.path, target)
        sync_folder(folder)
    return key


def remove(key: str) -> None:
    """Delete the bytes; what is already gone is fine."""
    with suppress(FileNotFoundError):
        path_of(key).unlink()


def old_keys(seconds: float) -> Iterator[str]:
    """Keys of all bytes that are older than ``seconds``; forgotten temporary files are removed on the way."""
    before = time.time() - seconds
    for folder in sorted(path for path in _root().glob("*") if path.is_dir()):
        for path in folder.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime >= before:
                    continue
                key = f"{folder.name}/{path.name}"
                if folder.name == _INCOMING:
                    # Uploads in parts go by the time that their row gives them.
                    if path.suffix != ".upload":
                        path.unlink()
                elif _KEY.match(key):
                    yield key


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def _open_new(path: Path) -> BinaryIO:
    _folder(path.parent)
    return path.open("xb")


def _folder(path: Path) -> Path:
    if not path.is_dir():
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        sync_folder(path.parent)
    return path


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk: names of files that are new in it survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Says ``DiskFull`` where the system says that there is no room."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull from error
        raise
