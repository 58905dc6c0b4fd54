"""The course folder: see docs/course-format.md, which is the law here."""

import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.validators import validate_time_zone
from core.html import FILE_REFERENCE
from courses.enums import EnrolmentPolicy, Ground, Markup, Plate
from courses.formats import archive, tables
from courses.formats.data import CourseData, ExperimentData, GroupData, LessonData, ModuleData, PageData
from courses.formats.lesson_text import LessonReader, head_of, read_id
from courses.formats.problems import Problems, refuse
from courses.formats.references import MEDIA, addresses, files_of_block, is_html, length_here, media_path
from courses.grading import policy_problems
from courses.validators import LONGEST_DESCRIPTION, MAX_TEXT, validate_markdown, validate_plain
from files.validators import validate_content

FORMAT = 1
MOST_FILES = 2_000
MOST_BYTES = 200 * 1024 * 1024
MOST_TEXT = 1024 * 1024
COURSE_FILE = "course.toml"
MODULE = "module.toml"
_README = "README.md"
PAGES = "pages"
MARKUP = {".md": Markup.MARKDOWN, ".html": Markup.HTML}
_LANGUAGE = re.compile(r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")


# Reading


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The folder at ``path``; a ZIP file is unpacked for as long as the context lasts.

    Raises ``Invalid`` ``course_folder_broken`` for what is neither, or a ZIP that is broken, too large or
    reaches outside itself.
    """
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        _unpack(path, Path(folder))
        unpacked = Path(folder)
        yield unpacked if (unpacked / COURSE_FILE).exists() else archive.lone_folder(unpacked)


def read_course(path: Path) -> CourseData:
    """The course in the folder at ``path``.

    Raises ``Invalid`` ``course_folder_broken`` whose ``fields`` hold every problem by "file:line".
    """
    return _FolderReader(Path(path)).read()


class _FolderReader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems = Problems()
        self.lesson_ids: dict[str, str] = {}
        self.module_ids: dict[str, str] = {}
        self.page_ids: dict[str, str] = {}
        self.experiments: dict[str, set[str]] = {}
        self.media: dict[str, Path] = {}
        self.used: set[str] = set()
        # The files in the description, each with where it stands.
        self.described: list[tuple[str, str]] = []

    def read(self) -> CourseData:
        self._survey()
        settings = self._read_course_table()
        modules = []
        pages: list[PageData] = []
        for entry in self._entries(self.root):
            if entry.name == "media" and entry.is_dir():
                self._find_media(Path(entry.path))
            elif entry.name == PAGES and entry.is_dir():
                pages = self._read_pages(Path(entry.path))
            elif entry.is_dir():
                modules.append(self._read_module(entry))
            elif entry.name not in (COURSE_FILE, _README):
                self._unknown(entry.name)
        for module in modules:
            for lesson in module.lessons:
                self._check_references(lesson)
                self._check_branches(lesson)
        for path, where in self.described:
            self._use(path, where)
        self._check_media()
        self.problems.raise_if_any()
        own = {name: settings.pop(name) for name in ("source_id", "code", "title", "experiments")}
        return CourseData(**own, settings=settings, modules=tuple(modules), media=self.media, pages=tuple(pages))

    def _survey(self) -> None:
        """Refuse at once what is too much to look at."""
        count = size = 0
        if not self.root.is_dir():
            raise refuse(_("There is no folder at this place."))
        for folder, names, files in os.walk(self.root, followlinks=False):
            names[:] = [name for name in names if not name.startswith(".")]
            for name in files:
                count += 1
                size += (Path(folder) / name).lstat().st_size
                if count > MOST_FILES:
                    raise refuse(_("It has more than %(most)s files.") % {"most": MOST_FILES}, place=".")
                if size > MOST_BYTES:
                    raise refuse(
                        _("It has more than %(most)s in it.") % {"most": filesizeformat(MOST_BYTES)}, place="."
                    )

    def _entries(self, folder: Path) -> list["os.DirEntry[str]"]:
        """What the format looks at in a folder, in the order of names; links are reported and left out."""
        kept = []
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                self._refuse_link(self._name(Path(entry.path)))
                continue
            kept.append(entry)
        return kept

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _refuse_link(self, name: str) -> None:
        self.problems.add(name, None, _("This is a link or no plain file. Put the file itself here."))

    def _unknown(self, name: str) -> None:
        self.problems.add(name, None, _("The format does not know this file. Take it out, or rename it."))

    def _text(self, path: Path) -> str | None:
        """The text of a file; None if it has none that can be read, which is then reported."""
        name = self._name(path)
        if path.is_symlink():
            self._refuse_link(name)
            return None
        if not path.is_file():
            self.problems.add(name, None, _("This file is missing."))
            return None
        if path.stat().st_size > MOST_TEXT:
            most = filesizeformat(MOST_TEXT)
            self.problems.add(name, None, _("This file is larger than %(most)s. Split it.") % {"most": most})
            return None
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.problems.add(name, line, _("This is not UTF-8. Save the file again with that encoding."))
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _table(self, path: Path) -> tables.Reader | None:
        text = self._text(path)
        if text is None:
            return None
        name = self._name(path)
        try:
            table = tables.parse(text)
        except tables.TableError as error:
            line = error.line or text.rstrip("\n").count("\n") + 1
            self.problems.add(name, line, _("This is not TOML: %(reason)s.") % {"reason": error.reason})
            return None
        return tables.Reader(name, text, 0, self.problems, table)

    def _read_course_table(self) -> dict[str, Any]:
        table = self._table(self.root / COURSE_FILE)
        if table is None:
            return {"source_id": "", "code": "", "title": "", "experiments": ()}
        version = table.take("format", int)
        if version and version != FORMAT:
            table.problem("format", _("This installation reads format 1 only."))
        values: dict[str, Any] = {
            "source_id": read_id(table),
            "code": table.text_of("code", 20),
            "title": table.text_of("title", 200),
            "summary": table.text_of("summary", 300, ""),
            "language": table.text_of("language", 12, "en-GB"),
            "time_zone": table.text_of("time_zone", 64, "Europe/London"),
            "plate": table.choice("plate", Plate.values, Plate.BOOK.value),
            "ground": table.choice("ground", Ground.values, Ground.A.value),
            "enrolment": table.choice("enrolment", EnrolmentPolicy.values, EnrolmentPolicy.OPEN.value),
            "licence": table.text_of("licence", 200, ""),
            "description": table.take("description", str, ""),
            "capacity": table.take("capacity", int) if "capacity" in table.table else None,
            "grading": self._read_grading(table),
            "experiments": tuple(self._read_experiments(table)),
        }
        self._check_course_values(table, values)
        table.finish()
        return values

    def _read_grading(self, table: tables.Reader) -> dict[str, Any]:
        grading: dict[str, Any] = tables.exact(table.take("grading", dict, {}))
        for sentence in policy_problems(grading):
            table.problem("grading", sentence)
        return grading

    def _read_experiments(self, table: tables.Reader) -> Iterator[ExperimentData]:
        for row in self._rows(table, "experiments"):
            source_id, name = read_id(row), row.text_of("name", 200)
            groups = []
            for inner in self._rows(row, "groups"):
                groups.append(GroupData(read_id(inner), inner.text_of("name", 200)))
                inner.finish()
            row.finish()
            ids = {group.source_id for group in groups}
            if source_id in self.experiments or len(ids) < len(groups):
                table.problem("experiments", _("Two experiments, or two groups of one, have the same id."))
            self.experiments[source_id] = ids
            yield ExperimentData(source_id, name, tuple(groups))

    def _rows(self, table: tables.Reader, name: str) -> Iterator[tables.Reader]:
        """A list of tables, each to be read on its own; what is wrong in one is told at the list."""
        rows = table.take(name, list, [])
        if not all(isinstance(row, dict) for row in rows):
            table.problem(name, _("“%(name)s” is a list of tables, each under [[%(name)s]].") % {"name": name})
            return
        first = table.first + (tables.line_of(name, table.text) or 1) - 1
        for row in rows:
            yield tables.Reader(table.file, "", first, self.problems, dict(row))

    def _check_course_values(self, table: tables.Reader, values: dict[str, Any]) -> None:
        if not _LANGUAGE.match(values["language"]):
            table.problem("language", _("“language” is a tag such as en-GB."))
        for name, check in (("time_zone", validate_time_zone), ("description", validate_markdown)):
            try:
                check(values[name])
            except ValidationError as error:
                table.problem(name, f"“{name}”: {error.messages[0]}")
        self._check_description(table, values["description"])
        capacity = values["capacity"]
        if capacity is not None and not 1 <= capacity <= 1_000_000:
            table.problem("capacity", _("“capacity” is a number of places from 1 to 1000000."))

    def _check_description(self, table: tables.Reader, text: str) -> None:
        if (length := length_here(text)) > LONGEST_DESCRIPTION:
            sentence = _("“%(name)s” has %(length)s characters; at most %(limit)s fit.")
            values = {"name": "description", "length": length, "limit": LONGEST_DESCRIPTION}
            table.problem("description", sentence % values)
        if FILE_REFERENCE.search(text):
            table.problem("description", _("Name files by their place in the folder, such as media/a.svg."))
        where = f"{table.file}:{tables.line_of('description', table.text) or 1}"
        # Looked for when it is known which files there are.
        self.described = [(media_path(found), where) for found in addresses(text) if found.startswith(MEDIA)]

    def _read_module(self, folder: "os.DirEntry[str]") -> ModuleData:
        lessons: list[LessonData] = []
        for entry in self._entries(Path(folder.path)):
            if entry.name == MODULE:
                continue
            if entry.is_dir() or not entry.name.endswith(".md"):
                self._unknown(self._name(Path(entry.path)))
            elif (lesson := self._read_lesson(Path(entry.path))) is not None:
                lessons.append(lesson)
        table = self._table(Path(folder.path) / MODULE)
        if table is None:
            return ModuleData("", "", lessons=tuple(lessons))
        source_id = read_id(table)
        self._check_once(self.module_ids, source_id, table.file, tables.line_of("id", table.text) or 1)
        module = ModuleData(source_id, table.text_of("title", 200), table.text_of("summary", 300, ""), tuple(lessons))
        table.finish()
        return module

    def _read_lesson(self, path: Path) -> LessonData | None:
        text = self._text(path)
        if text is None:
            return None
        lesson, line = LessonReader(self._name(path), text, self.problems).read()
        if lesson is not None:
            self._check_once(self.lesson_ids, lesson.source_id, self._name(path), line)
        return lesson

    def _read_pages(self, folder: Path) -> list[PageData]:
        pages = []
        for entry in self._entries(folder):
            path = Path(entry.path)
            if entry.is_dir() or path.suffix not in MARKUP:
                self._unknown(self._name(path))
            elif (page := self._read_page(path, MARKUP[path.suffix])) is not None:
                pages.append(page)
        return pages

    def _read_page(self, path: Path, markup: str) -> PageData | None:
        text, file = self._text(path), self._name(path)
        split = head_of(text, file, self.problems) if text is not None else None
        if split is None:
            return None
        head, body, first = split
        page = PageData(
            read_id(head), head.text_of("title", 200), body, markup, published=head.take("published", bool, True)
        )
        head.finish()
        self._check_once(self.page_ids, page.source_id, file, 1 + (tables.line_of("id", head.text) or 0))
        if len(body) > MAX_TEXT:
            sentence = _("This text has %(length)s characters; at most %(limit)s fit. Split it.")
            self.problems.add(file, first, sentence % {"length": len(body), "limit": MAX_TEXT})
        try:
            validate_plain(body) if is_html(markup) else validate_markdown(body)
        except ValidationError as error:
            self.problems.add(file, first, error.messages[0])
        if FILE_REFERENCE.search(body):
            self.problems.add(file, first, _("Name files by their place in the folder, such as media/a.svg."))
        for address in files_of_block(markup, {}, body)[1]:
            if address.startswith(MEDIA):
                self._use(media_path(address), f"{file}:{first}")
        return page

    def _check_once(self, known: dict[str, str], source_id: str, file: str, line: int) -> None:
        if source_id in known:
            where = known[source_id]
            sentence = _("The id “%(id)s” is used in %(where)s already.") % {"id": source_id, "where": where}
            self.problems.add(file, line, sentence)
        elif source_id:
            known[source_id] = file

    # Files

    def _find_media(self, folder: Path) -> None:
        for entry in self._entries(folder):
            if entry.is_dir():
                self._find_media(Path(entry.path))
            else:
                self.media[unicodedata.normalize("NFC", self._name(Path(entry.path)))] = Path(entry.path)

    def _check_references(self, lesson: LessonData) -> None:
        for block in lesson.blocks:
            files, found = files_of_block(block.kind, block.settings, block.text)
            for path in files:
                self._use(path, block.where)
            for address in found:
                if address.startswith(MEDIA):
                    self._use(media_path(address), block.where)

    def _check_branches(self, lesson: LessonData) -> None:
        """Each branch is for a group of the experiment that its block names, and no group has two."""
        for block in lesson.blocks:
            if block.kind != "branches":
                continue
            experiment = block.settings.get("experiment")
            groups = self.experiments.get(experiment) if isinstance(experiment, str) else None
            if groups is None:
                sentence = _("“experiment”: course.toml has no experiment with the id “%(id)s”.")
                self.problems.at(block.where, sentence % {"id": experiment})
                continue
            given = [branch.group for branch in block.branches]
            for group in given:
                if group not in groups:
                    sentence = _("The experiment “%(id)s” has no group “%(group)s”.")
                    self.problems.at(block.where, sentence % {"id": experiment, "group": group})
            if len(set(given)) < len(given):
                self.problems.at(block.where, _("Two branches of this block are for the same group."))

    def _use(self, path: str, where: str) -> None:
        path = unicodedata.normalize("NFC", path)
        if path in self.media:
            self.used.add(path)
        elif not path.startswith(MEDIA) or ".." in path.split("/"):
            self.problems.at(where, _("“%(path)s” is not under media/. Put the file there.") % {"path": path[:200]})
        else:
            self.problems.at(where, _("There is no file “%(path)s”.") % {"path": path[:200]})

    def _check_media(self) -> None:
        for path, file in self.media.items():
            if path not in self.used:
                self.problems.add(path, None, _("No text names this file. Take it out."))
                continue
            try:
                with file.open("rb") as content:
                    validate_content(content, file.name)
            except ValidationError as error:
                self.problems.add(path, None, error.messages[0])


def _unpack(path: Path, folder: Path) -> None:
    try:
        with path.open("rb") as content:
            archive.unpack_zip(content, path.name, folder, archive.Limits(MOST_FILES, MOST_BYTES, MOST_BYTES), refuse)
    except FileNotFoundError:
        raise refuse(_("There is no folder or ZIP file at this place.")) from None
    except OSError as error:
        raise refuse(_("It cannot be unpacked: %(why)s.") % {"why": error.strerror or ""}, place=path.name) from None


# Writing
