"""One lesson's file: a head, then Markdown with sections and fenced blocks."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.html import FILE_REFERENCE
from core.slots import BLOCK_KINDS
from courses.formats import tables
from courses.formats.data import BlockData, LessonData, SectionData
from courses.formats.problems import Problems
from courses.formats.references import code_lines, is_html, strings_in
from courses.validators import MAX_TEXT, SOURCE_ID, validate_markdown, validate_plain

OPENING = ".opening"
PLAIN_ID = re.compile(r"^text-[1-9][0-9]*$")
REQUIREMENTS = ("end", "answers")
EDGE = "+++"
HEADING = re.compile(r"^#(?:[ \t]+(?P<title>.*?))?[ \t]*\{#(?P<id>[^{}]*)\}[ \t]*$")
# What stands in the braces of a section that is a branch.
_BRANCH = re.compile(r"([^\s]+)[ \t]+in=([^\s]+)[ \t]+group=([^\s]+)[ \t]*\Z")
BARE_HEADING = re.compile(r"^#(?:[ \t]+(?P<title>.*?))?[ \t]*$")
_FENCE = re.compile(r"^:::[ \t]*(?P<kind>[A-Za-z0-9_-]*)[ \t]*(?:\{#(?P<id>[^{}]*)\})?[ \t]*(?P<rest>.*)$")
_NAMED = re.compile(r"“([^”]+)”")
_MOST_SPLITS = 50


@dataclass
class _Section:
    source_id: str
    title: str
    blocks: list[BlockData] = field(default_factory=list)
    plain: int = 0
    inside: str = ""
    group: str = ""
    line: int = 0


class LessonReader:
    """Reads one lesson; problems are collected with this file's lines."""

    def __init__(self, file: str, text: str, problems: Problems) -> None:
        self.file = file
        self.lines = text.split("\n")
        self.problems = problems
        self.block_ids: dict[str, int] = {}
        self.section_ids: dict[str, int] = {}
        self.sections: list[_Section] = []

    def read(self) -> tuple[LessonData | None, int]:
        """The lesson and the line of its id; None if its head cannot be read."""
        found = _split_head(self.lines, self.file, self.problems)
        if found is None:
            return None, 1
        head, end = found
        values: dict[str, Any] = {
            "source_id": read_id(head),
            "title": head.text_of("title", 200),
            "minutes": _minutes(head),
            "objective": head.text_of("objective", 300, ""),
            "done": _done(head),
            "preview": head.take("preview", bool, False),
            "published": head.take("published", bool, True),
            "paged": head.take("paged", bool, False),
            "grade_category": head.text_of("category", 100, ""),
        }
        head.finish()
        self._read_body(end + 1)
        return LessonData(**values, sections=self._outline()), 1 + (tables.line_of("id", head.text) or 0)

    def _outline(self) -> tuple[SectionData, ...]:
        """The sections, those with ``in=`` put into their blocks."""
        branches: dict[str, list[_Section]] = {}
        homes = {
            block.source_id: section
            for section in self.sections
            for block in section.blocks
            if leads_to_branches(block)
        }
        for section in self.sections:
            if section.inside and self._is_branch(section, homes):
                branches.setdefault(section.inside, []).append(section)

        def data_of(section: _Section) -> SectionData:
            blocks = (
                replace(block, branches=tuple(data_of(inner) for inner in branches.get(block.source_id, ())))
                if leads_to_branches(block)
                else block
                for block in section.blocks
            )
            return SectionData(section.source_id, section.title, tuple(blocks), section.group)

        return tuple(data_of(section) for section in self.sections if not section.inside)

    def _is_branch(self, section: _Section, homes: dict[str, _Section]) -> bool:
        home = homes.get(section.inside)
        if home is None or home.line >= section.line:
            self._problem(
                section.line, _("No block of kind “branches” before this has the id “%(id)s”.") % {"id": section.inside}
            )
            return False
        return True

    def _read_body(self, start: int) -> None:
        lines = self.lines[start:]
        plain: list[tuple[int, str]] = []
        fence = ""
        index = 0
        while index < len(lines):
            line, number = lines[index], start + index + 1
            mark = re.match(r"(`{3,}|~{3,})(.*)$", line)
            if fence:
                if mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2].strip():
                    fence = ""
            elif mark and not (mark[1][0] == "`" and "`" in mark[2]):
                fence = mark[1]
            elif line.startswith(":::"):
                self._add_plain(plain)
                plain = []
                index = self._read_block(lines, index, start)
                continue
            elif heading := HEADING.match(line):
                self._add_plain(plain)
                plain = []
                self._start_section(heading["title"] or "", heading["id"], number)
                index += 1
                continue
            elif bare := BARE_HEADING.match(line):
                self._problem(
                    number, _("A section needs an id: write # %(title)s {#an-id}.") % {"title": bare["title"] or ""}
                )
            plain.append((number, line))
            index += 1
        if fence:
            self._problem(plain[0][0], _("A code fence in this text is not closed."))
        self._add_plain(plain)

    def _start_section(self, title: str, attributes: str, number: int) -> None:
        branch = _BRANCH.match(attributes)
        source_id, inside, group = branch.groups() if branch else (attributes, "", "")
        self._check_id(source_id, number, self.section_ids)
        if len(title) > 200:
            self._problem(number, _("This title has %(length)s characters; at most 200 fit.") % {"length": len(title)})
        if "\x00" in title:
            self._problem(number, _("This title holds a null character. Leave it out."))
        self.sections.append(_Section(source_id, title.strip(), inside=inside, group=group, line=number))

    def _section(self) -> _Section:
        if not self.sections:
            self.sections.append(_Section(OPENING, ""))
        return self.sections[-1]

    def _add_plain(self, lines: list[tuple[int, str]]) -> None:
        text = trimmed("\n".join(line for _number, line in lines))
        if not text:
            return
        first = next(number for number, line in lines if line.strip())
        section = self._section()
        section.plain += 1
        self._check_text(text, first)
        section.blocks.append(BlockData(f"text-{section.plain}", "text", {}, text, f"{self.file}:{first}"))

    def _read_block(self, lines: list[str], index: int, start: int) -> int:
        """Read the fenced block at ``index``; returns the index of the line after it."""
        number = start + index + 1
        match = _FENCE.match(lines[index])
        kind = match["kind"] if match else ""
        if match is None or match["rest"] or not kind:
            sentence = _("A block begins with :::kind {#an-id} and ends with a line :::")
            if lines[index].rstrip() == ":::":
                sentence = _("This line ends a block, but none is open.")
            self._problem(number, sentence)
            return index + 1
        body_start = index + 1
        split = self._split(lines, body_start)
        if split is None:
            self._problem(number, _("This block has no end. Close it with a line :::"))
            return _next_block(lines, body_start)
        settings_end, text_range, after, table, error = split
        if error is not None:
            self._problem(start + body_start + (error.line or settings_end - body_start or 1), _not_toml(error))
        text = trimmed("\n".join(lines[slice(*text_range)]))
        source_id = match["id"] or ""
        self._check_id(source_id, number, self.block_ids)
        if PLAIN_ID.match(source_id):
            self._problem(
                number, _("Ids like text-1 are given to plain texts by their place. Choose another id for this block.")
            )
        if kind not in BLOCK_KINDS:
            known = ", ".join(BLOCK_KINDS.keys())
            self._problem(
                number, _("“%(kind)s” is not a kind of block. There are: %(known)s.") % {"kind": kind, "known": known}
            )
        elif error is None:
            self._check_block(kind, table, text, number, lines[body_start:settings_end], start + body_start, text_range)
        self._section().blocks.append(BlockData(source_id, kind, table, text, f"{self.file}:{number}"))
        return after

    def _split(
        self, lines: list[str], start: int
    ) -> tuple[int, tuple[int, int], int, dict[str, Any], tables.TableError | None] | None:
        """Where settings and text of a block lie: (end of settings, range of text, line after, settings, error).

        A line --- or ::: inside a text of several lines in the settings is not an edge, so the first
        edge up to which the settings can be read counts.
        """
        first: tuple[int, tuple[int, int], int, dict[str, Any], tables.TableError | None] | None = None
        tries = 0
        for index in range(start, len(lines)):
            edge = lines[index].rstrip()
            if edge not in ("---", ":::"):
                continue
            tries += 1
            end = index if edge == ":::" else _end_of_text(lines, index + 1)
            text_range = (index + 1, end if end is not None else index + 1) if edge == "---" else (index, index)
            try:
                table = tables.parse("\n".join(lines[start:index]))
            except tables.TableError as error:
                if first is None and end is not None:
                    first = (index, text_range, end + 1, {}, error)
                if tries >= _MOST_SPLITS:
                    break
                continue
            return None if end is None else (index, text_range, end + 1, table, None)
        return first

    def _check_block(
        self,
        kind: str,
        table: dict[str, Any],
        text: str,
        number: int,
        settings_lines: list[str],
        first: int,
        text_range: tuple[int, int],
    ) -> None:
        if any(FILE_REFERENCE.search(found) or "\x00" in found for found in strings_in(table)):
            self._problem(
                number,
                _("Name files by their place in the folder, such as media/a.svg, and leave out null characters."),
            )
            return
        settings_text = "\n".join(settings_lines)
        for sentence in BLOCK_KINDS[kind].validate(table, text):
            named = _NAMED.search(str(sentence))
            line = tables.line_of(named[1], settings_text) if named else None
            self._problem(first + line if line else number, str(sentence))
        if text:
            self._check_text(text, first + len(settings_lines) + 2, is_markdown=not is_html(kind))

    def _check_text(self, text: str, first: int, *, is_markdown: bool = True) -> None:
        if len(text) > MAX_TEXT:
            self._problem(
                first,
                _("This text has %(length)s characters; at most %(limit)s fit. Split it.")
                % {"length": len(text), "limit": MAX_TEXT},
            )
            return
        if found := FILE_REFERENCE.search(text):
            line = first + text.count("\n", 0, found.start())
            self._problem(line, _("Name files by their place in the folder, such as media/a.svg."))
        try:
            validate_markdown(text) if is_markdown else validate_plain(text)
        except ValidationError as error:
            address = str((error.params or {}).get("address", "\x00"))
            place = text.find(address)
            line = first + (text.count("\n", 0, place) if place >= 0 else 0)
            self._problem(line, error.messages[0])

    def _check_id(self, source_id: str, number: int, known: dict[str, int]) -> None:
        if not SOURCE_ID.match(source_id):
            self._problem(number, _("Give an id {#…} of 1 to 128 characters from A-Z a-z 0-9 _ . -"))
        elif source_id in known:
            self._problem(
                number,
                _("The id “%(id)s” is used on line %(line)s already.") % {"id": source_id, "line": known[source_id]},
            )
        else:
            known[source_id] = number

    def _problem(self, line: int, sentence: str) -> None:
        self.problems.add(self.file, line, sentence)


def head_of(text: str, file: str, problems: Problems) -> tuple[tables.Reader, str, int] | None:
    """The head of a file, the text after it, and the line that the text begins on; None if the head cannot be read."""
    lines = text.split("\n")
    found = _split_head(lines, file, problems)
    if found is None:
        return None
    head, end = found
    return head, trimmed("\n".join(lines[end + 1 :])), end + 2


def _split_head(lines: list[str], file: str, problems: Problems) -> tuple[tables.Reader, int] | None:
    """The head, and the index of the line that ends it."""
    if lines[0].rstrip() != EDGE:
        problems.add(file, 1, _("This file begins with a line “+++”, its head, and another line “+++”."))
        return None
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == EDGE), None)
    if end is None:
        problems.add(file, 1, _("The head has no end. Close it with a line “+++”."))
        return None
    text = "\n".join(lines[1:end])
    try:
        table = tables.parse(text)
    except tables.TableError as error:
        problems.add(file, 1 + (error.line or end - 1), _not_toml(error))
        return None
    return tables.Reader(file, text, 1, problems, table), end


def read_id(table: tables.Reader) -> str:
    """The ``id`` of a table, checked."""
    return read_id_of(table, "id")


def read_id_of(table: tables.Reader, name: str) -> str:
    """The setting ``name``, checked as an id."""
    source_id = table.text_of(name, 128)
    if source_id and len(source_id) <= 128 and not SOURCE_ID.match(source_id):
        sentence = _("“%(name)s” is 1 to 128 characters from A-Z a-z 0-9 _ . - and starts with a letter or digit.")
        table.problem(name, sentence % {"name": name})
    return source_id


def _end_of_text(lines: list[str], start: int) -> int | None:
    """The line ::: that ends a block's text, not one in a code fence."""
    inside = code_lines(lines[start:])
    for offset, code in enumerate(inside):
        if code:
            continue
        line = lines[start + offset]
        if line.rstrip() == ":::":
            return start + offset
        if line.startswith(":::") and _FENCE.match(line):
            return None
    return None


def _next_block(lines: list[str], start: int) -> int:
    """After a block without an end, go on at the next line that begins one."""
    for index in range(start, len(lines)):
        match = _FENCE.match(lines[index]) if lines[index].startswith(":::") else None
        if match and match["kind"]:
            return index
    return len(lines)


def _minutes(head: tables.Reader) -> int | None:
    if "minutes" not in head.table:
        return None
    minutes: int = head.take("minutes", int, 1)
    if not 0 <= minutes <= 10_000:
        head.problem("minutes", _("“minutes” must be from 0 to 10000."))
    return minutes


def _done(head: tables.Reader) -> tuple[str, ...]:
    done: list[Any] = head.take("done", list, ["end"])
    if any(name not in REQUIREMENTS for name in done) or len(set(map(str, done))) != len(done):
        head.problem("done", _("“done” is a list of “end” and “answers”, each at most once."))
        return ("end",)
    return tuple(name for name in REQUIREMENTS if name in done)


def _not_toml(error: tables.TableError) -> str:
    return _("This is not TOML: %(reason)s.") % {"reason": error.reason}


def leads_to_branches(block: BlockData) -> bool:
    return block.kind == "branches"


def trimmed(text: str) -> str:
    """The text without empty lines at its edges and without space at its end."""
    return re.sub(r"^(?:[ \t]*\n)+", "", text).rstrip()
