"""Archives that others made, unpacked so that they can do no harm: ZIP and tar, judged by their content.

Nothing that an archive says of itself is believed. What comes out is counted while it comes, links and devices
are refused, and the folder that it went to is always removed.
"""

import bz2
import gzip
import lzma
import os
import re
import stat
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.errors import Invalid

CHUNK = 256 * 1024
MOST_HEADER = 1024 * 1024
XZ_MEMORY = 128 * 1024 * 1024
DEEPEST = 20
LONGEST_PART = 255
LONGEST_NAME = 1_000
# Texts that repeat themselves pack well; only what is large as well is taken for a bomb.
RATIO = 200
RATIO_FROM = 16 * 1024 * 1024
JUNK = "__MACOSX"
LICENCE = "LICENSE.txt"
_ENDINGS = re.compile(r"(?:\.tar)?\.(?:gz|tgz|bz2|xz|zip|tar)$", re.IGNORECASE)
_BROKEN = (NotImplementedError, RuntimeError, EOFError, ValueError, MemoryError)
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_END_OF_ZIP = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_535


@dataclass(frozen=True)
class Limits:
    members: int = 20_000
    total: int = 1024 * 1024 * 1024
    one: int = 512 * 1024 * 1024


class Refusal(Protocol):
    """Makes the error: a sentence, and the place in the archive that it is about."""

    def __call__(self, sentence: str | Promise, *, place: str = "") -> Invalid: ...


def refuse(sentence: str | Promise, *, place: str = "") -> Invalid:
    message = _("The archive cannot be read. %(why)s Nothing was stored.") % {"why": sentence}
    return Invalid("archive_broken", message, fields={place or ".": [sentence]})


@contextmanager
def opened(source: Path | BinaryIO, limits: Limits | None = None, *, name: str = "") -> Iterator[Path]:
    """A folder of one's own with what is in ``source``, for as long as the context lasts: a folder, or a ZIP or tar file.

    ``source`` is a path or, of an archive, a file that is open and seekable; ``name`` is what problems of the archive
    itself are told by.

    A lone outer folder is stepped into. A licence that lies beside the archive under its name comes along where
    there is none within. The reader may add files of its own to the folder. Raises ``Invalid``
    ``archive_broken`` that names the file and the place for what is broken, too large, or reaches outside itself.
    """
    with tempfile.TemporaryDirectory(prefix="course-") as scratch:
        folder = Path(scratch) / "unpacked"
        folder.mkdir()
        unpack(source, folder, limits or Limits(), refuse, name)
        found = lone_folder(folder)
        if isinstance(source, Path):
            _bring_licence(source, found)
        yield found


def lone_folder(folder: Path) -> Path:
    """The one folder that this one holds, if there is nothing else in it that anybody put there."""
    inner = [entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.name != JUNK]
    return inner[0] if len(inner) == 1 and inner[0].is_dir() else folder


def _bring_licence(path: Path, folder: Path) -> None:
    """A course is often handed on with its licence in a file of its own: ``course.tar.gz``, ``course.LICENSE.txt``."""
    beside = path.with_name(f"{_ENDINGS.sub('', path.name)}.LICENSE.txt")
    inside = folder / LICENCE
    is_here = beside.is_file() and not beside.is_symlink() and beside.stat().st_size <= MOST_HEADER
    if is_here and not path.is_dir() and not inside.exists():
        inside.write_bytes(beside.read_bytes())


def unpack(source: Path | BinaryIO, folder: Path, limits: Limits, refuse: Refusal, name: str = "") -> None:
    """Put what is in ``source`` into ``folder``: a folder, or a ZIP or tar file."""
    if isinstance(source, Path):
        name = name or source.name
    try:
        if not isinstance(source, Path):
            _unpack_file(source, name, folder, limits, refuse)
        elif source.is_dir():
            _copy(source, folder, limits, refuse)
        else:
            with source.open("rb") as content:
                _unpack_file(content, name, folder, limits, refuse)
    except FileNotFoundError:
        raise refuse(_("There is nothing at this place."), place=name) from None
    except OSError as error:
        sentence = _("It cannot be unpacked: %(why)s.") % {"why": error.strerror or _("it is broken")}
        raise refuse(sentence, place=name) from None


def _unpack_file(content: BinaryIO, name: str, folder: Path, limits: Limits, refuse: Refusal) -> None:
    if _looks_like_zip(content):
        unpack_zip(content, name, folder, limits, refuse)
    else:
        _unpack_tar(content, name, folder, limits, refuse)


def _looks_like_zip(content: BinaryIO) -> bool:
    """Judged by its beginning; a ZIP may stand behind something else, which is why its end is asked, too."""
    content.seek(0)
    head = content.read(6)
    return head.startswith(b"PK") or (not _is_packed(head) and zipfile.is_zipfile(content))


def _is_packed(head: bytes) -> bool:
    return head.startswith((_GZIP, _BZIP2, _XZ))


class _Names:
    """The names of an archive's members, each checked before anything is written."""

    def __init__(self, refuse: Refusal) -> None:
        self.refuse = refuse
        self.files: set[str] = set()
        self.folders: set[str] = set()

    def file(self, name: str) -> tuple[str, ...]:
        """The parts of the name of a file, which nothing else may have."""
        parts = self._parts(name)
        key = _key(parts)
        if key in self.files or key in self.folders:
            raise self.refuse(_("It holds this name twice, perhaps in small and in capital letters."), place=name[:200])
        self.files.add(key)
        self._remember_folders(parts[:-1], name)
        return parts

    def folder(self, name: str) -> None:
        if name.rstrip("/") not in (".", ""):
            self._remember_folders(self._parts(name.rstrip("/")), name)

    def _remember_folders(self, parts: tuple[str, ...], name: str) -> None:
        for end in range(len(parts), 0, -1):
            key = _key(parts[:end])
            if key in self.files:
                raise self.refuse(_("It holds this name both as a file and as a folder."), place=name[:200])
            if key in self.folders:
                return
            self.folders.add(key)

    def _parts(self, name: str) -> tuple[str, ...]:
        place = _printable(name)
        parts = name.removeprefix("./").split("/")
        if "\\" in name or ":" in parts[0][:2] or any(part in ("", ".", "..") for part in parts):
            raise self.refuse(_("It holds a name that leads outside of it."), place=place)
        if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in name):
            raise self.refuse(_("It holds a name with control characters in it."), place=place)
        if len(parts) > DEEPEST:
            sentence = _("Its folders stand more than %(most)s deep in each other.") % {"most": DEEPEST}
            raise self.refuse(sentence, place=place)
        if len(name) > LONGEST_NAME or any(len(os.fsencode(part)) > LONGEST_PART for part in parts):
            raise self.refuse(_("It holds a name that is too long."), place=place)
        return tuple(parts)


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:200])


def _key(parts: tuple[str, ...]) -> str:
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def _is_junk(name: str) -> bool:
    return name.removeprefix("./").split("/", 1)[0] == JUNK


class _Counter:
    """Counts what comes out, and stops at a limit."""

    def __init__(self, limits: Limits, refuse: Refusal) -> None:
        self.limits = limits
        self.refuse = refuse
        self.total = 0

    def member(self, count: int) -> None:
        if count > self.limits.members:
            raise self.refuse(_("It has more than %(most)s files.") % {"most": self.limits.members}, place=".")

    def size(self, name: str, size: int) -> None:
        """What a member says of its size is enough to refuse it."""
        if size > self.limits.one and self.limits.one < self.limits.total:
            most = filesizeformat(self.limits.one)
            raise self.refuse(_("This file is larger than %(most)s.") % {"most": most}, place=name[:200])

    def bytes(self, size: int) -> None:
        self.total += size
        if self.total > self.limits.total:
            most = filesizeformat(self.limits.total)
            raise self.refuse(_("It has more than %(most)s in it.") % {"most": most}, place=".")

    def ratio(self, name: str, packed: int, size: int) -> None:
        if size > RATIO_FROM and size > packed * RATIO:
            sentence = _("This is packed so tightly that it looks like an archive made to do harm.")
            raise self.refuse(sentence, place=name[:200])

    def write(self, name: str, source: BinaryIO, target: Path, packed: int = 0) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with target.open("xb") as copy:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                self.bytes(len(chunk))
                self.size(name, size)
                if packed:
                    self.ratio(name, packed, size)
                copy.write(chunk)


# Folders


def _copy(source: Path, folder: Path, limits: Limits, refuse: Refusal) -> None:
    """Dot files are left behind; everything else is held to the same rules as in an archive."""
    names, counter, count = _Names(refuse), _Counter(limits, refuse), 0
    for place, inner, files in os.walk(source, followlinks=False):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in (*inner, *sorted(files)):
            if name.startswith("."):
                continue
            entry = Path(place) / name
            relative = entry.relative_to(source).as_posix()
            mode = entry.lstat().st_mode
            if stat.S_ISLNK(mode) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise refuse(_("It holds a link. Put the file itself there."), place=relative[:200])
            if stat.S_ISREG(mode):
                count += 1
                counter.member(count)
                with entry.open("rb") as content:
                    counter.write(relative, content, folder.joinpath(*names.file(relative)))


# ZIP


def unpack_zip(content: BinaryIO, name: str, folder: Path, limits: Limits, refuse: Refusal) -> None:
    """Unpack a ZIP, counting what really comes out of it, not what it says."""
    names, counter = _Names(refuse), _Counter(limits, refuse)
    try:
        counter.member(_members_of_zip(content) // 2)
        with zipfile.ZipFile(content) as archive:
            members = [member for member in archive.infolist() if not _is_junk(member.filename)]
            files = [member for member in members if not member.is_dir()]
            counter.member(len(files))
            counter.member(len(members) // 2)
            for member in members:
                if member.is_dir():
                    names.folder(member.filename)
            places = [_zip_place(member, names, refuse) for member in files]
            for member in files:
                counter.size(member.filename, member.file_size)
            for member, place in zip(files, places, strict=True):
                with archive.open(member) as packed:
                    size = max(member.compress_size, 1)
                    counter.write(member.filename, cast(BinaryIO, packed), folder.joinpath(*place), size)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, *_BROKEN):
        # Broken, encrypted, or packed in a way that the library does not know.
        raise refuse(_("This is not a ZIP file that can be unpacked."), place=name) from None


def _members_of_zip(content: BinaryIO) -> int:
    """How many members the end of the file speaks of, so that very many are refused before they are listed."""
    size = content.seek(0, os.SEEK_END)
    content.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = content.read()
    at = tail.rfind(_END_OF_ZIP)
    return int.from_bytes(tail[at + 10 : at + 12], "little") if 0 <= at <= len(tail) - _END_SIZE else 0


def _zip_place(member: zipfile.ZipInfo, names: _Names, refuse: Refusal) -> tuple[str, ...]:
    # The library cuts a name at its null character and keeps the whole one here.
    place = names.file(member.orig_filename)
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        raise refuse(_("It holds a link. Put the file itself there."), place=member.filename[:200])
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise refuse(_("It holds something that is no plain file."), place=member.filename[:200])
    return place


# Tar


def _unpack_tar(packed: BinaryIO, name: str, folder: Path, limits: Limits, refuse: Refusal) -> None:
    """Take it out of its packing first, within the limits, then look at every name, then unpack."""
    plain = folder.parent / f"{folder.name}.tar"
    try:
        _unpacked_stream(packed, name, plain, limits, refuse)
        with plain.open("rb") as content, tarfile.open(fileobj=cast(BinaryIO, _Guarded(content)), mode="r:") as archive:
            files = _members_of_tar(archive, limits, refuse)
            counter = _Counter(limits, refuse)
            for member, place in files:
                source = archive.extractfile(member)
                if source is None:
                    raise tarfile.ReadError
                with source:
                    counter.write(member.name, cast(BinaryIO, source), folder.joinpath(*place))
    except tarfile.ReadError as error:
        sentence = _("This is neither a ZIP nor a tar file that can be unpacked, or it is cut off.")
        raise refuse(sentence, place=name) from error
    except (tarfile.TarError, zlib.error, lzma.LZMAError, *_BROKEN):
        raise refuse(_("This archive is broken or cut off. Pack it again."), place=name) from None
    finally:
        plain.unlink(missing_ok=True)


def _unpacked_stream(source: BinaryIO, name: str, plain: Path, limits: Limits, refuse: Refusal) -> None:
    packed = source.seek(0, os.SEEK_END)
    source.seek(0)
    # Each member has a header and is filled up to a whole number of blocks.
    counter = _Counter(Limits(limits.members, limits.total + limits.members * 2048, limits.total * 2), refuse)
    with plain.open("xb") as target:
        reader = _unpacker(source)
        while chunk := reader(CHUNK):
            counter.bytes(len(chunk))
            counter.ratio(name, packed, counter.total)
            target.write(chunk)


def _unpacker(source: BinaryIO) -> Callable[[int], bytes]:
    head = source.read(6)
    source.seek(0)
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=source).read
    if head.startswith(_BZIP2):
        return bz2.BZ2File(source).read
    if head == _XZ:
        return _Xz(source).read
    return source.read


class _Xz:
    """Reads an xz file in bounded memory, which the standard library's file object does not offer."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source
        self.unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)

    def read(self, size: int) -> bytes:
        while not self.unpacker.eof:
            packed = self.source.read(CHUNK) if self.unpacker.needs_input else b""
            if self.unpacker.needs_input and not packed:
                raise EOFError
            if chunk := self.unpacker.decompress(packed, size):
                return chunk
        return b""


class _Guarded:
    """A file from which nothing very large is read at once: long headers would be taken into memory whole."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MOST_HEADER:
            raise ValueError
        return self.source.read(size)

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        return self.source.seek(place, whence)

    def tell(self) -> int:
        return self.source.tell()


def _members_of_tar(
    archive: tarfile.TarFile, limits: Limits, refuse: Refusal
) -> list[tuple[tarfile.TarInfo, tuple[str, ...]]]:
    names, counter = _Names(refuse), _Counter(limits, refuse)
    found: list[tuple[tarfile.TarInfo, tuple[str, ...]]] = []
    for seen, member in enumerate(archive, start=1):
        # Folders count, too, but not for as much.
        counter.member(seen // 2)
        if _is_junk(member.name):
            continue
        if member.isdir():
            names.folder(member.name)
            continue
        place = names.file(member.name)
        if member.issym() or member.islnk():
            raise refuse(_("It holds a link. Put the file itself there."), place=_printable(member.name))
        if not member.isreg() or member.issparse():
            raise refuse(_("It holds something that is no plain file."), place=_printable(member.name))
        found.append((member, place))
        counter.member(len(found))
        counter.size(member.name, member.size)
        counter.bytes(member.size)
    if not found:
        raise tarfile.ReadError
    _check_end(archive)
    return found


def _check_end(archive: tarfile.TarFile) -> None:
    """A tar file ends with empty blocks; the library takes one that is cut off between two members for whole."""
    source = cast(BinaryIO, archive.fileobj)
    source.seek(archive.offset)
    if source.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError
