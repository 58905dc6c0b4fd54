"""A course as plain values: what a format reads and what an import stores."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class BlockData:
    """``settings`` and ``text`` name files by their path in the folder. ``where`` is "file:line"."""

    source_id: str
    kind: str
    settings: dict[str, Any]
    text: str
    where: str = ""


@dataclass(frozen=True)
class SectionData:
    source_id: str
    title: str
    blocks: tuple[BlockData, ...] = ()


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

    @property
    def blocks(self) -> Iterator[BlockData]:
        for section in self.sections:
            yield from section.blocks


@dataclass(frozen=True)
class ModuleData:
    source_id: str
    title: str
    summary: str = ""
    lessons: tuple[LessonData, ...] = ()


@dataclass(frozen=True)
class CourseData:
    """``settings`` are those of ``Course`` by field name; ``media`` maps a path in the folder to a file on disk."""

    source_id: str
    code: str
    title: str
    settings: dict[str, Any] = field(default_factory=dict)
    modules: tuple[ModuleData, ...] = ()
    media: dict[str, Path] = field(default_factory=dict)

    @property
    def lessons(self) -> Iterator[LessonData]:
        for module in self.modules:
            yield from module.lessons
