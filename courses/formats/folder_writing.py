"""A course written as a folder or a ZIP of Markdown, tables and media."""

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from core.errors import Invalid
from courses.enums import Markup
from courses.formats import tables
from courses.formats.course_rows import course_data
from courses.formats.data import CourseData, PageData
from courses.formats.folder import COURSE_FILE, FORMAT, MARKUP, MODULE, PAGES
from courses.formats.lesson_writing import write_head, write_lesson
from courses.models import Course
from files.services import opened
from files.zipping import Member, pieces

# Of all files in an archive, so that the same course gives the same bytes.
_ALWAYS = datetime(1980, 1, 1)


def write_course(course: Course, path: Path) -> None:
    """Write the course as a folder at ``path``, its newest texts, whether published or not.

    The same course always gives the same bytes. Raises ``Invalid`` ``folder_not_empty`` when something
    else than an earlier export stands there. What is there is replaced only once all is written.
    """
    path = Path(path)
    _require_free(path)
    data = course_data(course)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as scratch:
        fresh = Path(scratch) / "course"
        _write(data, fresh)
        if path.exists():
            path.rename(Path(scratch) / "before")
        fresh.rename(path)


def zip_of(course: Course) -> Iterator[bytes]:
    """The same folder as a ZIP file, in pieces that are made while they are taken; the same course gives the same bytes.

    Raises ``files.zipping.MemberLost`` for a file whose bytes are lost, ``ProviderError`` where storage or keys do not answer.
    """
    parts = sorted(_parts(course_data(course)), key=lambda part: part.name)
    members = (Member(f"{course.slug}/{part.name}", _ALWAYS, part.size, part.opened) for part in parts)
    return pieces(members, compressed=True)


def _require_free(path: Path) -> None:
    if path.is_dir() and not path.is_symlink() and ((path / COURSE_FILE).is_file() or not any(path.iterdir())):
        return
    if path.exists() or path.is_symlink():
        sentence = _("Something else stands at this place. Choose an empty folder, or an earlier export.")
        raise Invalid("folder_not_empty", sentence, fields={"path": [sentence]})


@dataclass(frozen=True)
class _Part:
    """A file of the folder: its path in it, how many bytes it has, and what gives them, once."""

    name: str
    size: int
    opened: Callable[[], BinaryIO]


def _parts(data: CourseData) -> Iterator[_Part]:
    yield _text(COURSE_FILE, _course_table(data))
    for number, module in enumerate(data.modules, start=1):
        inner = numbered(number, module.source_id, len(data.modules))
        table = {"id": module.source_id, "title": module.title}
        if module.summary:
            table["summary"] = module.summary
        yield _text(f"{inner}/{MODULE}", tables.dump(table))
        for place, lesson in enumerate(module.lessons, start=1):
            yield _text(f"{inner}/{numbered(place, lesson.source_id, len(module.lessons))}.md", write_lesson(lesson))
    yield from _pages(data.pages)
    for name, file in data.kept.items():
        yield _Part(name, file.size, partial(opened, file))


def _pages(pages: tuple[PageData, ...]) -> Iterator[_Part]:
    endings = {markup: ending for ending, markup in MARKUP.items()}
    for number, page in enumerate(pages, start=1):
        head: dict[str, Any] = {"id": page.source_id, "title": page.title}
        if not page.published:
            head["published"] = False
        name = f"{numbered(number, page.source_id, len(pages))}{endings[Markup(page.markup)]}"
        yield _text(f"{PAGES}/{name}", write_head(head) + f"{page.text}\n")


def _text(name: str, text: str) -> _Part:
    content = text.encode()
    return _Part(name, len(content), partial(io.BytesIO, content))


def _write(data: CourseData, folder: Path) -> None:
    for part in _parts(data):
        target = folder / part.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.opened() as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)


def numbered(number: int, name: str, count: int) -> str:
    """A name that sorts by its number: 01-…, or 001-… where there are a hundred."""
    return f"{number:0{max(2, len(str(count)))}d}-{name}"


def _course_table(data: CourseData) -> str:
    table: dict[str, Any] = {"format": FORMAT, "id": data.source_id, "code": data.code, "title": data.title}
    for name, value in data.settings.items():
        if value in (None, "", {}):
            continue
        table[name] = f"{value}\n" if name == "description" else value
    if data.experiments:
        table["experiments"] = [
            {"id": row.source_id, "name": row.name, "groups": [{"id": g.source_id, "name": g.name} for g in row.groups]}
            for row in data.experiments
        ]
    return tables.dump(table)
