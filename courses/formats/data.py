"""A course as plain values: what a format reads and what an import stores."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from files.models import StoredFile


@dataclass(frozen=True)
class BlockData:
    """``settings`` and ``text`` name files by their path in the folder. ``where`` is "file:line".

    ``newer`` is what is being written in place of a published text; ``is_draft`` says that nothing of
    the block is published. A block of kind "branches" has one section for each group of its experiment.
    """

    source_id: str
    kind: str
    settings: dict[str, Any]
    text: str
    where: str = ""
    is_draft: bool = False
    newer: tuple[dict[str, Any], str] | None = None
    branches: tuple["SectionData", ...] = ()


@dataclass(frozen=True)
class SectionData:
    """``group`` names the group that a branch is for by its source id; it is empty for other sections."""

    source_id: str
    title: str
    blocks: tuple[BlockData, ...] = ()
    group: str = ""

    @property
    def all_blocks(self) -> Iterator[BlockData]:
        """The section's blocks with those in their branches."""
        for block in self.blocks:
            yield block
            for branch in block.branches:
                yield from branch.all_blocks


@dataclass(frozen=True)
class LessonData:
    source_id: str
    title: str
    minutes: int | None = None
    objective: str = ""
    done: tuple[str, ...] = ("end",)
    preview: bool = False
    published: bool = True
    sections: tuple[SectionData, ...] = ()
    paged: bool = False
    grade_category: str = ""

    @property
    def blocks(self) -> Iterator[BlockData]:
        for section in self.sections:
            yield from section.all_blocks


@dataclass(frozen=True)
class ModuleData:
    source_id: str
    title: str
    summary: str = ""
    lessons: tuple[LessonData, ...] = ()


@dataclass(frozen=True)
class GroupData:
    source_id: str
    name: str


@dataclass(frozen=True)
class ExperimentData:
    source_id: str
    name: str
    groups: tuple[GroupData, ...] = ()


@dataclass(frozen=True)
class PageData:
    """A page beside the outline. ``markup`` is "markdown" or "html"."""

    source_id: str
    title: str
    text: str
    markup: str = "markdown"
    published: bool = True


@dataclass(frozen=True)
class NoteData:
    """What a reader of a format has to tell the manager: a part that was skipped, or that came in with a loss.

    ``kind`` names the part as its source does ("word_cloud", "file"); ``where`` is the file in the source, with
    the line where one is known; ``source_id`` is the id of the block, lesson or page that it belongs to, if any.
    """

    verdict: Literal["skipped", "changed_on_the_way"]
    kind: str
    title: str
    reason: str
    where: str = ""
    source_id: str = ""


@dataclass(frozen=True)
class CourseData:
    """``settings`` are those of ``Course`` by field name.

    ``media`` maps a path in the folder to a file on disk, ``kept`` to a file of the site, in a course that is written.
    """

    source_id: str
    code: str
    title: str
    settings: dict[str, Any] = field(default_factory=dict)
    modules: tuple[ModuleData, ...] = ()
    media: dict[str, Path] = field(default_factory=dict)
    origin: str = "folder"
    experiments: tuple[ExperimentData, ...] = ()
    pages: tuple[PageData, ...] = ()
    notes: tuple[NoteData, ...] = ()
    kept: dict[str, StoredFile] = field(default_factory=dict)

    @property
    def lessons(self) -> Iterator[LessonData]:
        for module in self.modules:
            yield from module.lessons
