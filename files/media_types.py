"""Kinds of files that may be stored: one table, from the name's extension to everything else."""

from dataclasses import dataclass, field
from enum import StrEnum


class Family(StrEnum):
    """Files that share a size limit and a way of being shown."""

    IMAGE = "image"
    DRAWING = "drawing"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    ARCHIVE = "archive"
    TEXT = "text"


@dataclass(frozen=True)
class FileType:
    """``signatures`` are the extensions under which puremagic knows such content; text has none."""

    media_type: str
    family: Family
    signatures: frozenset[str] = field(default_factory=frozenset)
    alternatives: frozenset[str] = field(default_factory=frozenset)


def _type(media_type: str, family: Family, signatures: str = "", *alternatives: str) -> FileType:
    return FileType(media_type, family, frozenset(signatures.split()), frozenset(alternatives))


_JPEG = _type("image/jpeg", Family.IMAGE, ".jpg .jpeg .jfif")
_MP4 = _type("video/mp4", Family.VIDEO, ".mp4 .m4v")
_OGG = _type("audio/ogg", Family.AUDIO, ".ogg .oga", "video/ogg")
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

FILE_TYPES: dict[str, FileType] = {
    "png": _type("image/png", Family.IMAGE, ".png"),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "gif": _type("image/gif", Family.IMAGE, ".gif"),
    "webp": _type("image/webp", Family.IMAGE, ".webp"),
    "avif": _type("image/avif", Family.IMAGE, ".avif"),
    "svg": _type("image/svg+xml", Family.DRAWING),
    "mp4": _MP4,
    "m4v": _MP4,
    "webm": _type("video/webm", Family.VIDEO, ".webm", "audio/webm"),
    "ogv": _type("video/ogg", Family.VIDEO, ".ogv .ogg"),
    "ogg": _OGG,
    "oga": _OGG,
    "mp3": _type("audio/mpeg", Family.AUDIO, ".mp3 .mpga"),
    "m4a": _type("audio/mp4", Family.AUDIO, ".m4a"),
    "wav": _type("audio/wav", Family.AUDIO, ".wav"),
    "pdf": _type("application/pdf", Family.DOCUMENT, ".pdf"),
    "docx": _type(f"{_OOXML}.wordprocessingml.document", Family.DOCUMENT, ".docx"),
    "xlsx": _type(f"{_OOXML}.spreadsheetml.sheet", Family.DOCUMENT, ".xlsx"),
    "pptx": _type(f"{_OOXML}.presentationml.presentation", Family.DOCUMENT, ".pptx"),
    "odt": _type(f"{_ODF}.text", Family.DOCUMENT, ".odt .zip .docx"),
    "ods": _type(f"{_ODF}.spreadsheet", Family.DOCUMENT, ".ods .zip .docx"),
    "odp": _type(f"{_ODF}.presentation", Family.DOCUMENT, ".odp .zip .docx"),
    "epub": _type("application/epub+zip", Family.DOCUMENT, ".epub .zip .docx"),
    "zip": _type("application/zip", Family.ARCHIVE, ".zip .docx"),
    "tar": _type("application/x-tar", Family.ARCHIVE, ".tar"),
    "gz": _type("application/gzip", Family.ARCHIVE, ".gz .tgz .tar.gz"),
    "tgz": _type("application/gzip", Family.ARCHIVE, ".gz .tgz .tar.gz"),
    "bz2": _type("application/x-bzip2", Family.ARCHIVE, ".bz2 .tar.bz2"),
    "xz": _type("application/x-xz", Family.ARCHIVE, ".xz .tar.xz"),
    "vtt": _type("text/vtt", Family.TEXT),
    # Becomes WebVTT when it is stored: browsers read nothing else.
    "srt": _type("text/vtt", Family.TEXT),
    "csv": _type("text/csv", Family.TEXT),
    "tsv": _type("text/tab-separated-values", Family.TEXT),
    "txt": _type("text/plain", Family.TEXT),
    "md": _type("text/markdown", Family.TEXT),
    "json": _type("application/json", Family.TEXT),
    "py": _type("text/x-python", Family.TEXT),
}


def _names_of(*families: Family) -> frozenset[str]:
    types = [one for one in FILE_TYPES.values() if one.family in families]
    return frozenset(name for one in types for name in {one.media_type, *one.alternatives})


# What a browser may open by its address.
OPENED = _names_of(Family.IMAGE, Family.VIDEO, Family.AUDIO) | {"text/vtt"}
# Shown in the page itself. A drawing is a document that could have a script: one that has any is refused, what is kept goes
# out under a policy that lets nothing run, and opened by its address it is saved. As a picture of a page it runs nowhere.
INLINE = OPENED | _names_of(Family.DRAWING)


def extension(name: str) -> str:
    """The part after the last full stop, in small letters; empty if there is none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""
