"""A stored course as plain values, with the ids that its parts have in a folder."""

import re
from collections.abc import Iterator
from typing import Any

from core.slots import BLOCK_KINDS
from courses.enums import PublishState
from courses.formats.data import (
    BlockData,
    CourseData,
    ExperimentData,
    GroupData,
    LessonData,
    ModuleData,
    PageData,
    SectionData,
)
from courses.formats.lesson_text import OPENING, PLAIN_ID, trimmed
from courses.formats.lesson_writing import may_be_plain
from courses.formats.references import MEDIA, rewrite, rewrite_settings, rewrite_text
from courses.models import Block, Course, Experiment, Item, Module, Page, Section
from courses.selectors.description import OWNER as DESCRIPTION_OWNER
from courses.validators import SOURCE_ID
from files.models import StoredFile

FILE = "file:"
_SETTINGS = (
    "summary",
    "language",
    "time_zone",
    "plate",
    "ground",
    "enrolment",
    "capacity",
    "licence",
    "description",
    "grading",
)
_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SPACE = re.compile(r"\s+")


def course_data(course: Course) -> CourseData:
    """The course's newest texts as plain values; ``kept`` holds every file that they refer to."""
    files = _Files()
    files.experiments = {str(row.public_id): part_id(row) for row in Experiment.objects.filter(course=course)}
    modules = [
        ModuleData(
            part_id(module),
            _one_line(module.title),
            _one_line(module.summary),
            tuple(
                lesson_data(item, files)
                for item in Item.objects.filter(module=module, kind="lesson").order_by("rank", "pk")
            ),
        )
        for module in Module.objects.filter(course=course).order_by("rank", "pk")
    ]
    settings = {name: getattr(course, name) for name in _SETTINGS}
    settings = {
        name: _one_line(v) if isinstance(v, str) and name != "description" else v for name, v in settings.items()
    }
    pages = tuple(_pages(course, files))
    # After all others, so that it changes none of their files' names.
    settings["description"] = _description(course, files)
    return CourseData(
        course.source_id if SOURCE_ID.match(course.source_id) else course.slug,
        _one_line(course.code),
        _one_line(course.title),
        settings,
        tuple(modules),
        kept=files.kept,
        experiments=tuple(_experiments(course)),
        pages=pages,
    )


def _description(course: Course, files: "_Files") -> str:
    owned = StoredFile.objects.filter(usages__owner_kind=DESCRIPTION_OWNER, usages__owner_id=course.pk)
    # Only what it shows: descriptions of before files stood in them were not asked whose file they name.
    shown = {f"{FILE}{public_id}" for public_id in owned.values_list("public_id", flat=True)}
    return rewrite(course.description, lambda named: files.address(named) if named in shown else None).strip()


def _experiments(course: Course) -> Iterator[ExperimentData]:
    for row in Experiment.objects.filter(course=course).prefetch_related("groups").order_by("pk"):
        groups = tuple(GroupData(part_id(group), _one_line(group.name)) for group in row.groups.all())
        yield ExperimentData(part_id(row), _one_line(row.name), groups)


def _pages(course: Course, files: "_Files") -> Iterator[PageData]:
    for row in Page.objects.filter(course=course).order_by("rank", "pk"):
        text = trimmed(files.rewritten_text(row.markup, row.text))
        yield PageData(part_id(row), _one_line(row.title), text, row.markup, row.is_published)


def lesson_data(item: Item, files: "_Files") -> LessonData:
    stored = sections_of(item)
    branches: dict[int, list[tuple[Section, list[Block]]]] = {}
    for section, blocks in stored:
        if section.inside_id is not None:
            branches.setdefault(section.inside_id, []).append((section, blocks))

    def data_of(section: Section, blocks: list[Block], source_id: str) -> SectionData:
        ids = block_ids(section, blocks)
        group = part_id(section.group) if section.group is not None else ""
        data = (_block_data(block, ids[block.pk], files, inside(block)) for block in blocks)
        return SectionData(source_id, _one_line(section.title), tuple(data), group)

    def inside(block: Block) -> tuple[SectionData, ...]:
        return tuple(data_of(section, blocks, part_id(section)) for section, blocks in branches.get(block.pk, ()))

    sections: list[SectionData] = []
    for section, blocks in stored:
        if section.inside_id is None:
            sections.append(data_of(section, blocks, section_id(section, is_first=not sections)))
    if sections and sections[0].source_id == OPENING and not sections[0].blocks:
        del sections[0]
    return LessonData(
        part_id(item),
        _one_line(item.title),
        item.minutes,
        _one_line(item.objective),
        tuple(name for name, needed in (("end", item.needs_end), ("answers", item.needs_answers)) if needed),
        item.is_preview,
        item.state == PublishState.PUBLISHED,
        tuple(sections),
        item.is_paged,
        _one_line(item.grade_category),
    )


def sections_of(item: Item) -> list[tuple[Section, list[Block]]]:
    """The lesson's sections, also those that are branches, with their blocks, in order, with the drafts at hand.

    Places still to be filled are left out.
    """
    blocks: dict[int, list[Block]] = {}
    rows = Block.objects.filter(section__item=item).select_related("draft", "live").order_by("rank", "pk")
    sections = list(Section.objects.filter(item=item).select_related("group").order_by("rank", "pk"))
    by_id = {section.pk: section for section in sections}
    for section in sections:
        section.item = item
    for block in rows:
        block.section = by_id[block.section_id]
        if not is_unfilled(block):
            blocks.setdefault(block.section_id, []).append(block)
    return [(section, blocks.get(section.pk, [])) for section in sections]


def is_unfilled(block: Block) -> bool:
    """Whether nothing was written here yet; only a text that came from a folder may be empty in one."""
    revision = block.draft or block.live
    if revision is None or (not revision.text.strip() and not revision.data):
        return not (block.kind == "text" and block.source_id)
    return False


def newest_text(block: Block) -> str:
    revision = block.draft or block.live
    return revision.text if revision else ""


def part_id(row: Any) -> str:
    """The id of a part of a course in a folder: the one it came with, otherwise its public id."""
    return row.source_id if SOURCE_ID.match(row.source_id) else str(row.public_id)


def section_id(section: Section, *, is_first: bool) -> str:
    """The same for a section; the first one without a title is the opening, which needs no id."""
    if is_first and not section.title.strip() and section.source_id in ("", OPENING):
        return OPENING
    return part_id(section)


def block_ids(section: Section, blocks: list[Block]) -> dict[int, str]:
    """The ids of a section's blocks in a folder. Texts that can stand in plain form have one by their place."""
    taken = {block.source_id for block in blocks}
    ids: dict[int, str] = {}
    plain, after_plain = 0, False
    for block in blocks:
        place_id = f"text-{plain + 1}"
        after_plain = (
            not after_plain
            and block.kind == "text"
            and (block.source_id == place_id or (not block.source_id and place_id not in taken))
            and may_be_plain(newest_text(block))
        )
        if after_plain:
            plain += 1
            ids[block.pk] = place_id
        else:
            ids[block.pk] = str(block.public_id) if PLAIN_ID.match(block.source_id) else part_id(block)
    return ids


def _block_data(block: Block, source_id: str, files: "_Files", branches: tuple[SectionData, ...]) -> BlockData:
    settings, text = BLOCK_KINDS[block.kind].export(block, block.draft or block.live)
    changed = files.rewritten(block.kind, settings)
    if block.kind == "branches" and "experiment" in changed:
        # Chosen here it is named by its public id, in a folder by the id that the folder gives it.
        changed["experiment"] = files.experiments.get(changed["experiment"], changed["experiment"])
    return BlockData(source_id, block.kind, changed, files.rewritten_text(block.kind, text), branches=branches)


class _Files:
    """Gives every file that is met a name under media/, the same each time, in the order of first use."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredFile] = {}
        self.experiments: dict[str, str] = {}
        self._names: dict[str, str | None] = {}

    def name_of(self, public_id: str) -> str | None:
        """The file's path in the folder; None for a file that is gone."""
        if public_id not in self._names:
            row = StoredFile.objects.filter(public_id=public_id).first()
            self._names[public_id] = self._place(row) if row is not None else None
        return self._names[public_id]

    def rewritten(self, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
        return rewrite_settings(
            kind, settings, lambda value: self.name_of(value.removeprefix(FILE)) or "", self.address
        )

    def rewritten_text(self, kind: str, text: str) -> str:
        return rewrite_text(kind, text, self.address)

    def address(self, address: str) -> str | None:
        return self.name_of(address.removeprefix(FILE)) if address.startswith(FILE) else None

    def _place(self, row: StoredFile) -> str:
        # Names of any script become plain ones, so that no address in a text needs escaping.
        stem, dot, ending = row.name.rpartition(".")
        plain = _NAME.sub("-", stem or ending).strip("-.") or "file"
        ending = _NAME.sub("", ending) if stem and dot else ""
        number = 1
        while True:
            numbered = plain if number == 1 else f"{plain}-{number}"
            name = f"{MEDIA}{numbered}.{ending}" if ending else f"{MEDIA}{numbered}"
            if name.lower() not in {known.lower() for known in self.kept}:
                break
            number += 1
        self.kept[name] = row
        return name


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
