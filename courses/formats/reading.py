"""A course in any format that can be read here: the format is recognised by what is in the folder or archive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.errors import Invalid
from courses.enums import ImportFormat, ImportStage
from courses.formats import archive, folder, olx
from courses.formats.data import CourseData

Progress = Callable[[str], None]


@contextmanager
def opened_course(source: Path | BinaryIO, *, name: str = "", progress: Progress | None = None) -> Iterator[CourseData]:
    """The course in the folder or archive at a path, or in an archive that is open; its files lie on disk for as long as
    the context lasts.

    ``name`` is what the person who uploaded it knows the archive by, ``progress`` is told each stage. Raises
    ``Invalid`` with every problem by file and place.
    """
    tell = progress or (lambda stage: None)
    tell(ImportStage.UNPACKING)
    if isinstance(source, Path) and source.is_dir() and (source / folder.COURSE_FILE).is_file():
        tell(ImportStage.READING)
        yield folder.read_course(source)
        return
    with archive.opened(source, name=name) as found:
        tell(ImportStage.READING)
        yield _read(found)


def format_of(path: Path) -> ImportFormat | None:
    """The format of the course in a folder, or None if it is none that can be read here."""
    if (path / folder.COURSE_FILE).is_file():
        return ImportFormat.FOLDER
    return ImportFormat.OLX if olx.is_olx(path) else None


def _read(path: Path) -> CourseData:
    match format_of(path):
        case ImportFormat.FOLDER:
            return folder.read_course(path)
        case ImportFormat.OLX:
            return olx.read_course(path)
    sentence = _(
        "There is no course in it that can be read here. That can be a course folder, with a file course.toml, "
        "or an export of Open edX, with a file course.xml."
    )
    raise Invalid("course_unknown_format", sentence, fields={".": [sentence]})
