"""The way back: all of the backup is read and found whole before anything is written; the database comes last, at once."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from files.sealing.stream import Tampered
from files.storage import DiskFull, disk_errors, incoming_folder
from lms.backup.checking import Checked, check
from lms.backup.container import DATABASE, members, pieces
from lms.backup.database import BOOKKEEPING, Database, database, different
from lms.backup.errors import Refused
from lms.backup.manifest import NAME, Manifest, Member, unknown_migrations
from lms.backup.media import keep, path_of
from lms.backup.media import opened as opened_file
from lms.backup.seal import EDITED, opened
from lms.backup.standstill import site_stopped

_SESSIONS = "django_session"


@dataclass
class Restored:
    """What is there now. ``wrong``: what is not as it should be, in words."""

    checked: Checked
    rows: dict[str, int]
    written: int = 0
    kept: int = 0
    wrong: list[str] = field(default_factory=list)


def restore(path: Path, *, replace: bool) -> Restored:
    """Put the backup at ``path`` into the place of what this site has; everybody has to sign in again.

    ``replace``: also where the database has something. Raises ``Refused``; the database is then as it was.
    """
    checked = check(path)
    manifest = checked.manifest
    target = database()
    _refuse_unfit(manifest, target)
    with site_stopped():
        if not replace and (lost := what_would_be_lost(target)):
            raise Refused(f"The database is not empty. {lost} Add --replace if that is what you want.")
        with target.alone():
            result = Restored(checked, {})
            try:
                _write_files(path, manifest, result)
                target.replace(_dump(path, manifest), manifest.rows)
            except Tampered as error:
                raise Refused(EDITED) from error
            except DiskFull as error:
                raise Refused("The disk is full. The database was not changed. Make room, then try again.") from error
            except OSError as error:
                raise Refused(f"The backup could not be restored: {error.strerror or error}.") from error
    result.rows = target.counts()
    expected = {**manifest.rows, _SESSIONS: 0}
    result.wrong = [*different(expected, result.rows), *_wrong_files(manifest)]
    return result


def what_would_be_lost(target: Database) -> str:
    """A sentence about what the site's database has; empty if nobody has done anything in it."""
    try:
        rows = target.counts()
    except Refused as error:
        return f"{error} What is in it would be lost."
    found = {table: count for table, count in rows.items() if count and table not in BOOKKEEPING}
    if not found:
        return ""
    named = {"accounts_user": "people", "courses_course": "courses", "files_storedfile": "files"}
    told = ", ".join(f"{found.get(table, 0)} {word}" for table, word in named.items())
    return f"These would be lost: {told}; {sum(found.values())} rows in {len(found)} tables in all."


def _refuse_unfit(manifest: Manifest, target: Database) -> None:
    if manifest.vendor != target.vendor:
        raise Refused(
            f"This backup is of a database on {manifest.vendor}, and this site has {target.vendor}. Set DATABASE_URL to a "
            f"database of {manifest.vendor}."
        )
    if newer := unknown_migrations(manifest):
        raise Refused(
            f"This backup was made by a newer version of Aumbry ({manifest.version}): it has migrations that are not known "
            f"here ({', '.join(newer[:3])}{' …' if len(newer) > 3 else ''}). Restore it with that version."
        )


def _write_files(path: Path, manifest: Manifest, result: Restored) -> None:
    wanted = {file.name: file for file in manifest.files}
    with opened(path).content as content:
        for name, _size, inside in members(content):
            if name == NAME or name.startswith(DATABASE):
                continue
            file = wanted[name]
            if _is_there(file):
                result.kept += 1
            else:
                _write(inside, file)
                result.written += 1


def _write(inside: IO[bytes], file: Member) -> None:
    # What a killed run leaves there is taken away after a day; other folders may lie on another disk.
    place = path_of(file.name)
    part = incoming_folder() / uuid.uuid4().hex if place is None else place.with_name(f"{place.name}.part")
    digest = hashlib.sha256()
    try:
        with disk_errors():
            part.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            with part.open("wb") as target:
                for piece in pieces(inside):
                    digest.update(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            if digest.hexdigest() != file.sha256:
                raise Refused(EDITED)
            keep(part, file.name, file.sha256, file.size)
    finally:
        part.unlink(missing_ok=True)


def _dump(path: Path, manifest: Manifest) -> Iterator[bytes]:
    """The database in the backup, found to be what was checked before its end is given out."""
    digest = hashlib.sha256()
    with opened(path).content as content:
        for name, _size, inside in members(content):
            if not name.startswith(DATABASE):
                break
            for piece in pieces(inside):
                digest.update(piece)
                yield piece
    if digest.hexdigest() != manifest.database.sha256:
        raise Refused(EDITED)


def _is_there(file: Member) -> bool:
    try:
        with opened_file(file.name) as content:
            source: Any = content
            return hashlib.file_digest(source, "sha256").hexdigest() == file.sha256
    except FileNotFoundError:
        return False


def _wrong_files(manifest: Manifest) -> list[str]:
    return [f"{file.name}: not as in the backup" for file in manifest.files if not _is_there(file)]
