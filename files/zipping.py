"""ZIP archives that are made while they are sent or stored: nothing of them lies in memory or on a disk as a whole.

What is sent is not compressed: pictures, films and documents are already, and so the length is known before the first byte.
With it whoever receives less knows that it is less, through whatever proxy it came.
"""

import re
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, cast

from files.sealing.stream import Tampered

# Not more than this is held at a time.
PIECE = 256 * 1024

# What Windows cannot write, and what could lead out of the folder that somebody unpacks it in.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_EARLIEST, _LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)

# Bytes of the parts of an archive (APPNOTE 6.3): the head of an entry, what follows its content, its line in the table of
# contents, and the end; in brackets of those over 2 GB.
_HEAD, _HEAD_64 = 30, 20
_AFTER, _AFTER_64 = 16, 24
_LINE, _LINE_64, _SIZES_64, _OFFSET_64 = 46, 4, 16, 8
_END, _END_64 = 22, 56 + 20


@dataclass(frozen=True)
class Member:
    """A file in an archive, or with a ``path`` that ends in "/" a folder. ``opened``: gives its content, once."""

    path: str
    changed: datetime
    size: int = 0
    opened: Callable[[], BinaryIO] | None = None


class MemberLost(Exception):
    """The content of ``member`` cannot be read as it was stored: an archive that was begun must not look whole."""

    def __init__(self, member: Member) -> None:
        super().__init__(member.path)
        self.member = member


@dataclass
class Names:
    """Names for the folders of an archive: none twice, however capital letters are taken."""

    taken: dict[str, set[str]] = field(default_factory=dict)

    def free(self, folder: str, name: str) -> str:
        """``name`` as it may stand in ``folder``, a path that ends in "/" or is empty; with a number if it is taken."""
        name = safe_name(name)
        there = self.taken.setdefault(folder, set())
        stem, dot, ending = name.rpartition(".")
        if not stem:
            stem, dot, ending = name, "", ""
        number, found = 1, name
        while found.casefold() in there:
            number += 1
            found = f"{stem} ({number}){dot}{ending}"
        there.add(found.casefold())
        return found


def safe_name(name: str) -> str:
    """``name`` without what means something to a file system; never empty, "." or ".."."""
    found = _FORBIDDEN.sub("_", name).strip(" .")
    return f"_{found}" if _DEVICES.match(found) else found or "_"


def pieces(members: Iterable[Member], *, compressed: bool = False) -> Generator[bytes, None, None]:
    """The archive, piece by piece, of which none is empty. Raises ``MemberLost``, and ``ProviderError`` if a member is
    somewhere that does not answer."""
    sink = _Sink()
    with zipfile.ZipFile(cast(BinaryIO, sink), "w") as archive:
        for member in members:
            info = _info(member)
            info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            if member.opened is None:
                archive.mkdir(info)
                continue
            try:
                with member.opened() as source, archive.open(info, "w", force_zip64=_is_large(member.size)) as target:
                    left = member.size
                    while piece := source.read(min(PIECE, left)):
                        left -= len(piece)
                        target.write(piece)
                        # What is compressed comes out now and then.
                        if packed := sink.take():
                            yield packed
                    if left or source.read(1):
                        raise EOFError
            except (OSError, EOFError, Tampered) as error:
                raise MemberLost(member) from error
    yield sink.take()


class PiecesReader:
    """Reads ``pieces`` like a file, from its beginning to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int) -> bytes:
        """The next bytes, at most ``size``; none at the end."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def length_of(members: Sequence[Member]) -> int:
    """How many bytes ``pieces`` gives where nothing is compressed."""
    at = table = 0
    for member in members:
        name = len(member.path.encode())
        sizes = member.size > zipfile.ZIP64_LIMIT
        extra = (_SIZES_64 if sizes else 0) + (_OFFSET_64 if at > zipfile.ZIP64_LIMIT else 0)
        table += _LINE + name + (_LINE_64 + extra if extra else 0)
        at += _HEAD + name + member.size
        if member.opened is not None:
            at += _HEAD_64 + _AFTER_64 if _is_large(member.size) else _AFTER
    is_large = len(members) > zipfile.ZIP_FILECOUNT_LIMIT or at > zipfile.ZIP64_LIMIT or table > zipfile.ZIP64_LIMIT
    return at + table + _END + (_END_64 if is_large else 0)


def _is_large(size: int) -> bool:
    return size > zipfile.ZIP64_LIMIT


def _info(member: Member) -> zipfile.ZipInfo:
    moment = member.changed.timetuple()[:6]
    info = zipfile.ZipInfo(member.path, min(max(moment, _EARLIEST), _LATEST))
    # For folders, of which nothing is counted.
    info.CRC = 0
    info.external_attr = (0o40755 << 16) | 0x10 if member.opened is None else 0o100644 << 16
    return info


class _Sink:
    """Where the archive is written to: it cannot go back, and gives away what it has."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        found = b"".join(self._held)
        self._held.clear()
        return found
