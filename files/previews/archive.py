"""What lies in an archive, as a list: nothing is unpacked, and of packed tapes only so much as the list needs."""

import bz2
import io
import lzma
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO, Protocol, cast

from files.media_types import FILE_TYPES, Family, extension
from files.previews.base import NOT_DAMAGE, NoPreview, Reason, bounded, visible_name

MOST_ENTRIES = 1000
_LONGEST_NAME = 500
# A ZIP's table of contents; one of this size has tens of thousands of entries.
_DIRECTORY_BYTES = 4 * 1024 * 1024
# The longest header of a tape: names and marks alone.
_HEADER_BYTES = 1024 * 1024
_UNPACKED = 32 * 1024 * 1024
_XZ_MEMORY = 80 * 1024 * 1024
_SECONDS = 1.0
_PIECE = 64 * 1024
_ARCHIVES = frozenset(
    {ending for ending, kind in FILE_TYPES.items() if kind.family is Family.ARCHIVE} | {"7z", "rar", "jar"}
)


@dataclass(frozen=True)
class Entry:
    """``name`` is safe to show: what cannot be seen is written as numbers. None is what the archive does not say."""

    name: str
    size: int | None
    packed_size: int | None = None
    modified: datetime | None = None
    is_folder: bool = False
    is_link: bool = False
    is_encrypted: bool = False

    @property
    def is_archive(self) -> bool:
        return not self.is_folder and extension(self.name) in _ARCHIVES


@dataclass(frozen=True)
class ArchivePreview:
    """``total`` is None where the end was not reached. Times are as the archive has them: ZIP knows no zone."""

    entries: tuple[Entry, ...]
    total: int | None

    @property
    def is_cut(self) -> bool:
        return self.total is None or self.total > len(self.entries)


def archive_preview(source: BinaryIO, name: str) -> ArchivePreview:
    """The entries of a ZIP, a TAR, or a TAR packed with gzip, bzip2 or xz; of another packed file its one content."""
    source.seek(0)
    head = source.read(6)
    source.seek(0)
    try:
        if head[:2] == b"PK":
            return _zip(source)
        if head[:3] == b"\x1f\x8b\x08":
            return _packed_tape(source, name, _Unpacking(source, _Gzip))
        if head[:3] == b"BZh":
            return _packed_tape(source, name, _Unpacking(source, bz2.BZ2Decompressor))
        if head == b"\xfd7zXZ\x00":
            return _packed_tape(source, name, _Unpacking(source, _xz))
        with tarfile.open(fileobj=bounded(source, _HEADER_BYTES), mode="r:") as tape:
            return _tape(tape)
    except NOT_DAMAGE:
        raise
    # Readers of archives meet broken ones with errors of every kind.
    except Exception:
        raise NoPreview(Reason.DAMAGED) from None


def _zip(source: BinaryIO) -> ArchivePreview:
    with zipfile.ZipFile(bounded(source, _DIRECTORY_BYTES)) as archive:
        members = archive.infolist()
        return ArchivePreview(tuple(_zip_entry(member) for member in members[:MOST_ENTRIES]), len(members))


def _zip_entry(member: zipfile.ZipInfo) -> Entry:
    # ``filename`` ends at a zero byte and has its separators changed; what stands in the archive is shown.
    return Entry(
        _shown(member.orig_filename),
        member.file_size,
        member.compress_size,
        _clock(member.date_time),
        is_folder=member.is_dir(),
        is_link=member.external_attr >> 28 == 0xA,
        is_encrypted=bool(member.flag_bits & 0x1),
    )


def _clock(parts: tuple[int, ...]) -> datetime | None:
    try:
        year, month, day, hour, minute, second = parts
        # ZIP counts seconds in twos and lets them run over.
        moment = datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None
    # The first day that ZIP knows stands for no time.
    return None if (moment.year, moment.month, moment.day) == (1980, 1, 1) else moment


def _packed_tape(source: BinaryIO, name: str, unpacking: "_Unpacking") -> ArchivePreview:
    first = unpacking.peek(tarfile.BLOCKSIZE)
    try:
        tarfile.TarInfo.frombuf(first, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        inner = name[: -len(extension(name)) - 1] if extension(name) else name
        packed_size = source.seek(0, io.SEEK_END)
        return ArchivePreview((Entry(_shown(inner), None, packed_size),), 1)
    with tarfile.open(fileobj=cast("BinaryIO", unpacking), mode="r|") as tape:
        return _tape(tape)


def _tape(tape: tarfile.TarFile) -> ArchivePreview:
    entries = []
    is_whole = True
    until = time.monotonic() + _SECONDS
    try:
        for member in islice(tape, MOST_ENTRIES):
            entries.append(_tape_entry(member))
            if time.monotonic() > until:
                is_whole = False
                break
        else:
            is_whole = len(entries) < MOST_ENTRIES or tape.next() is None
    except _Enough:
        is_whole = False
    return ArchivePreview(tuple(entries), len(entries) if is_whole else None)


def _tape_entry(member: tarfile.TarInfo) -> Entry:
    try:
        modified = datetime.fromtimestamp(member.mtime, UTC) if member.mtime else None
    except (ValueError, OverflowError, OSError):
        modified = None
    return Entry(
        _shown(member.name),
        member.size,
        modified=modified,
        is_folder=member.isdir(),
        is_link=member.issym() or member.islnk(),
    )


def _shown(name: str) -> str:
    shown = visible_name(name[: _LONGEST_NAME + 1])
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


class _Enough(Exception):
    """So much was unpacked as a list may cost."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib behind the face that bz2 and lzma have."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


class _Unpacking:
    """Reads what a packed file holds, forwards, until it was ``_UNPACKED`` or took too long: then ``_Enough``."""

    def __init__(self, source: BinaryIO, make: Callable[[], _Decompressor]) -> None:
        self._source = source
        self._make = make
        self._until = time.thread_time() + _SECONDS
        self._left = _UNPACKED
        self._pieces = self._unpack()
        self._held = b""

    def peek(self, size: int) -> bytes:
        while len(self._held) < size and (piece := next(self._pieces, b"")):
            self._held += piece
        return self._held[:size]

    def read(self, size: int) -> bytes:
        found = self.peek(size)
        self._held = self._held[len(found) :]
        return found

    def _unpack(self) -> Iterator[bytes]:
        decompressor = self._make()
        data = b""
        while True:
            if decompressor.eof:
                data = decompressor.unused_data or self._source.read(_PIECE)
                # Zeros may fill the last block.
                if not data.strip(b"\0"):
                    return
                decompressor = self._make()
            elif decompressor.needs_input:
                data = self._source.read(_PIECE)
                if not data:
                    raise EOFError("the packed file is cut")
            else:
                data = b""
            piece = decompressor.decompress(data, _PIECE)
            self._left -= len(piece)
            if self._left < 0 or time.thread_time() > self._until:
                raise _Enough
            if piece:
                yield piece
