"""A course written as a folder or a ZIP of Markdown, tables and media."""

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from courses.enums import Markup
from courses.formats import tables
from courses.formats.course_rows import course_data
from courses.formats.data import CourseData, PageData
from courses.formats.folder import COURSE_FILE, FORMAT, MARKUP, MODULE, PAGES
from courses.formats.lesson_writing import write_head, write_lesson
from courses.models import Course


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


def write_zip(course: Course, path: Path) -> None:
    """Write the course as a ZIP file of its folder; the same course gives the same bytes."""
    with tempfile.TemporaryDirectory(prefix="export-") as scratch:
        folder = Path(scratch) / "course"
        write_course(course, folder)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed_course:
            for file in sorted(found for found in folder.rglob("*") if found.is_file()):
                entry = zipfile.ZipInfo(f"{course.slug}/{file.relative_to(folder).as_posix()}")
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                with file.open("rb") as source, packed_course.open(entry, "w", force_zip64=False) as packed:
                    shutil.copyfileobj(source, packed)


def _require_free(path: Path) -> None:
    if path.is_dir() and not path.is_symlink() and ((path / COURSE_FILE).is_file() or not any(path.iterdir())):
        return
    if path.exists() or path.is_symlink():
        sentence = _("Something else stands at this place. Choose an empty folder, or an earlier export.")
        raise Invalid("folder_not_empty", sentence, fields={"path": [sentence]})


def _write(data: CourseData, folder: Path) -> None:
    folder.mkdir()
    (folder / COURSE_FILE).write_text(_course_table(data), encoding="utf-8", newline="\n")
    for number, module in enumerate(data.modules, start=1):
        inner = folder / numbered(number, module.source_id, len(data.modules))
        inner.mkdir()
        table = {"id": module.source_id, "title": module.title}
        if module.summary:
            table["summary"] = module.summary
        (inner / MODULE).write_text(tables.dump(table), encoding="utf-8", newline="\n")
        for place, lesson in enumerate(module.lessons, start=1):
            name = numbered(place, lesson.source_id, len(module.lessons))
            (inner / f"{name}.md").write_text(write_lesson(lesson), encoding="utf-8", newline="\n")
    _write_pages(data.pages, folder / PAGES)
    for name, source in data.media.items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)


def _write_pages(pages: tuple[PageData, ...], folder: Path) -> None:
    endings = {markup: ending for ending, markup in MARKUP.items()}
    for number, page in enumerate(pages, start=1):
        head: dict[str, Any] = {"id": page.source_id, "title": page.title}
        if not page.published:
            head["published"] = False
        folder.mkdir(exist_ok=True)
        name = f"{numbered(number, page.source_id, len(pages))}{endings[Markup(page.markup)]}"
        (folder / name).write_text(write_head(head) + f"{page.text}\n", encoding="utf-8", newline="\n")


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
