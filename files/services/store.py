"""Taking files in, and letting go of those that nothing uses."""

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.authz import SYSTEM, Actor, authorize
from core.errors import Invalid
from files import storage
from files.captions import srt_to_vtt
from files.enums import ScanState
from files.media_types import FileType, extension
from files.models import StoredFile
from files.services.scanning import scanned
from files.validators import clean_name, file_type, max_bytes, too_large, validate_content, validate_text

UNUSED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class StoredFiles:
    """``rows`` and ``refused`` by the caller's key; ``fresh`` are the rows that were not here before."""

    rows: dict[str, StoredFile]
    fresh: list[StoredFile]
    refused: dict[str, Invalid]


def store_file(*, actor: Actor, content: BinaryIO | bytes, name: str, media_type: str = "") -> StoredFile:
    """Store a file and return its row; the same bytes under the same name are stored once per person.

    The type is decided by the content, which must agree with the name's ending. ``media_type`` only
    chooses where an ending stands for several (WebM and Ogg hold sound or film). The file is visible
    to nobody until something that uses it says so (``set_usages``); without use it goes after a day.
    Captions as SRT become WebVTT, under a name that says so.

    Raises ``Invalid`` with a sentence about the file, ``DiskFull`` when there is no room.
    """
    authorize(actor, "files.add_storedfile")
    name = clean_name(name)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        kind = file_type(name)
        if extension(name) == "srt":
            source, name = _as_vtt(source, name), _stored_name(name)
        with storage.receive(source, max_bytes(kind.family)) as received:
            validate_content(received.path, name)
            return _file_row(actor, received, name, _media_type(kind, media_type), _scanned(actor, received, name))
    except storage.TooManyBytes:
        raise _refusal(too_large(name, kind.family)) from None
    except ValidationError as error:
        raise _refusal(error) from None


def store_received(*, actor: Actor, received: storage.Received, name: str) -> StoredFile:
    """As ``store_file``, for bytes that have arrived on disk already; they stay where they are, too.

    Raises ``Invalid``, ``DiskFull``, ``FileNotFoundError``.
    """
    authorize(actor, "files.add_storedfile")
    name = clean_name(name)
    try:
        kind = file_type(name)
        if received.size > max_bytes(kind.family):
            raise too_large(name, kind.family)
        if extension(name) == "srt":
            with received.path.open("rb") as content:
                return store_file(actor=actor, content=content, name=name)
        validate_content(received.path, name)
        return _file_row(actor, received, name, kind.media_type, _scanned(actor, received, name))
    except ValidationError as error:
        raise _refusal(error) from None


def store_made(*, path: Path, name: str, media_type: str) -> StoredFile:
    """Store a file that the site itself made, such as an export: no limit of what people may upload holds for it.

    Like any file it is visible to nobody until something uses it, and goes a day after nothing does any more.
    """
    with path.open("rb") as content, storage.receive(content, path.stat().st_size) as received:
        return _file_row(SYSTEM, received, clean_name(name), media_type)


def store_files(*, actor: Actor, sources: Mapping[str, Path]) -> StoredFiles:
    """Store several files that lie on disk, given by any key.

    The same as ``store_file`` for each, but the rows are written in one short transaction, after all bytes
    are in their place. Raises ``DiskFull``; what was written by then goes with the clean-up.
    """
    authorize(actor, "files.add_storedfile")
    refused: dict[str, Invalid] = {}
    found: dict[str, StoredFile] = {}
    for key, path in sources.items():
        name = clean_name(path.name)
        try:
            kind = file_type(name)
            size = path.stat().st_size
            if size > max_bytes(kind.family):
                raise too_large(name, kind.family)
            validate_content(path, name)
            with _as_stored(path) as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
                size = content.seek(0, io.SEEK_END)
                content.seek(0)
                scan_state = scanned(content, actor=actor, name=name, sha256=digest)
        except ValidationError as error:
            refused[key] = _refusal(error)
            continue
        except Invalid as error:
            refused[key] = error
            continue
        found[key] = StoredFile(
            sha256=digest,
            name=_stored_name(name),
            media_type=kind.media_type,
            size=size,
            uploaded_by_id=actor.pk,
            scan_state=scan_state,
        )
    kept = {row.sha256: row.storage_key for row in _same_bytes(found.values()) if storage.exists(row.storage_key)}
    for key, row in found.items():
        if row.sha256 not in kept:
            with _as_stored(sources[key]) as content, storage.receive(content, row.size) as received:
                kept[row.sha256] = storage.keep(received)
    rows, fresh = _file_rows(found, kept)
    return StoredFiles(rows, fresh, refused)


def forget_new_files(files: Iterable[StoredFile]) -> None:
    """Let go at once of files that were stored for something that failed, unless somebody else uses them by now."""
    for file in files:
        _remove_if_unused(file.pk, unchanged_since=file.updated_at)


def identity_of(path: Path) -> tuple[str, str]:
    """The SHA-256 and the name that a file on disk would have here. Raises ``ValidationError`` for broken captions."""
    with _as_stored(path) as content:
        return hashlib.file_digest(content, "sha256").hexdigest(), _stored_name(clean_name(path.name))


def remove_unused_files() -> int:
    """Delete files that nothing has used for a day: first the rows, then the bytes; returns how many.

    Bytes whose row never came to be (a crash in between) go as well.
    """
    before = timezone.now() - UNUSED_FOR
    unused = StoredFile.objects.filter(usages__isnull=True, updated_at__lt=before).order_by("pk")
    removed = 0
    for pk in list(unused.values_list("pk", flat=True)):
        removed += _remove_if_unused(pk)
    for key in list(storage.old_keys(UNUSED_FOR.total_seconds())):
        if not StoredFile.objects.filter(storage_key=key).exists():
            storage.remove(key)
    return removed


def _stored_name(name: str) -> str:
    return f"{name[: -len('srt')]}vtt" if extension(name) == "srt" else name


def _as_stored(path: Path) -> io.BufferedReader | io.BytesIO:
    content = path.open("rb")
    if extension(path.name) != "srt":
        return content
    with content:
        return _as_vtt(content, path.name)


def _as_vtt(content: BinaryIO, name: str) -> io.BytesIO:
    family = file_type(name).family
    read = content.read(max_bytes(family) + 1)
    if len(read) > max_bytes(family):
        raise too_large(name, family)
    return io.BytesIO(srt_to_vtt(validate_text(read, name)).encode())


def _scanned(actor: Actor, received: storage.Received, name: str) -> ScanState:
    with received.path.open("rb") as content:
        return scanned(content, actor=actor, name=name, sha256=received.sha256)


def _file_row(
    actor: Actor,
    received: storage.Received,
    name: str,
    media_type: str,
    scan_state: ScanState = ScanState.NOT_SCANNED,
) -> StoredFile:
    identity = {
        "sha256": received.sha256,
        "name": name,
        "media_type": media_type,
        "uploaded_by_id": actor.pk,
    }
    key = ""
    try:
        with transaction.atomic():
            # The lock keeps the clean-up from taking bytes that are about to be used again.
            same = list(StoredFile.objects.select_for_update().filter(sha256=received.sha256).order_by("pk"))
            kept = [row for row in same if storage.exists(row.storage_key)]
            for row in kept:
                if (row.name, row.media_type, row.uploaded_by_id) == (name, media_type, actor.pk):
                    # It may have been kept before there was a scanner.
                    row.scan_state = scan_state if scan_state == ScanState.CLEAN else row.scan_state
                    row.save(update_fields=["updated_at", "scan_state"])
                    return row
            key = kept[0].storage_key if kept else storage.keep(received)
            return StoredFile.objects.create(**identity, size=received.size, storage_key=key, scan_state=scan_state)
    except IntegrityError:
        # Somebody stored the same at the same moment; these bytes are left to the clean-up.
        return StoredFile.objects.get(**identity)


def _same_bytes(rows: Iterable[StoredFile]) -> list[StoredFile]:
    digests = {row.sha256 for row in rows}
    return list(StoredFile.objects.filter(sha256__in=digests).order_by("pk"))


def _file_rows(
    found: Mapping[str, StoredFile], kept: Mapping[str, str]
) -> tuple[dict[str, StoredFile], list[StoredFile]]:
    rows: dict[str, StoredFile] = {}
    fresh: dict[tuple[str, str, str], StoredFile] = {}
    with transaction.atomic():
        # The lock keeps the clean-up from taking bytes that are about to be used again.
        same = StoredFile.objects.select_for_update().filter(sha256__in=kept).order_by("pk")
        known = {(row.sha256, row.name, row.media_type, row.uploaded_by_id): row for row in same}
        again = []
        for key, row in found.items():
            identity = (row.sha256, row.name, row.media_type, row.uploaded_by_id)
            present = known.get(identity)
            if present is not None and storage.exists(present.storage_key):
                rows[key] = present
                again.append(present.pk)
                continue
            row.storage_key = kept[row.sha256]
            rows[key] = fresh.setdefault(identity[:3], row)
        StoredFile.objects.filter(pk__in=again).update(updated_at=timezone.now())
        StoredFile.objects.bulk_create(fresh.values())
    return rows, list(fresh.values())


def _remove_if_unused(pk: int, unchanged_since: datetime | None = None) -> int:
    with transaction.atomic():
        rows = StoredFile.objects.select_for_update(of=("self",)).filter(pk=pk, usages__isnull=True)
        if unchanged_since is not None:
            rows = rows.filter(updated_at=unchanged_since)
        row = rows.first()
        if row is None:
            return 0
        row.delete()
        shared = StoredFile.objects.filter(storage_key=row.storage_key).exists()
    if not shared:
        storage.remove(row.storage_key)
    return 1


def _media_type(kind: FileType, claimed: str) -> str:
    return claimed if claimed in kind.alternatives else kind.media_type


def _refusal(error: ValidationError) -> Invalid:
    message = error.messages[0]
    return Invalid(str(error.code), message, fields={"file": [message]})
