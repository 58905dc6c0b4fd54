"""What may be stored: judged by the content, which must agree with the name's ending."""

import os
import unicodedata
import zipfile
from pathlib import Path
from typing import BinaryIO

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from files.captions import captions_problem
from files.drawings import drawing_problem
from files.images import pixel_size
from files.media_types import FILE_TYPES, Family, FileType, extension

MAX_PIXELS = 50_000_000
HEAD_BYTES = 512 * 1024
NAME_LENGTH = 200

_ZIP_CONTENT = {
    "docx": "word/",
    "xlsx": "xl/",
    "pptx": "ppt/",
}
_ZIP_MEDIA_TYPE = {"odt", "ods", "odp", "epub"}


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


def validate_content(path: Path, name: str) -> None:
    """Check that the file at ``path`` is what its name says, and harmless.

    Raises ``ValidationError`` with the codes ``file_empty``, ``file_type_mismatch``,
    ``file_not_text``, ``captions_broken``, ``file_damaged``, ``image_too_large`` or ``file_active``.
    """
    promised = file_type(name)
    with path.open("rb") as content:
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
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
            first = archive.infolist()[0] if names else None
            declared = b""
            if ending in _ZIP_MEDIA_TYPE and first is not None and first.filename == "mimetype":
                with archive.open(first) as member:
                    declared = member.read(100)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError):
        raise _damaged(name) from None
    if ending in _ZIP_CONTENT:
        agrees = "[Content_Types].xml" in names and any(n.startswith(_ZIP_CONTENT[ending]) for n in names)
        if any(n.endswith("vbaProject.bin") for n in names):
            raise ValidationError(
                _("“%(name)s” contains macros. Save it without them."), code="file_active", params={"name": name}
            )
    else:
        agrees = ending == "zip" or declared.decode("ascii", "replace") == FILE_TYPES[ending].media_type
    if not agrees:
        raise ValidationError(
            _("The content of “%(name)s” is not what its name says. Save it again in the right format."),
            code="file_type_mismatch",
            params={"name": name},
        )


def _damaged(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” is damaged or incomplete. Save it again, then upload it once more."),
        code="file_damaged",
        params={"name": name},
    )
