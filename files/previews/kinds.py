"""How a file is shown, by its media type and the ending of its name."""

from enum import StrEnum

from files.media_types import FILE_TYPES, Family
from files.previews.languages import language_of


class PreviewKind(StrEnum):
    IMAGE = "image"
    PDF = "pdf"
    AUDIO = "audio"
    VIDEO = "video"
    CODE = "code"
    TEXT = "text"
    MARKDOWN = "markdown"
    TABLE = "table"
    OFFICE = "office"
    ARCHIVE = "archive"
    NONE = "none"


_SPREADSHEET = FILE_TYPES["xlsx"].media_type
_OFFICE = frozenset(FILE_TYPES[ending].media_type for ending in ("docx", "pptx", "odt", "ods", "odp"))
_DRAWING = FILE_TYPES["svg"].media_type
_FAMILIES = {
    Family.IMAGE: PreviewKind.IMAGE,
    Family.DRAWING: PreviewKind.IMAGE,
    Family.VIDEO: PreviewKind.VIDEO,
    Family.AUDIO: PreviewKind.AUDIO,
    Family.ARCHIVE: PreviewKind.ARCHIVE,
    Family.TEXT: PreviewKind.TEXT,
}
_KINDS = {
    **{
        media_type: _FAMILIES[file_type.family]
        for file_type in FILE_TYPES.values()
        if file_type.family in _FAMILIES
        for media_type in sorted({file_type.media_type, *file_type.alternatives})
    },
    **dict.fromkeys(_OFFICE, PreviewKind.OFFICE),
    # Of the sound alone a film's container says so; the name's ending decided for the film.
    "video/ogg": PreviewKind.VIDEO,
    "audio/webm": PreviewKind.AUDIO,
    "application/pdf": PreviewKind.PDF,
    "text/csv": PreviewKind.TABLE,
    "text/tab-separated-values": PreviewKind.TABLE,
    "text/markdown": PreviewKind.MARKDOWN,
    _SPREADSHEET: PreviewKind.TABLE,
}


def preview_kind(media_type: str, name: str) -> PreviewKind:
    """How the file is shown. A text is code where the name's ending says in which language."""
    kind = _KINDS.get(media_type)
    if kind is None:
        # Types of text that are not stored by a name of their own.
        kind = PreviewKind.TEXT if media_type.startswith("text/") else PreviewKind.NONE
    if kind is PreviewKind.TEXT and language_of(name):
        return PreviewKind.CODE
    return kind


def is_made_by_job(media_type: str, name: str) -> bool:
    """Whether the preview is made once and kept; all others are made while the page is."""
    kind = preview_kind(media_type, name)
    if kind is PreviewKind.IMAGE:
        # A drawing is shown as it is, at every size.
        return media_type != _DRAWING
    return kind is PreviewKind.OFFICE or media_type == _SPREADSHEET
