"""Reading a backup from its first byte to its last: is it what was sealed, and does it have what it says?"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from files.sealing.stream import Tampered
from lms.backup.container import DATABASE, members, pieces, read_manifest
from lms.backup.database import Counter, counter, different
from lms.backup.errors import Refused
from lms.backup.manifest import NAME, Dump, Manifest, Member, read
from lms.backup.media import path_of
from lms.backup.seal import EDITED, Opened, opened

_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Checked:
    """A backup that is whole, and the name of the master key that opened it."""

    manifest: Manifest
    key_name: str


def check(path: Path, *, count_rows: bool = False) -> Checked:
    """Read all of the backup at ``path``; nothing is written anywhere.

    ``count_rows``: also count the rows in it, which needs memory for a whole SQLite database, or pg_restore. Raises
    ``Refused`` for what was edited or cut, does not have what it says, or cannot be opened here.
    """
    found = opened(path)
    with found.content:
        try:
            manifest = _Reading(count_rows).run(found)
        except Tampered as error:
            raise Refused(EDITED) from error
    return Checked(manifest, found.key_name)


class _Reading:
    def __init__(self, count_rows: bool) -> None:
        self._count_rows = count_rows
        self._counter: Counter | None = None
        self._digest, self._size, self._parts = hashlib.sha256(), 0, 0
        self._files: list[Member] = []
        self._text = b""

    def run(self, found: Opened) -> Manifest:
        try:
            for name, size, inside in members(found.content):
                self._member(name, size, inside)
            return self._compared()
        finally:
            if self._counter is not None:
                self._counter.close()

    def _member(self, name: str, size: int, inside: IO[bytes]) -> None:
        if self._text:
            raise _not_as_told(f"{name} comes after the list of contents")
        if name == NAME:
            self._text = read_manifest(size, inside)
        elif name.startswith(DATABASE):
            self._parts += 1
            if name != f"{DATABASE}{self._parts:08}" or self._files:
                raise _not_as_told(f"{name} is not in its place")
            self._take_part(inside)
        else:
            # Refuses names that would lead out of the site's folders, long before anything is written.
            path_of(name)
            digest = hashlib.sha256()
            for piece in pieces(inside):
                digest.update(piece)
            self._files.append(Member(name, size, digest.hexdigest()))

    def _take_part(self, inside: IO[bytes]) -> None:
        for piece in pieces(inside):
            if self._count_rows and self._counter is None:
                self._counter = counter("sqlite" if piece.startswith(_SQLITE) else "postgresql")
            if self._counter is not None:
                self._counter.feed(piece)
            self._digest.update(piece)
            self._size += len(piece)

    def _compared(self) -> Manifest:
        if not self._text:
            raise _not_as_told("the list of contents is missing")
        manifest = read(self._text)
        if manifest.database != Dump(self._parts, self._size, self._digest.hexdigest()):
            raise _not_as_told("the database is another one than listed")
        if manifest.files != self._files:
            raise _not_as_told("the files are others than listed")
        if len({file.name for file in self._files}) != len(self._files):
            raise _not_as_told("a file is in it twice")
        if self._count_rows:
            counts = self._counter.finish() if self._counter else {}
            if wrong := different(manifest.rows, counts):
                raise _not_as_told("; ".join(wrong))
        return manifest


def _not_as_told(what: str) -> Refused:
    return Refused(f"This backup does not have what it says: {what}. Nothing was changed here.")
