"""Small exports of Open edX for tests."""

import base64
from pathlib import Path

import pytest

from core.errors import Invalid
from courses.formats.data import BlockData, CourseData
from courses.formats.olx import read_course

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg=="
)
SRT = "1\n00:00:00,000 --> 00:00:02,000\nHello.\n"

SOUND: dict[str, str | bytes] = {
    "course.xml": '<course url_name="run" org="Org" course="C1"/>',
    "course/run.xml": '<course display_name="Course"><chapter url_name="c1"/></course>',
    "chapter/c1.xml": '<chapter display_name="Chapter"><sequential url_name="s1"/></chapter>',
    "sequential/s1.xml": '<sequential display_name="Sequence"><vertical url_name="v1"/></sequential>',
    "vertical/v1.xml": '<vertical display_name="Page"><html url_name="h1"/></vertical>',
    "html/h1.xml": '<html filename="h1" display_name="Words"/>',
    "html/h1.html": "<p>Words.</p>",
}


def lay(root: Path, files: dict[str, str | bytes | None] | None = None) -> Path:
    """A sound export at ``root``; ``files`` replace or add to it, None takes away."""
    for name, content in (SOUND | (files or {})).items():
        if content is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def read(root: Path, files: dict[str, str | bytes | None] | None = None) -> CourseData:
    return read_course(lay(root, files))


def blocks(course: CourseData) -> list[BlockData]:
    return [block for lesson in course.lessons for block in lesson.blocks]


def reasons(course: CourseData, kind: str) -> list[str]:
    return [note.reason for note in course.notes if note.kind == kind]


def problems(root: Path, files: dict[str, str | bytes | None]) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        read(root, files)
    assert refused.value.code == "course_archive_broken"
    return {place: [str(s) for s in sentences] for place, sentences in refused.value.fields.items()}
