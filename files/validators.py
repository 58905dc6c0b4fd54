"""What may be stored: judged by the content, which must agree with the name's ending."""

import os
import struct
import unicodedata
import zipfile
from typing import BinaryIO

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from files.captions import captions_problem
from files.drawings import drawing_problem
from files.images import ANIMATED, frame_count, pixel_size
from files.media_types import FILE_TYPES, Family, FileType, extension

MAX_PIXELS = 50_000_000
# Of an animation: so many pictures, and pixels in all of them together.
MAX_FRAMES = 10_000
MAX_FRAME_PIXELS = 20 * MAX_PIXELS
# Unpacked, an archive may hold so many times what an archive itself may; small ones may be packed as tightly as they like.
MOST_UNPACKED = 20
MOST_RATIO = 1000
ALWAYS_UNPACKED = 64 * 1024**2
# Reading a table of contents takes more than ten times its size in memory; one of this size has tens of thousands of entries.
DIRECTORY_BYTES = 8 * 1024**2
HEAD_BYTES = 512 * 1024
NAME_LENGTH = 200

_ZIP_CONTENT = {
    "docx": "word/",
    "xlsx": "xl/",
    "pptx": "ppt/",
}
_ZIP_MEDIA_TYPE = {"odt", "ods", "odp", "epub"}
_OPEN_DOCUMENT = {"odt", "ods", "odp"}
# In LibreOffice's folder of macros: the lists of libraries and of what is in one, which it also writes when there is nothing.
_LISTS_OF_MACROS = {"script-lc.xml", "script-lb.xml", "dialog-lc.xml", "dialog-lb.xml"}


def clean_name(name: str) -> str:
    """The last part of a name as a person may see it: no folders, no control characters, not too long."""
    base = os.path.basename(unicodedata.normalize("NFC", name).replace("\\", "/"))
    kept = "".join(c for c in base if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}).strip(" .")
    ending = extension(kept)
    stem = kept[: -len(ending) - 1] if ending else kept
    return f"{stem[:NAME_LENGTH]}.{ending}" if ending else stem[:NAME_LENGTH]


def file_type(name: str) -> FileType:
    """The type that a name promises.

    Raises ``ValidationError`` with code ``file_type_unknown`` if such files are not kept here.
    """
    promised = FILE_TYPES.get(extension(name))
    if promised is None:
        raise ValidationError(
            _("Files like “%(name)s” cannot be stored here. Possible are: %(endings)s."),
            code="file_type_unknown",
            params={"name": name, "endings": ", ".join(sorted(FILE_TYPES))},
        )
    return promised


def max_bytes(family: Family) -> int:
    """The size limit of a family of files, in bytes."""
    return int(settings.FILE_LIMITS[family])


def largest() -> int:
    """The size limit of the largest files of all, in bytes."""
    return int(max(settings.FILE_LIMITS.values()))


def too_large(name: str, family: Family) -> ValidationError:
    return ValidationError(
        _("“%(name)s” is too large. The limit for such files is %(limit)s."),
        code="file_too_large",
        params={"name": name, "limit": filesizeformat(max_bytes(family))},
    )


def validate_content(content: BinaryIO, name: str) -> None:
    """Check that ``content``, which is seekable, is what its name says, and harmless.

    Raises ``ValidationError`` with the codes ``file_empty``, ``file_type_mismatch``,
    ``file_not_text``, ``captions_broken``, ``file_damaged``, ``image_too_large``, ``archive_bomb`` or ``file_active``.
    """
    promised = file_type(name)
    content.seek(0)
    head = content.read(HEAD_BYTES)
    if not head:
        raise ValidationError(_("“%(name)s” is empty."), code="file_empty", params={"name": name})
    content.seek(0)
    if promised.family is Family.TEXT:
        validate_text(content.read(), name)
    elif promised.family is Family.DRAWING:
        _check_drawing(content.read(), name)
    else:
        _check_signature(head, name, promised)
        if promised.family is Family.IMAGE:
            _check_pixels(head, name, promised)
            if promised.media_type in ANIMATED:
                _check_frames(content, head, name, promised)
        elif ".zip" in promised.signatures or extension(name) in _ZIP_CONTENT:
            _check_zip(content, name)


def _check_signature(head: bytes, name: str, promised: FileType) -> None:
    try:
        found = {match.extension for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        found = set()
    if promised.signatures.isdisjoint(found) or (promised.media_type == "application/pdf" and head[:5] != b"%PDF-"):
        raise ValidationError(
            _("The content of “%(name)s” is not what its name says. Save it again in the right format."),
            code="file_type_mismatch",
            params={"name": name},
        )


def _check_pixels(head: bytes, name: str, promised: FileType) -> None:
    size = pixel_size(promised.media_type, head)
    if size is None or 0 in size:
        raise _damaged(name)
    if size[0] * size[1] > MAX_PIXELS:
        raise ValidationError(
            _("“%(name)s” has %(width)d × %(height)d pixels. Make it smaller: the limit is 50 million pixels."),
            code="image_too_large",
            params={"name": name, "width": size[0], "height": size[1]},
        )


def _check_frames(content: BinaryIO, head: bytes, name: str, promised: FileType) -> None:
    size = pixel_size(promised.media_type, head)
    pixels = size[0] * size[1] if size else 0
    most = min(MAX_FRAMES, MAX_FRAME_PIXELS // max(pixels, 1))
    content.seek(0)
    if frame_count(promised.media_type, content.read(), most) > most:
        raise ValidationError(
            _("“%(name)s” moves for too long at its size: more than %(most)d pictures. Make it smaller or shorter."),
            code="image_too_large",
            params={"name": name, "most": most},
        )


def validate_text(content: bytes, name: str) -> str:
    """The text of a file whose name promises one. Raises ``ValidationError`` as ``validate_content`` does."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValidationError(
            _("“%(name)s” is not text in UTF-8. Save it again with the encoding UTF-8."),
            code="file_not_text",
            params={"name": name},
        )
    if extension(name) == "vtt" and not text.startswith("WEBVTT"):
        raise ValidationError(
            _("“%(name)s” does not begin with WEBVTT, so players will not read it as captions."),
            code="file_type_mismatch",
            params={"name": name},
        )
    if extension(name) in ("vtt", "srt") and (problem := captions_problem(text, extension(name))):
        raise ValidationError(
            _("The captions in “%(name)s” cannot be read. %(problem)s"),
            code="captions_broken",
            params={"name": name, "problem": str(problem)},
        )
    return text


def _check_drawing(content: bytes, name: str) -> None:
    problem = drawing_problem(content)
    if problem:
        raise ValidationError("%(name)s: %(problem)s", code="file_active", params={"name": name, "problem": problem})


def _check_zip(content: BinaryIO, name: str) -> None:
    """Read the table of contents, never what is packed: sizes in it can lie."""
    ending = extension(name)
    try:
        if _directory_bytes(content) > DIRECTORY_BYTES:
            raise _bomb(name, _("it has too many entries"))
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
            first = archive.infolist()[0] if names else None
            _check_unpacked(archive.infolist(), content.seek(0, os.SEEK_END), name)
            declared = b""
            if ending in _ZIP_MEDIA_TYPE and first is not None and first.filename == "mimetype":
                with archive.open(first) as member:
                    declared = member.read(100)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError, struct.error):
        raise _damaged(name) from None
    if ending != "zip" and any(_is_macro(member, ending) for member in names):
        raise ValidationError(
            _("“%(name)s” contains macros. Save it without them."), code="file_active", params={"name": name}
        )
    if ending in _ZIP_CONTENT:
        agrees = "[Content_Types].xml" in names and any(n.startswith(_ZIP_CONTENT[ending]) for n in names)
    else:
        agrees = ending == "zip" or declared.decode("ascii", "replace") == FILE_TYPES[ending].media_type
    if not agrees:
        raise ValidationError(
            _("The content of “%(name)s” is not what its name says. Save it again in the right format."),
            code="file_type_mismatch",
            params={"name": name},
        )


def _is_macro(member: str, ending: str) -> bool:
    """Whether something in a document is a program: office programs read its name without regard to capital letters."""
    folded = member.replace("\\", "/").casefold()
    *folders, last = [part for part in folded.split("/") if part not in ("", ".")] or [""]
    if last == "vbaproject.bin":
        return True
    # Folders alone are written also where there is nothing in them.
    if ending not in _OPEN_DOCUMENT or not folders or folded.endswith("/"):
        return False
    return folders[0] == "scripts" or (folders[0] == "basic" and last not in _LISTS_OF_MACROS)


def _directory_bytes(content: BinaryIO) -> int:
    """How long the table of contents is, as the reader of ZIP files finds it before it reads it whole."""
    found = zipfile._EndRecData(content)  # type: ignore[attr-defined]
    return int(found[zipfile._ECD_SIZE]) if found else 0  # type: ignore[attr-defined]


def _check_unpacked(members: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    """Refuse what would fill a disk. Names that lead elsewhere, links and passwords are no reason: nothing is unpacked here."""
    total = sum(member.file_size for member in members)
    if total > MOST_UNPACKED * max_bytes(Family.ARCHIVE):
        raise _bomb(name, _("unpacked it has %(size)s") % {"size": filesizeformat(total)})
    # Entries that lie over each other count together what none of them is alone.
    sizes = [(total, packed), *((member.file_size, member.compress_size) for member in members)]
    for unpacked, there in sizes:
        if unpacked > ALWAYS_UNPACKED and unpacked > MOST_RATIO * there:
            raise _bomb(name, _("%(size)s are packed into almost nothing") % {"size": filesizeformat(unpacked)})


def _bomb(name: str, reason: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” cannot be kept: %(reason)s. Pack what is needed of it into several smaller archives."),
        code="archive_bomb",
        params={"name": name, "reason": reason},
    )


def _damaged(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” is damaged or incomplete. Save it again, then upload it once more."),
        code="file_damaged",
        params={"name": name},
    )
