"""A course in any format that can be read here: the format is recognised by what is in the folder or archive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from core.errors import Invalid
from courses.enums import ImportFormat, ImportStage
from courses.formats import archive, folder, olx
from courses.formats.data import CourseData

Progress = Callable[[str], None]


@contextmanager
def opened_course(path: Path, *, name: str = "", progress: Progress | None = None) -> Iterator[CourseData]:
    """The course in the folder or archive at ``path``; its files lie on disk for as long as the context lasts.

    ``name`` is what the person who uploaded it knows the archive by, ``progress`` is told each stage. Raises
    ``Invalid`` with every problem by file and place.
    """
    tell = progress or (lambda stage: None)
    tell(ImportStage.UNPACKING)
    if path.is_dir() and (path / folder.COURSE_FILE).is_file():
        tell(ImportStage.READING)
        yield folder.read_course(path)
        return
    with _named(path, name), archive.opened(path) as found:
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


@contextmanager
def _named(path: Path, name: str) -> Iterator[None]:
    """Problems of the archive itself are told by the name that its owner knows, not by the one it is stored under."""
    try:
        yield
    except Invalid as refused:
        if name and path.name in refused.fields:
            refused.fields = {name if place == path.name else place: said for place, said in refused.fields.items()}
        raise
