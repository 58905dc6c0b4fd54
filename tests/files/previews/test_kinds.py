"""Which file is shown how, and what is made beforehand."""

import pytest

from files.media_types import FILE_TYPES
from files.previews.kinds import PreviewKind, is_made_by_job, preview_kind

SHOWN = {
    **dict.fromkeys(["png", "jpg", "jpeg", "gif", "webp", "avif", "svg"], PreviewKind.IMAGE),
    **dict.fromkeys(["mp4", "m4v", "webm", "ogv"], PreviewKind.VIDEO),
    **dict.fromkeys(["ogg", "oga", "mp3", "m4a", "wav"], PreviewKind.AUDIO),
    "pdf": PreviewKind.PDF,
    **dict.fromkeys(["docx", "pptx", "odt", "ods", "odp"], PreviewKind.OFFICE),
    **dict.fromkeys(["xlsx", "csv", "tsv"], PreviewKind.TABLE),
    "epub": PreviewKind.NONE,
    **dict.fromkeys(["zip", "tar", "gz", "tgz", "bz2", "xz"], PreviewKind.ARCHIVE),
    **dict.fromkeys(["vtt", "srt", "txt"], PreviewKind.TEXT),
    "md": PreviewKind.MARKDOWN,
    "json": PreviewKind.CODE,
    "py": PreviewKind.CODE,
}


def test_every_type_that_is_stored_has_its_kind():
    assert {ending: preview_kind(kind.media_type, f"a.{ending}") for ending, kind in FILE_TYPES.items()} == SHOWN


def test_pictures_workbooks_and_documents_are_made_by_a_job():
    made = {ending for ending, kind in FILE_TYPES.items() if is_made_by_job(kind.media_type, f"a.{ending}")}
    assert made == {"png", "jpg", "jpeg", "gif", "webp", "avif", "xlsx", "docx", "pptx", "odt", "ods", "odp"}


@pytest.mark.parametrize(
    ("media_type", "name", "kind"),
    [
        ("text/plain", "program.c", PreviewKind.CODE),
        ("text/x-rust", "main.rs", PreviewKind.CODE),
        ("text/x-unknown", "a.unknown", PreviewKind.TEXT),
        ("video/ogg", "talk.ogg", PreviewKind.VIDEO),
        ("audio/webm", "talk.webm", PreviewKind.AUDIO),
        ("application/x-something", "program.py", PreviewKind.NONE),
    ],
)
def test_types_beside_the_table(media_type, name, kind):
    assert preview_kind(media_type, name) is kind
