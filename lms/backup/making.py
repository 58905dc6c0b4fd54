"""Making a backup: first the database at one moment, then the files which that names, all sealed into one file."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.utils import timezone

from core.disks import NO_ROOM
from files.storage import StorageDown, sync_folder
from lms.backup.container import Container
from lms.backup.database import Database, Snapshot, database
from lms.backup.errors import Refused
from lms.backup.manifest import Manifest, version
from lms.backup.media import EVENTS, PERSONAL, Named, named_files
from lms.backup.media import opened as opened_file
from lms.backup.seal import sealing

ENDING = ".backup"
_PATTERN = "aumbry-*.backup"


@dataclass(frozen=True)
class Made:
    """A finished backup, and the name of the master key that opens it."""

    path: Path
    size: int
    manifest: Manifest
    key_name: str


def make_backup(folder: Path) -> Made:
    """Write a backup of this site into ``folder``, while the site goes on.

    Raises ``Refused``; nothing is left in the folder then.
    """
    now = timezone.now()
    path = folder / f"aumbry-{now:%Y%m%dT%H%M%SZ}{ENDING}"
    source = database()
    with _said_in_words(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_broken_off(folder)
        with _new_file(path) as target:
            writer, key_name = sealing(target)
            container = Container(cast(IO[bytes], writer))
            with source.bytes_held():
                manifest = _fill(container, source, now)
            container.finish(manifest)
            writer.finish()
        return Made(path, path.stat().st_size, manifest, key_name)


def remove_broken_off(folder: Path) -> list[Path]:
    """Take away what backups left in ``folder`` that were killed; one that is being made is left alone."""
    removed = []
    for part in folder.glob(f"{_PATTERN}.part"):
        with suppress(FileNotFoundError), part.open("rb") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            part.unlink()
            removed.append(part)
    return removed


def newest(folder: Path) -> Path | None:
    """The backup in ``folder`` that was made last."""
    return max(folder.glob(_PATTERN), default=None)


def _fill(container: Container, source: Database, now: datetime) -> Manifest:
    with source.snapshot() as snapshot:
        rows, migrations, named = snapshot.counts(), _migrations(snapshot), named_files(snapshot.ask)
        dump = container.add_dump(snapshot.dump())
        server = snapshot.server
    manifest = Manifest(
        made_at=now.isoformat(timespec="seconds"),
        version=version(),
        vendor=source.vendor,
        server=server,
        migrations=migrations,
        rows=rows,
        database=dump,
    )
    absent = [file.name for file in named if not _add_file(container, file, manifest)]
    _sort_absent(absent, source, manifest)
    return manifest


def _migrations(snapshot: Snapshot) -> list[str]:
    return sorted(f"{app}.{name}" for app, name in snapshot.ask("SELECT app, name FROM django_migrations"))


def _add_file(container: Container, file: Named, manifest: Manifest) -> bool:
    """Whether it was there."""
    try:
        content = opened_file(file.name)
    except StorageDown as error:
        raise Refused(f"The storage of files does not answer: {error.message}") from error
    except (OSError, Refused):
        # Also behind a broken disk, or under a name that no file of a site has: it is as good as not there.
        return False
    with content:
        member, is_whole = container.add(file.name, content, _size_of(content))
    manifest.files.append(member)
    if not is_whole or (file.sha256 and member.sha256 != file.sha256):
        manifest.damaged.append(file.name)
    return True


def _size_of(content: BinaryIO) -> int:
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    return size


def _sort_absent(absent: list[str], source: Database, manifest: Manifest) -> None:
    """An archive of personal data that the site itself has taken away since the snapshot is not missing: it is made anew
    for who asks for it, and nobody's wish to have it gone waits. Of all else nothing goes while the backup is made."""
    still_named = {file.name for file in named_files(source.ask)} if absent else set()
    for name in absent:
        if name.startswith(EVENTS):
            manifest.elsewhere.append(name)
        elif name.startswith(PERSONAL) and name not in still_named:
            manifest.let_go.append(name)
        else:
            manifest.missing.append(name)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there under its name when it is whole and on disk, and not at all otherwise."""
    part = path.with_name(f"{path.name}.part")
    if path.exists():
        raise Refused(f"{path} is there already. Try again.")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "wb") as target:
            # Says to others that somebody is at work on it.
            fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield target
            target.flush()
            os.fsync(target.fileno())
            part.rename(path)
        sync_folder(path.parent)
    except FileExistsError as error:
        raise Refused("Another backup is being made in this folder at this moment.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _said_in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Refused(
                f"The disk is full, so there is no backup; what was written of it in {folder} is removed. Make room, or "
                "choose another folder with --to."
            ) from error
        raise Refused(f"The backup could not be written to {folder}: {error.strerror or error}.") from error


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises ``OSError``."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
