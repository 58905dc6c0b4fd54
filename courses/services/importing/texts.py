"""What can be got ready before anything is written: files put in by their ids, texts rendered."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.slots import BLOCK_KINDS
from courses.enums import ImportStage, Markup
from courses.formats.course_rows import FILE
from courses.formats.data import BlockData, CourseData, PageData
from courses.formats.lesson_text import trimmed
from courses.formats.problems import Problems
from courses.formats.references import media_path, rewrite_settings, rewrite_text
from courses.models import Block, Course
from courses.services.importing.media import Media, Progress

_FOLDER = "folder"
_MOST_TITLE = 200
_TELL_EVERY = 20


@dataclass(frozen=True)
class Wording:
    """Settings and text as ``kind.load`` takes them, files by their ids here."""

    settings: dict[str, Any]
    text: str

    @property
    def said(self) -> tuple[dict[str, Any], str]:
        return self.settings, trimmed(self.text)


@dataclass(frozen=True)
class Wanted:
    """What a block shall say: ``newer`` is what is being written in place of ``now``."""

    now: Wording
    newer: Wording | None

    @property
    def draft(self) -> Wording:
        return self.newer or self.now


class Texts:
    """The texts of a course that is taken in, rendered once each."""

    def __init__(self, data: CourseData, media: Media) -> None:
        self.data = data
        self._stored = media.stored
        self._html: dict[tuple[str, str], str] = {}
        self._wanted: dict[int, Wanted] = {}
        self._problems = Problems()

    def prepare(self, course: Course | None, progress: Progress) -> None:
        """Put files in and render what the course does not say yet. Raises ``Invalid`` with every problem by place."""
        said = _said_already(course)
        blocks = [block for lesson in self.data.lessons for block in lesson.blocks]
        for done, block in enumerate(blocks):
            if done % _TELL_EVERY == 0:
                progress(ImportStage.TEXTS, done, len(blocks))
            if not self._is_sound(block):
                continue
            wanted = self._wanted[id(block)] = self._read(block)
            for wording in (wanted.now, wanted.newer):
                if wording is not None and (block.kind, trimmed(wording.text)) not in said:
                    self.html(block.kind, wording.text)
        self._check_titles()
        self._problems.raise_if_any()

    def wanted(self, block: BlockData) -> Wanted:
        return self._wanted[id(block)]

    def html(self, kind: str, text: str) -> str:
        """The rendered text; rendered here and now if nobody expected it."""
        key = (kind, text.strip())
        if key not in self._html:
            self._html[key] = BLOCK_KINDS[kind].render(text)
        return self._html[key]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the course, with the files in its description by their ids here."""
        found = dict(self.data.settings)
        if "description" in found:
            found["description"] = rewrite_text(Markup.MARKDOWN, found["description"], self._address)
        return found

    def page(self, page: PageData) -> str:
        """The page's text with the files in it by their ids here."""
        return rewrite_text(page.markup, page.text, self._address)

    def _read(self, block: BlockData) -> Wanted:
        newer = None if block.newer is None else self._wording(block, *block.newer)
        return Wanted(self._wording(block, block.settings, block.text), newer)

    def _wording(self, block: BlockData, settings: dict[str, Any], text: str) -> Wording:
        def named(path: str) -> str:
            public_id = self._stored.get(path)
            if public_id is None:
                sentence = _("There is no file “%(path)s”.") % {"path": path[:200]}
                self._problems.at(block.where or block.source_id, sentence)
            return f"{FILE}{public_id}"

        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return Wording(
            rewrite_settings(block.kind, settings, named, self._address),
            rewrite_text(block.kind, text, self._address),
        )

    def _is_sound(self, block: BlockData) -> bool:
        """A folder was checked line by line when it was read; what other formats give is checked here."""
        if self.data.origin == _FOLDER:
            return True
        where = block.where or block.source_id
        kind = BLOCK_KINDS.get(block.kind)
        if kind is None:
            self._problems.at(where, _("There is no kind of block “%(kind)s”.") % {"kind": block.kind})
            return False
        said = ((block.settings, block.text), *((block.newer,) if block.newer else ()))
        sentences = [sentence for settings, text in said for sentence in kind.validate(settings, text)]
        for sentence in sentences:
            self._problems.at(where, str(sentence))
        return not sentences

    def _address(self, address: str) -> str | None:
        public_id = self._stored.get(media_path(address))
        return FILE + public_id if public_id else None

    def _check_titles(self) -> None:
        """Titles of sections are written many at once, which does not ask their field."""
        for lesson in self.data.lessons:
            sections = [*lesson.sections, *(branch for block in lesson.blocks for branch in block.branches)]
            for section in sections:
                if len(section.title) > _MOST_TITLE or "\x00" in section.title:
                    sentence = _("The title of the section “%(id)s” is too long or holds a null character.")
                    self._problems.at(lesson.source_id, sentence % {"id": section.source_id})


def _said_already(course: Course | None) -> set[tuple[str, str]]:
    if course is None:
        return set()
    blocks = Block.objects.filter(section__item__course=course).order_by()
    rows = blocks.values_list("kind", "draft__text", "live__text")
    return {(kind, trimmed(text)) for kind, draft, live in rows for text in (draft, live) if text is not None}
