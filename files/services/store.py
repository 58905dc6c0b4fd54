"""Taking files in, and letting go of those that nothing uses."""

import hashlib
import io
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.authz import SYSTEM, Actor, authorize
from core.errors import Invalid
from files import storage
from files.captions import srt_to_vtt
from files.enums import ScanState
from files.media_types import FileType, extension
from files.models import StoredFile, Usage
from files.services.removing import remove_bytes
from files.services.scanning import scanned
from files.services.sealing import hold_key, is_key_here, receive
from files.validators import clean_name, file_type, max_bytes, too_large, validate_content, validate_text
from files.zipping import PiecesReader

logger = logging.getLogger("aumbry.files")

UNUSED_FOR = timedelta(days=1)
# The kind of owner of what was made of a file to show it by; the owner is the file.
RENDITION = "rendition"
_LET_GO_TOGETHER = 100


@dataclass(frozen=True)
class StoredFiles:
    """``rows`` and ``refused`` by the caller's key; ``fresh`` are the rows that were not here before."""

    rows: dict[str, StoredFile]
    fresh: list[StoredFile]
    refused: dict[str, Invalid]


def store_file(
    *, actor: Actor, content: BinaryIO | bytes, name: str, media_type: str = "", sensitive: bool = False
) -> StoredFile:
    """Store a file and return its row; the same bytes under the same name are stored once per person.

    What is ``sensitive`` is sealed on its way to the disk, with a key of its own.

    The type is decided by the content, which must agree with the name's ending. ``media_type`` only
    chooses where an ending stands for several (WebM and Ogg hold sound or film). The file is visible
    to nobody until something that uses it says so (``set_usages``); without use it goes after a day.
    Captions as SRT become WebVTT, under a name that says so.

    Raises ``Invalid`` with a sentence about the file, ``DiskFull`` when there is no room, ``ProviderError`` when the storage or the key service is away.
    """
    authorize(actor, "files.add_storedfile")
    name = clean_name(name)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        kind = file_type(name)
        if extension(name) == "srt":
            source, name = _as_vtt(source, name), _stored_name(name)
        with receive(source, max_bytes(kind.family), sensitive=sensitive) as received:
            return _checked(actor, received, name, _media_type(kind, media_type))
    except storage.TooManyBytes:
        raise _refusal(too_large(name, kind.family)) from None
    except ValidationError as error:
        raise _refusal(error) from None


def store_received(
    *, actor: Actor, received: storage.Received | storage.Landed, name: str, sensitive: bool = False
) -> StoredFile:
    """As ``store_file``, for bytes that have arrived already, on disk or in the bucket; they stay where they are, too.

    Raises ``Invalid``, ``DiskFull``, ``FileNotFoundError``, ``ProviderError``.
    """
    authorize(actor, "files.add_storedfile")
    name = clean_name(name)
    try:
        kind = file_type(name)
        if received.size > max_bytes(kind.family):
            raise too_large(name, kind.family)
        if extension(name) == "srt":
            with received.open() as content:
                return store_file(actor=actor, content=content, name=name, sensitive=sensitive)
        if not sensitive:
            return _checked(actor, received, name, kind.media_type)
        with received.open() as content, receive(content, received.size, sensitive=True) as sealed:
            return _checked(actor, sealed, name, kind.media_type)
    except ValidationError as error:
        raise _refusal(error) from None


def store_made(*, pieces: Iterator[bytes], name: str, media_type: str, sensitive: bool = False) -> StoredFile:
    """Store a file that the site itself makes, such as an export, while it is made: no limit of what people may upload holds
    for it, and it lies nowhere else.

    Like any file it is visible to nobody until something uses it, and goes a day after nothing does any more. Raises
    ``DiskFull``, ``ProviderError``, and what making it raises; nothing is left then.
    """
    content = cast(BinaryIO, PiecesReader(pieces))
    with receive(content, sys.maxsize, sensitive=sensitive) as received:
        return _file_row(SYSTEM, received, clean_name(name), media_type)


def store_sealed(file: StoredFile, content: BinaryIO) -> StoredFile:
    """Store ``content``, which is that of ``file``, once more: sealed, and for the same person. Raises ``DiskFull``,
    ``ProviderError``."""
    with receive(content, file.size, sensitive=True) as received:
        return _file_row(file.uploaded_by or SYSTEM, received, file.name, file.media_type, ScanState(file.scan_state))


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
            with path.open("rb") as as_it_is:
                validate_content(as_it_is, name)
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

    def keep(key: str) -> None:
        with _as_stored(sources[key]) as content, storage.receive(content, found[key].size) as received:
            _keep(found[key], received)

    rows, fresh = _stored(found, keep, sealed=False)
    return StoredFiles(rows, fresh, refused)


def forget_new_files(files: Iterable[StoredFile]) -> None:
    """Let go at once of files that were stored for something that failed, unless somebody else uses them by now.

    Their rows go in any case; bytes as ``remove_bytes`` says.
    """
    _let_go([(file.pk, file.updated_at) for file in files])


def identity_of(path: Path) -> tuple[str, str]:
    """The SHA-256 and the name that a file on disk would have here. Raises ``ValidationError`` for broken captions."""
    with _as_stored(path) as content:
        return hashlib.file_digest(content, "sha256").hexdigest(), _stored_name(clean_name(path.name))


def unused_files() -> "QuerySet[StoredFile]":
    """Files that nothing has used for a day."""
    return StoredFile.objects.filter(usages__isnull=True, updated_at__lt=timezone.now() - UNUSED_FOR)


def remove_unused_files() -> int:
    """Delete files that nothing has used for a day: first the rows, then the bytes; returns how many.

    Bytes whose row never came to be (a crash in between) go as well.
    """
    removed = _let_go([(pk, None) for pk in unused_files().order_by("pk").values_list("pk", flat=True)])
    known = set(StoredFile.objects.order_by().values_list("storage_key", flat=True))
    remove_bytes([key for key in storage.old_keys(UNUSED_FOR.total_seconds()) if key not in known])
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


def _checked(actor: Actor, received: storage.Received | storage.Landed, name: str, media_type: str) -> StoredFile:
    """Look at what was received, then store it."""
    with received.open() as content:
        validate_content(content, name)
        content.seek(0)
        scan_state = scanned(content, actor=actor, name=name, sha256=received.sha256)
    return _file_row(actor, received, name, media_type, scan_state)


def _file_row(
    actor: Actor,
    received: storage.Received | storage.Landed,
    name: str,
    media_type: str,
    scan_state: ScanState = ScanState.NOT_SCANNED,
) -> StoredFile:
    row = StoredFile(
        sha256=received.sha256,
        name=name,
        media_type=media_type,
        size=received.size,
        uploaded_by_id=actor.pk,
        scan_state=scan_state,
    )
    rows, _fresh = _stored({name: row}, lambda _key: _keep(row, received), sealed=bool(received.data_key))
    return rows[name]


def _keep(row: StoredFile, received: storage.Received | storage.Landed) -> None:
    row.storage_key = received.key
    # Before the bytes are in their place: without their key they would be nothing.
    hold_key(row, received)
    storage.keep(received)


class _Changed(Exception):
    """Bytes that were to be used once more have been let go of meanwhile."""


def _stored(
    found: Mapping[str, StoredFile], keep: Callable[[str], None], *, sealed: bool
) -> tuple[dict[str, StoredFile], list[StoredFile]]:
    """Rows for what one person stores, and those of them that are new.

    ``keep`` brings the bytes of one into storage, unless they are there already for the same person, sealed or not as these
    are. All that takes time is done before the transaction.
    """
    kept: dict[str, StoredFile] = {}
    for is_last in (False, False, True):
        lenders, lost = dict(kept), set()
        for row in _scope(found.values(), sealed):
            if row.broken_at is None and is_key_here(row) and storage.exists(row.storage_key):
                lenders.setdefault(row.sha256, row)
            else:
                lost.add(row.storage_key)
        for key, row in found.items():
            if row.sha256 not in lenders:
                keep(key)
                kept[row.sha256] = lenders[row.sha256] = row
        try:
            rows, fresh = _rows(found, lenders, lost, sealed)
        except (_Changed, IntegrityError):
            # Somebody let go of the same, or stored it, at the same moment.
            if is_last:
                raise
            continue
        used = {row.storage_key for row in rows.values()}
        for row in kept.values():
            if row.storage_key not in used:
                storage.remove(row.storage_key)
        break
    return rows, fresh


def _scope(found: Iterable[StoredFile], sealed: bool) -> "QuerySet[StoredFile]":
    """Rows that the same bytes may be shared with: of the same person, and sealed or not as well."""
    found = list(found)
    people = {row.uploaded_by_id for row in found}
    rows = StoredFile.objects.filter(sha256__in={row.sha256 for row in found}).order_by("pk")
    rows = rows.filter(uploaded_by_id=people.pop()) if people else rows.none()
    return rows.exclude(key_name="") if sealed else rows.filter(key_name="")


@transaction.atomic
def _rows(
    found: Mapping[str, StoredFile], lenders: Mapping[str, StoredFile], lost: set[str], sealed: bool
) -> tuple[dict[str, StoredFile], list[StoredFile]]:
    # The lock keeps the clean-up from taking bytes that are about to be used again.
    here = list(_scope(found.values(), sealed).select_for_update())
    known = {_identity(row): row for row in here}
    by_place = {row.storage_key: row for row in here}
    rows: dict[str, StoredFile] = {}
    fresh: dict[tuple[str, str, str], StoredFile] = {}
    again = []
    for key, row in found.items():
        lender = lenders[row.sha256]
        if lender.pk is not None:
            # As it is now: its key may have been wrapped anew.
            lender = by_place.get(lender.storage_key) or _gone()
        present = known.get(_identity(row))
        if present is None:
            rows[key] = fresh.setdefault(_identity(row), row)
            _share(lender, rows[key])
            continue
        rows[key] = present
        if present.storage_key in lost or present.scan_state != row.scan_state == ScanState.CLEAN:
            if present.storage_key in lost:
                _share(lender, present)
                present.broken_at = None
            # It may have been kept before there was a scanner.
            present.scan_state = row.scan_state if row.scan_state == ScanState.CLEAN else present.scan_state
            present.save()
        else:
            present.updated_at = timezone.now()
            again.append(present.pk)
    StoredFile.objects.filter(pk__in=again).update(updated_at=timezone.now())
    StoredFile.objects.bulk_create(fresh.values())
    return rows, list(fresh.values())


def _gone() -> NoReturn:
    raise _Changed


def _identity(row: StoredFile) -> tuple[str, str, str]:
    return row.sha256, row.name, row.media_type


def _share(lender: StoredFile, row: StoredFile) -> None:
    """Let ``row`` have the bytes of ``lender``, and their key."""
    row.storage_key, row.key_name, row.wrapped_key = lender.storage_key, lender.key_name, lender.wrapped_key


def _let_go(found: Sequence[tuple[int, datetime | None]]) -> int:
    """Delete those of the rows that nothing uses, unless they were changed since a moment, and then the bytes that no other
    row has; returns how many rows."""
    removed = 0
    for start in range(0, len(found), _LET_GO_TOGETHER):
        some = found[start : start + _LET_GO_TOGETHER]
        gone = [key for pk, unchanged_since in some if (key := _key_let_go(pk, unchanged_since)) is not None]
        removed += len(gone)
        keys = [key for key in gone if key]
        try:
            remove_bytes(keys)
        except storage.StorageDown:
            # The rows are gone, so the clean-up finds the bytes.
            logger.warning("bytes of files that are gone are left to the clean-up", extra={"keys": keys})
    return removed


def _key_let_go(pk: int, unchanged_since: datetime | None) -> str | None:
    """Delete a row that nothing uses. Returns where its bytes lie; nothing ("") if another row has them as well, None if it
    is used."""
    with transaction.atomic():
        rows = StoredFile.objects.select_for_update(of=("self",)).filter(pk=pk, usages__isnull=True)
        if unchanged_since is not None:
            rows = rows.filter(updated_at=unchanged_since)
        row = rows.first()
        if row is None:
            return None
        # What was made to show it by is used no more, and goes in its turn.
        Usage.objects.filter(owner_kind=RENDITION, owner_id=row.pk).delete()
        row.delete()
        shared = StoredFile.objects.filter(storage_key=row.storage_key).exists()
    return "" if shared else row.storage_key


def _media_type(kind: FileType, claimed: str) -> str:
    return claimed if claimed in kind.alternatives else kind.media_type


def _refusal(error: ValidationError) -> Invalid:
    message = error.messages[0]
    return Invalid(str(error.code), message, fields={"file": [message]})
