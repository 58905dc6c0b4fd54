"""What an import did, part by part."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from courses.formats.data import CourseData, LessonData, SectionData
from courses.models import Course

CREATED, CHANGED, UNCHANGED, LEFT = "created", "changed", "unchanged", "left"
SKIPPED, ON_THE_WAY = "skipped", "changed_on_the_way"


@dataclass(frozen=True)
class ImportEntry:
    """What became of one part.

    ``kind`` is course, module, lesson, section, page, a kind of block, or what the source calls the part. ``where``
    is its place in the source, ``module`` the title of the module it stands in. ``lesson``, ``section``, ``block``
    and ``page`` are public ids that say where the part is found here.
    """

    kind: str
    title: str
    source_id: str
    verdict: str
    reason: str = ""
    where: str = ""
    module: str = ""
    lesson: str = ""
    section: str = ""
    block: str = ""
    page: str = ""

    def as_dict(self) -> dict[str, str]:
        """Without what is empty: a large course has thousands of entries."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass
class ImportReport:
    """``created``, ``changed`` and ``unchanged`` count course, modules, lessons and pages; ``counts`` are of the source."""

    COUNTED: ClassVar[frozenset[str]] = frozenset({"course", "module", "lesson", "page"})

    course: Course
    entries: list[ImportEntry] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    format: str = ""
    is_new: bool = False
    is_trial: bool = False

    def _count(self, verdict: str) -> int:
        return sum(entry.verdict == verdict and entry.kind in self.COUNTED for entry in self.entries)

    @property
    def created(self) -> int:
        return self._count(CREATED)

    @property
    def changed(self) -> int:
        return self._count(CHANGED)

    @property
    def unchanged(self) -> int:
        return self._count(UNCHANGED)

    @property
    def left(self) -> list[ImportEntry]:
        """What the course has and the source no longer; it stays until somebody bins it."""
        return [entry for entry in self.entries if entry.verdict == LEFT]

    @property
    def skipped(self) -> list[ImportEntry]:
        """What the source has and cannot be brought in."""
        return [entry for entry in self.entries if entry.verdict == SKIPPED]

    def as_dict(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "counts": self.counts,
            "entries": [entry.as_dict() for entry in self.entries],
        }


def counts_of(data: CourseData) -> dict[str, int]:
    """How many of each the source has; blocks by kind, files that are used."""
    lessons = list(data.lessons)
    counts = {"module": len(data.modules), "lesson": len(lessons)}
    counts["section"] = sum(_sections(lesson) for lesson in lessons)
    kinds = Counter(block.kind for lesson in lessons for block in lesson.blocks)
    counts |= dict(sorted(kinds.items()))
    counts |= {"experiment": len(data.experiments), "page": len(data.pages), "file": len(data.media)}
    return {name: count for name, count in counts.items() if count}


def _sections(lesson: LessonData) -> int:
    return sum(_with_branches(lesson.sections))


def _with_branches(sections: Iterable[SectionData]) -> Iterable[int]:
    for section in sections:
        yield 1
        for block in section.blocks:
            yield from _with_branches(block.branches)
