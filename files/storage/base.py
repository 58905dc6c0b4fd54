"""What every place for bytes must be able to do."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.utils.translation import gettext_lazy as _

from core.disks import NO_ROOM
from core.errors import DomainError, ProviderError

CHUNK = 256 * 1024
# Two places are named otherwise in MEDIA_ROOT: what is on its way, and archives of personal data.
KEY = re.compile(r"^[0-9a-f]{2}/[0-9a-f-]{36}$")


class DiskFull(DomainError):
    """No room for the bytes; nothing of them was kept."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "disk_full",
            _("The disk is full, so the file was not stored. Tell the site's administrator, then try again."),
        )


class StorageDown(ProviderError):
    """The place where files lie does not answer, or not as it should; nothing was kept or changed."""

    status = 503
    code = "storage_down"

    def __init__(self) -> None:
        super().__init__(
            _("The storage for files does not answer at the moment. Nothing was lost: try again in a minute."),
            retry_after=30,
        )


class TooManyBytes(Exception):
    """More came than the caller allows."""


class WrongParts(Exception):
    """The parts that were named are not those that arrived."""


@dataclass(frozen=True)
class Kept:
    """Bytes in their place; ``size`` is what lies there, ``changed_at`` in seconds since 1970."""

    key: str
    size: int
    changed_at: float


class Place(Protocol):
    """Keys are ours (``make_key``). Everything raises ``StorageDown`` where the place does not answer."""

    def keep(self, path: Path, key: str) -> None:
        """Give the bytes of a finished file their lasting place, whole or not at all. Raises ``DiskFull``."""

    def opened(self, key: str) -> BinaryIO:
        """The bytes as they lie there, seekable. Raises ``FileNotFoundError``."""

    def exists(self, key: str) -> bool:
        """Whether there are bytes under the key."""

    def remove(self, key: str) -> None:
        """Delete the bytes; what is already gone is fine."""

    def kept(self) -> Iterator[Kept]:
        """All that lies there under keys of ours."""


def make_key() -> str:
    """A storage key that nothing was kept under yet."""
    name = str(uuid.uuid4())
    return f"{name[:2]}/{name}"


def checked(key: str) -> str:
    """``key``, if it is one of ours. Raises ``ValueError``."""
    if not KEY.match(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


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
        if error.errno in NO_ROOM:
            raise DiskFull from error
        raise
