"""SQLite: copied into memory by its own backup API, and put back by renaming a file.

In memory, since no second plain copy of a site's data should lie on a disk, be it for a minute: what was deleted from a disk
can be found there. So making a backup takes twice the database's size of memory for a moment (from a gigabyte on three times),
and once while the copy is written.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from files.services.removing import is_locked, lock_file
from files.storage import sync_folder
from lms.backup.container import CHUNK
from lms.backup.database import different, ending_sign_ins, take_patiently
from lms.backup.errors import Refused

_PATIENCE = 20
# How long to wait for others before saying that they are there.
_SHORT_PATIENCE = 3
_BESIDE = ("-wal", "-shm", "-journal")
# In the header: whether the file is written with a write-ahead log, which memory cannot have.
_LOG_MARKS = slice(18, 20)
# A database in memory that can be handed out without another copy of it, up to SQLite's limit for such.
_IN_ONE_PIECE, _IN_PAGES = "file:copy?vfs=memdb", ":memory:"
_MOST_IN_ONE_PIECE = 1_000_000_000
_NOW = "strftime('%Y-%m-%d %H:%M:%S', 'now')"


class SqliteSnapshot:
    """A reading transaction, which keeps nobody from writing."""

    server = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, live: sqlite3.Connection) -> None:
        self._live = live
        self._live.execute("BEGIN")
        # The transaction sees what there is when it reads first.
        self.ask("SELECT COUNT(*) FROM sqlite_master")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self._live.execute(query).fetchall()

    def counts(self) -> dict[str, int]:
        return _counts(self._live)

    def dump(self) -> Iterator[bytes]:
        view = memoryview(self._copied())
        for start in range(0, len(view), CHUNK):
            yield bytes(view[start : start + CHUNK])

    def _copied(self) -> bytes:
        [(pages,)], [(page,)] = self.ask("PRAGMA page_count"), self.ask("PRAGMA page_size")
        try:
            with closing(
                sqlite3.connect(_IN_ONE_PIECE if pages * page < _MOST_IN_ONE_PIECE else _IN_PAGES, uri=True)
            ) as copy:
                # All in one step, within the transaction: the same state.
                self._live.backup(copy)
                return copy.serialize()
        except MemoryError as error:
            raise Refused(
                "There is too little memory for a copy of the database. Move the site to PostgreSQL."
            ) from error
        finally:
            # The log of the site can be put away again while the copy is written.
            self._live.rollback()


class Sqlite:
    """``name``: the database's file."""

    vendor = "sqlite"

    def __init__(self, name: str) -> None:
        self._path = Path(name)

    @contextmanager
    def snapshot(self) -> Iterator[SqliteSnapshot]:
        if not self._path.is_file():
            raise Refused(f"There is no database at {self._path}.")
        try:
            with closing(self._connect()) as live:
                yield SqliteSnapshot(live)
        except sqlite3.Error as error:
            raise Refused(f"The database at {self._path} cannot be read: {error}.") from error

    @contextmanager
    def bytes_held(self) -> Iterator[None]:
        handle = lock_file(str(self._path))
        try:
            take_patiently(lambda: is_locked(handle, fcntl.LOCK_EX))
            yield
        finally:
            os.close(handle)

    def counts(self) -> dict[str, int]:
        if not self._path.is_file():
            return {}
        try:
            with closing(self._connect()) as live:
                return _counts(live)
        except sqlite3.Error as error:
            raise Refused(f"The database at {self._path} cannot be read: {error}.") from error

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as live:
            return live.execute(query).fetchall()

    @contextmanager
    def alone(self) -> Iterator[None]:
        if not self._path.is_file():
            yield
            return
        with closing(sqlite3.connect(self._path, timeout=_SHORT_PATIENCE, isolation_level=None)) as live:
            try:
                # Works only for the last one who has it open, and puts what is in the log into the file.
                live.execute("PRAGMA journal_mode=DELETE")
                live.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    raise Refused(
                        "The database is in use. Stop the site and its workers first, then try again."
                    ) from error
                # Broken as it is, nobody can be using it.
            except sqlite3.DatabaseError:
                pass
            yield

    def replace(self, pieces: Iterable[bytes], rows: Mapping[str, int]) -> None:
        part = self._path.with_name(f"{self._path.name}.restoring")
        _remove(part)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
                for piece in pieces:
                    target.write(piece)
            _check_and_end_sign_ins(part, rows)
            self._as_before(part)
            with part.open("rb") as written:
                os.fsync(written.fileno())
            # A log of the one that is replaced would be taken for one of the new file.
            for suffix in _BESIDE:
                self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)
            part.rename(self._path)
            sync_folder(self._path.parent)
        finally:
            _remove(part)

    def _connect(self) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)

    def _as_before(self, part: Path) -> None:
        """The site may run as somebody else than who restores it."""
        if self._path.exists():
            known = self._path.stat()
            shutil.copymode(self._path, part)
        else:
            known = self._path.parent.stat()
        with suppress(PermissionError):
            os.chown(part, known.st_uid, known.st_gid)


class SqliteCounter:
    """Holds the database in memory: nothing of it is written to a disk."""

    def __init__(self) -> None:
        self._content = bytearray()

    def feed(self, piece: bytes) -> None:
        self._content += piece

    def finish(self) -> dict[str, int]:
        self._content[_LOG_MARKS] = b"\x01\x01"
        with closing(sqlite3.connect(":memory:")) as copy:
            try:
                copy.deserialize(self._content)
                self._content = bytearray()
                return _counts(copy)
            except sqlite3.Error as error:
                raise Refused(f"The database in this backup cannot be read: {error}.") from error

    def close(self) -> None:
        self._content = bytearray()


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {
        name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]  # noqa: S608 -- a table's own name
        for (name,) in names
    }


def _check_and_end_sign_ins(path: Path, rows: Mapping[str, int]) -> None:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as restored:
            [(verdict,), *_more] = restored.execute("PRAGMA integrity_check(1)").fetchall()
            if verdict != "ok":
                raise Refused(f"The database in this backup is broken: {verdict}. Nothing was changed here.")
            if wrong := different(rows, _counts(restored)):
                raise Refused(f"The database in this backup has other rows than it should: {'; '.join(wrong)}.")
            restored.execute("BEGIN IMMEDIATE")
            for statement in ending_sign_ins(_NOW):
                restored.execute(statement)
            restored.execute("COMMIT")
    except sqlite3.Error as error:
        raise Refused(f"The database in this backup cannot be read: {error}. Nothing was changed here.") from error


def _remove(path: Path) -> None:
    for suffix in ("", *_BESIDE):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
