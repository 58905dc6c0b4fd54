"""The inside of a backup: a tar archive, written and read in one go from beginning to end.

Members, in this order: ``database/00000001`` and so on, which put together are the dump; the files by their names; and
``manifest.json``. Times, owners and rights are always the same, so the same content gives the same bytes.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, BinaryIO, cast

from lms.backup.errors import Refused
from lms.backup.manifest import NAME, Dump, Manifest, Member, written

CHUNK = 256 * 1024
# A dump's size is not known beforehand, and a member says its size first. Held in memory while it is written.
PART = 8 * 1024 * 1024
DATABASE = "database/"
# Of a list of some millions of files.
_MOST_MANIFEST = 1024 * 1024 * 1024


class Container:
    """Writes members to ``target``; ``finish`` ends it."""

    def __init__(self, target: IO[bytes]) -> None:
        # Not as a stream of tarfile's own, which would write its end even when it is given up.
        self._tar = tarfile.TarFile(fileobj=cast(Any, _Written(target)), mode="w", format=tarfile.PAX_FORMAT)

    def add_dump(self, pieces: Iterable[bytes]) -> Dump:
        """Put the database in, in parts."""
        digest, size, parts, rest = hashlib.sha256(), 0, 0, bytearray()
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            rest += piece
            while len(rest) >= PART:
                parts += 1
                self._add_bytes(f"{DATABASE}{parts:08}", bytes(rest[:PART]))
                del rest[:PART]
        if rest:
            parts += 1
            self._add_bytes(f"{DATABASE}{parts:08}", bytes(rest))
        return Dump(parts, size, digest.hexdigest())

    def add(self, name: str, content: BinaryIO, size: int) -> tuple[Member, bool]:
        """Put ``size`` bytes of ``content`` in, and say whether they could all be read; zeros stand for what could not."""
        source = _Source(content, size)
        self._add(name, cast(BinaryIO, source), size)
        return Member(name, size, source.digest.hexdigest()), source.is_whole

    def finish(self, manifest: Manifest) -> None:
        """Write the list of contents and the end."""
        self._add_bytes(NAME, written(manifest))
        self._tar.close()

    def _add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, content: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, content)
        # It would remember each of a hundred thousand.
        self._tar.members = []  # type: ignore[attr-defined]


class _Written:
    """Knows how much was written, which is all that is asked of a place to write to."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._size = target, 0

    def write(self, piece: bytes) -> int:
        self._target.write(piece)
        self._size += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._size


class _Source:
    """Gives exactly ``size`` bytes, since a member's size was said before them, and hashes them."""

    def __init__(self, content: BinaryIO, size: int) -> None:
        self._content, self._left = content, size
        self.digest = hashlib.sha256()
        self.is_whole = True

    def read(self, size: int) -> bytes:
        wanted = min(size, self._left)
        piece = self._piece(wanted) if self.is_whole else b""
        if len(piece) < wanted:
            self.is_whole = False
            piece += bytes(wanted - len(piece))
        self._left -= wanted
        self.digest.update(piece)
        return piece

    def _piece(self, size: int) -> bytes:
        try:
            return self._content.read(size)
        except OSError:
            # A broken disk; the rest of the site should be saved from it.
            return b""


def members(content: BinaryIO) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Name, size and bytes of each member in order, and then everything up to the end of ``content`` is read.

    Raises ``Refused`` for what was not written by ``Container``, and what reading ``content`` raises.
    """
    try:
        with tarfile.open(fileobj=content, mode="r|", bufsize=CHUNK) as tar:
            for info in tar:
                tar.members = []  # type: ignore[attr-defined]
                inside = tar.extractfile(info) if info.isreg() else None
                if inside is None:
                    raise Refused(f"The backup has something in it that is no file: {info.name}")
                yield info.name, info.size, inside
        while content.read(CHUNK):
            pass
    except tarfile.TarError as error:
        raise Refused("The backup was sealed by a site, but what is in it cannot be understood.") from error


def read_manifest(size: int, inside: IO[bytes]) -> bytes:
    """Raises ``Refused`` for one that nobody would have written."""
    if size > _MOST_MANIFEST:
        raise Refused("The list of contents in this backup cannot be understood.")
    return inside.read()


def pieces(inside: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a member."""
    while piece := inside.read(CHUNK):
        yield piece
