"""Comparing what the database says of files with what lies in storage."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from core.errors import ProviderError
from files import storage
from files.models import StoredFile
from files.sealing.stream import Tampered
from files.services.previews import render_later
from files.services.reading import note_broken_seal, opened
from files.services.removing import remove_bytes
from files.services.store import UNUSED_FOR

_ROWS = 500


class Trouble(StrEnum):
    """What can be wrong; the words are those of the table that ``reconcile_files`` prints."""

    MISSING = "bytes are missing"
    NO_ROW = "bytes without a row"
    SIZE = "size differs"
    SEAL = "seal is broken"
    KEY = "key cannot be had"
    CONTENT = "content differs"


@dataclass(frozen=True)
class Finding:
    """``file`` is the public id of the row, if there is one."""

    trouble: Trouble
    storage_key: str
    file: str = ""
    detail: str = ""
    is_mended: bool = False


def reconcile(*, repair: bool = False, read_all: bool = False) -> Iterator[Finding]:
    """Everything where rows and bytes do not agree; files may come and go meanwhile.

    Of sealed bytes the first and the last piece are opened; with ``read_all`` all bytes of all files are read and compared
    with their SHA-256. With ``repair`` bytes without a row go, if they are older than a day, and broken seals are written
    down, or taken back where all bytes were read and are right. Raises ``ProviderError``, ``StorageDown``.
    """
    lying = {found.key: found for found in storage.all_kept()}
    yield from _rows(lying, repair, read_all)
    before = time.time() - UNUSED_FOR.total_seconds()
    for found in lying.values():
        # Younger ones may be on their way to a row.
        if found.changed_at < before and not StoredFile.objects.filter(storage_key=found.key).exists():
            if repair:
                remove_bytes([found.key])
            yield Finding(Trouble.NO_ROW, found.key, detail=f"{found.size} bytes", is_mended=repair)


def _rows(lying: dict[str, storage.Kept], repair: bool, read_all: bool) -> Iterator[Finding]:
    read: dict[str, bool] = {}
    for file in StoredFile.objects.order_by("pk").iterator(chunk_size=_ROWS):
        try:
            trouble, detail = _trouble(file, lying, read, read_all)
        except FileNotFoundError:
            trouble, detail = Trouble.MISSING, ""
        if trouble is None:
            if repair and read_all and file.broken_at is not None:
                StoredFile.objects.filter(pk=file.pk).update(broken_at=None)
                if file.versions.exists():
                    # What could not be made while it was broken.
                    render_later(file)
            continue
        # It may have been let go of, or stored anew, while we looked.
        if not StoredFile.objects.filter(pk=file.pk, storage_key=file.storage_key).exists():
            continue
        if repair and trouble == Trouble.SEAL:
            note_broken_seal(file)
        yield Finding(trouble, file.storage_key, str(file.public_id), detail)


def _trouble(
    file: StoredFile, lying: dict[str, storage.Kept], read: dict[str, bool], read_all: bool
) -> tuple[Trouble | None, str]:
    found = lying.get(file.storage_key)
    if found is None and not storage.exists(file.storage_key):
        return Trouble.MISSING, ""
    if found is not None and not file.is_sealed and found.size != file.size:
        return Trouble.SIZE, f"{found.size} bytes instead of {file.size}"
    if not file.is_sealed and not read_all:
        return None, ""
    try:
        with opened(file) as content:
            if file.is_sealed:
                _open_ends(content, file.size)
            if read_all and not _is_right(file, content, read):
                return Trouble.CONTENT, ""
    except Tampered:
        return Trouble.SEAL, ""
    except ProviderError as error:
        if not error.permanent:
            raise
        return Trouble.KEY, str(error.message)
    return None, ""


def _open_ends(content: BinaryIO, size: int) -> None:
    content.read(1)
    content.seek(max(0, size - 1))
    content.read(1)
    content.seek(0)


def _is_right(file: StoredFile, content: BinaryIO, read: dict[str, bool]) -> bool:
    # Rows that share bytes share the answer.
    if file.storage_key not in read:
        digest = hashlib.sha256()
        while piece := content.read(storage.CHUNK):
            digest.update(piece)
        read[file.storage_key] = digest.hexdigest() == file.sha256
    return read[file.storage_key]
