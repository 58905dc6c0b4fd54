"""A lesson written as Markdown with a head, headings and blocks in fences."""

from collections.abc import Iterator
from typing import Any

from courses.formats import tables
from courses.formats.data import BlockData, LessonData, SectionData
from courses.formats.lesson_text import BARE_HEADING, EDGE, HEADING, OPENING, PLAIN_ID, trimmed
from courses.formats.references import code_lines, open_fence


def write_lesson(lesson: LessonData) -> str:
    """The lesson's file. Texts and settings already name files by their path in the folder."""
    head: dict[str, Any] = {"id": lesson.source_id, "title": lesson.title}
    if lesson.minutes is not None:
        head["minutes"] = lesson.minutes
    if lesson.objective:
        head["objective"] = lesson.objective
    head["done"] = list(lesson.done)
    if lesson.preview:
        head["preview"] = True
    if not lesson.published:
        head["published"] = False
    if lesson.paged:
        head["paged"] = True
    if lesson.grade_category:
        head["category"] = lesson.grade_category
    parts = [write_head(head)]
    for section in lesson.sections:
        parts += _write_section(section)
    first, *rest = parts
    return first + "\n".join(rest)


def _write_section(section: SectionData, inside: str = "") -> Iterator[str]:
    """The section's heading and blocks, and after them the branches that belong into its blocks."""
    if section.source_id != OPENING:
        title = f"{section.title} " if section.title else ""
        branch = f" in={inside} group={section.group}" if inside else ""
        yield f"# {title}{{#{section.source_id}{branch}}}\n"
    for block in section.blocks:
        yield _write_block(block)
    for block in section.blocks:
        for inner in block.branches:
            yield from _write_section(inner, block.source_id)


def write_head(head: dict[str, Any]) -> str:
    """A head with its two edges. Lists of words stand on one line."""
    lines = (_words(name, value) if name == "done" else tables.dump({name: value}) for name, value in head.items())
    return f"{EDGE}\n{''.join(lines)}{EDGE}\n"


def _words(name: str, words: list[str]) -> str:
    listed = ", ".join(f'"{word}"' for word in words)
    return f"{name} = [{listed}]\n"


def _write_block(block: BlockData) -> str:
    text = safe_text(block.text)
    if PLAIN_ID.match(block.source_id):
        return f"{text}\n"
    settings = tables.dump(block.settings) if block.settings else ""
    return f":::{block.kind} {{#{block.source_id}}}\n{settings}" + (f"---\n{text}\n" if text else "") + ":::\n"


def may_be_plain(text: str) -> bool:
    """Whether the text can stand between blocks without being taken for something else."""
    text = safe_text(text)
    lines = text.split("\n")
    pairs = zip(lines, code_lines(lines), strict=True)
    headings = (line for line, code in pairs if not code and (BARE_HEADING.match(line) or HEADING.match(line)))
    return bool(text) and next(headings, None) is None


def safe_text(text: str) -> str:
    """The text without empty edges, its code fences closed, and no line that would end a block.

    Says the same to a reader: ``\\:::`` shows three colons. Doing it again changes nothing.
    """
    text = trimmed(text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = text.split("\n")
    pairs = zip(lines, code_lines(lines), strict=True)
    text = "\n".join(line if code or not line.startswith(":::") else f"\\{line}" for line, code in pairs)
    fence = open_fence(text)
    return f"{text}\n{fence}" if fence else text
