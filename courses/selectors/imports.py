"""Imports as the person who started them sees them: the list, one run, and what became of each part."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.jobs import GIVEN_UP, JobNews, JobState, job_news
from core.slots import BLOCK_KINDS
from courses.enums import ImportStage
from courses.models import ImportRun

VERDICTS: dict[str, Promise] = {
    "skipped": _("Not brought in"),
    "changed_on_the_way": _("Brought in with changes"),
    "left": _("Left as it is"),
    "changed": _("Changed"),
    "created": _("New"),
    "unchanged": _("As before"),
}
_PARTS: dict[str, Promise] = {
    "course": _("Course"),
    "module": _("Module"),
    "lesson": _("Lesson"),
    "section": _("Section"),
    "page": _("Page"),
    "file": _("File"),
    "experiment": _("Experiment"),
}
_PER_PAGE = 100


@dataclass(frozen=True)
class ShownEntry:
    """One part of the source; ``url`` is where it stands here, if it does."""

    kind: str
    title: str
    verdict: str
    verdict_label: str | Promise
    reason: str
    where: str
    url: str


@dataclass(frozen=True)
class Group:
    title: str
    entries: list[ShownEntry] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """``verdicts``: (key, label, how many) of those that there are; ``counts``: (label, how many) of what the source has."""

    run: ImportRun
    news: JobNews
    verdict: str
    verdicts: list[tuple[str, Any, int]]
    counts: list[tuple[Any, int]]
    groups: list[Group]
    page: "Page[dict[str, str]]"

    @property
    def stage(self) -> str:
        stages = dict(ImportStage.choices)
        return str(stages.get(self.run.stage, ""))

    @property
    def percent(self) -> int | None:
        """How far the stage is, if its steps are counted."""
        return self.run.done * 100 // self.run.total if self.run.total else None

    @property
    def is_over(self) -> bool:
        return self.run.is_over or self.is_given_up

    @property
    def is_given_up(self) -> bool:
        """Its job is not tried any more, even if the run's row does not say so yet."""
        return not self.run.is_over and self.news.state == JobState.GIVEN_UP

    @property
    def given_up(self) -> Promise:
        return GIVEN_UP

    @property
    def is_tried_again(self) -> bool:
        return not self.run.is_over and self.news.state == JobState.AGAIN

    @property
    def is_cancelled(self) -> bool:
        return bool(self.run.report.get("cancelled"))


def runs_of(user: Any) -> "QuerySet[ImportRun]":
    """The imports that the person started, the latest first."""
    rows: QuerySet[ImportRun] = ImportRun.objects.filter(user_id=user.pk).select_related("course", "file")
    return rows.defer("report").order_by("-pk")


def report_of(run: ImportRun, *, verdict: str = "", page: Any = 1) -> Report:
    """A page of what became of each part, in the order of the outline; only those with one ``verdict``, if it is given."""
    entries = entries_of(run)
    numbers = Counter(entry.get("verdict", "") for entry in entries)
    verdict = verdict if numbers[verdict] else ""
    chosen = entries_of(run, verdict=verdict)
    shown = Paginator(chosen, _PER_PAGE).get_page(page)
    return Report(
        run,
        JobNews(JobState.OVER) if run.is_over else job_news(run.job_id),
        verdict,
        [(key, label, numbers[key]) for key, label in VERDICTS.items() if numbers[key]],
        [(part_label(kind), count) for kind, count in run.report.get("counts", {}).items()],
        _groups(run, list(shown)),
        shown,
    )


def entries_of(run: ImportRun, *, verdict: str = "") -> list[dict[str, str]]:
    """What the run noted of each part, as plain values."""
    entries: list[dict[str, str]] = run.report.get("entries", [])
    return [entry for entry in entries if not verdict or entry.get("verdict") == verdict]


def part_label(kind: str) -> Any:
    """What a part is called: a part of a course, a kind of block, or as its source calls it."""
    if kind in _PARTS:
        return _PARTS[kind]
    block = BLOCK_KINDS.get(kind)
    return block.label if block else kind


def entry_url(run: ImportRun, entry: dict[str, str]) -> str:
    """Where the part is found here: where its authors write it."""
    if run.course is None:
        return ""
    slug = run.course.slug
    if entry.get("lesson"):
        address = reverse("courses:item-edit", args=[slug, entry["lesson"]])
        for name in ("block", "section"):
            if entry.get(name):
                return f"{address}#{name}-{entry[name]}"
        return address
    if entry.get("page"):
        return reverse("courses:page", args=[slug, entry["page"]])
    return reverse("courses:builder", args=[slug]) if entry.get("kind") == "course" else ""


def _groups(run: ImportRun, entries: list[dict[str, str]]) -> list[Group]:
    groups: dict[str, Group] = {}
    for entry in entries:
        title = entry.get("module", "")
        shown = ShownEntry(
            str(part_label(entry.get("kind", ""))),
            entry.get("title", ""),
            entry.get("verdict", ""),
            VERDICTS.get(entry.get("verdict", ""), ""),
            entry.get("reason", ""),
            entry.get("where", ""),
            entry_url(run, entry),
        )
        groups.setdefault(title, Group(title)).entries.append(shown)
    return list(groups.values())
