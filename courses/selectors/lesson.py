"""A lesson as it is read: sections, blocks with what their kinds need, the way back and on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.slots import BLOCK_KINDS
from courses.models import (
    Block,
    BlockRevision,
    ExperimentGroup,
    Item,
)
from courses.roles import Capability
from courses.rules import can, sees_all_branches
from courses.selectors.open_lesson import NOBODY, OpenLesson, ShownBlock, ShownBranch
from courses.selectors.outline import Lesson, ModuleLessons, Outline, outline, reads_all

# A visit is written at most this often.
VISIT_GAP = timedelta(minutes=5)
BRANCHES = "branches"


@dataclass(frozen=True)
class ShownSection:
    anchor: str
    title: str
    blocks: list[ShownBlock] = field(default_factory=list)


@dataclass(frozen=True)
class SectionLink:
    """One line of the list beside the text. ``number`` counts from 1; ``url`` is a place on the page or another page."""

    public_id: UUID
    number: int
    title: str
    url: str
    current: bool = False
    seen: bool = False


@dataclass(frozen=True)
class LessonPage:
    """``lesson`` and ``module`` are None for a lesson that is not in the published outline: a draft.

    ``links`` is what stands beside the text. In a paged lesson ``sections`` holds the one that is shown. ``groups`` are
    those between which people who teach can switch.
    """

    item: Item
    outline: Outline
    sections: list[ShownSection]
    links: list[SectionLink]
    groups: list[ExperimentGroup]
    chosen: frozenset[int]
    is_draft: bool
    learns: bool
    lesson: Lesson | None
    module: ModuleLessons | None
    is_preview_for_outsiders: bool
    previous: Lesson | None
    next: Lesson | None
    visit_is_due: bool
    query: str = ""
    leaf: int = 1
    leaves: int = 1

    @property
    def was_here(self) -> bool:
        return self.lesson is not None and self.lesson.seen_at is not None

    @property
    def titled_links(self) -> list[SectionLink]:
        return self.links if self.is_paged else [link for link in self.links if link.title]

    @property
    def is_paged(self) -> bool:
        return self.item.is_paged

    @property
    def at(self) -> SectionLink | None:
        """The section that a paged lesson shows."""
        return next((link for link in self.links if link.current), None)

    @property
    def is_at_end(self) -> bool:
        """Whether the lesson's end is on this page."""
        return not self.is_paged or not self.links or (self.links[-1].current and self.leaf == self.leaves)

    @property
    def section_before(self) -> SectionLink | None:
        if self.at and self.leaf > 1:
            return self._leaf(self.at, self.leaf - 1)
        return self.links[self.at.number - 2] if self.at and self.at.number > 1 else None

    @property
    def section_after(self) -> SectionLink | None:
        if self.at and self.leaf < self.leaves:
            return self._leaf(self.at, self.leaf + 1)
        return self.links[self.at.number] if self.at and self.at.number < len(self.links) else None

    def _leaf(self, at: SectionLink, number: int) -> SectionLink:
        """The page before or after this one in a section that has several."""
        values = {"title": at.title, "leaf": number, "count": self.leaves}
        url = f"{at.url}{'&' if self.query else '?'}leaf={number}" if number > 1 else at.url
        return replace(at, title=_("%(title)s, %(leaf)s of %(count)s") % values, url=url)

    @property
    def stopped_at(self) -> SectionLink | None:
        """Where the reader stopped; None at the start, in a finished lesson, and where pages lead there themselves."""
        if self.is_paged or self.lesson is None or self.lesson.state != "part" or not self.lesson.place:
            return None
        place = section_of_place(self.lesson.place)
        found = [link for link in self.links if link.public_id == place]
        return found[0] if found and found[0].number > 1 else None


def anchor_of(section_public_id: UUID) -> str:
    """The ``id`` of a section on the page, and the place that is remembered when a reader stops there."""
    return f"s-{section_public_id}"


def section_of_place(place: str) -> UUID | None:
    """The public id of the section that a remembered place names, if it names one."""
    try:
        return UUID(place[2:38]) if place.startswith("s-") else None
    except ValueError:
        return None


def pages_seen(place: str) -> int:
    """Which pages of a paged lesson have been opened: a number whose lowest bit stands for the first page."""
    _section, _colon, mask = place.partition(":")
    try:
        return int(mask, 16) if mask else 0
    except ValueError:
        return 0


# Reading the rows. Every row brings the lesson, its module and its course along, so only what a page reads of them.


def lesson_page(
    user: Any,
    found: OpenLesson,
    *,
    page: UUID | None = None,
    draft: bool = False,
    query: str = "",
    now: datetime | None = None,
) -> LessonPage:
    """What ``user`` reads of an open lesson; ``page`` is the section that a paged one shows, ``query`` what its links
    to other pages keep. The caller has checked that they may."""
    item = found.item
    lessons = outline(user, item.course)
    lesson = lessons.find(item.pk)
    previous, following = lessons.around(item.pk)
    learns = can(user, Capability.LEARN, item.course_id) and item.course.is_published
    due = (now or timezone.now()) - VISIT_GAP
    seen_at = lesson.seen_at if lesson else None
    links = _links(found, lesson, page, query)
    return LessonPage(
        item=item,
        outline=lessons,
        sections=_sections(user, found),
        links=links,
        groups=found.groups if sees_all_branches(user, item.course_id) else [],
        chosen=found.chosen,
        is_draft=draft,
        learns=learns,
        lesson=lesson,
        module=lessons.module_of(item.pk),
        is_preview_for_outsiders=not reads_all(user, item.course),
        previous=previous,
        next=following,
        visit_is_due=learns
        and lesson is not None
        and not draft
        and (seen_at is None or seen_at < due or _turned(lesson, links)),
        query=query,
        leaf=found.leaf,
        leaves=found.leaves,
    )


def _links(found: OpenLesson, lesson: Lesson | None, page: UUID | None, query: str) -> list[SectionLink]:
    """The list beside the text: places on the page, or of a paged lesson other pages, with those opened marked."""
    if not found.item.is_paged:
        return [
            SectionLink(section.public_id, number, section.title, f"#{anchor_of(section.public_id)}")
            for number, section in enumerate(found.sections, start=1)
        ]
    before, after = _page_address(found.item)
    seen = pages_seen(lesson.place) if lesson else 0
    return [
        SectionLink(
            public_id=section.public_id,
            number=number,
            title=section.title or (_("Opening") if number == 1 else _("Section %(n)s") % {"n": number}),
            url=f"{before}{section.public_id}{after}{query}",
            current=section.public_id == page,
            seen=bool(seen >> (number - 1) & 1),
        )
        for number, section in enumerate(found.sections, start=1)
    ]


def _page_address(item: Item) -> tuple[str, str]:
    address = reverse("courses:lesson-section", args=[item.course.slug, item.public_id, NOBODY])
    before, _id, after = address.rpartition(str(NOBODY))
    return before, after


def _turned(lesson: Lesson, links: list[SectionLink]) -> bool:
    """Whether this page of a paged lesson is another one than the reader's last."""
    current = next((link for link in links if link.current), None)
    return current is not None and section_of_place(lesson.place) != current.public_id


def first_page(user: Any, found: OpenLesson) -> UUID | None:
    """The section that a paged lesson opens at: where the reader stopped, else the first."""
    lesson = outline(user, found.item.course).find(found.item.pk)
    pages = [section.public_id for section in found.sections]
    place = section_of_place(lesson.place) if lesson and lesson.state == "part" else None
    return place if place in pages else next(iter(pages), None)


def _sections(user: Any, found: OpenLesson) -> list[ShownSection]:
    contexts = block_contexts(found.blocks, user)
    inner: dict[int, dict[int, list[ShownBlock]]] = defaultdict(lambda: defaultdict(list))
    shown: dict[int, list[ShownBlock]] = defaultdict(list)
    for block in found.blocks:
        kind = BLOCK_KINDS.get(block.kind)
        if kind is None:
            continue
        revision: BlockRevision = block.shown  # type: ignore[attr-defined]
        context = {"block": block, "revision": revision, **contexts.get(block.pk, {})}
        entry = ShownBlock(block, revision, kind.template, context)
        section = block.section
        if section.inside_id:
            inner[section.inside_id][section.group_id or 0].append(entry)
        else:
            shown[section.pk].append(entry)
        if block.kind == BRANCHES:
            context["branches"] = inner[block.pk]
    labelled = sees_all_branches(user, found.item.course_id)
    names = {group.pk: group.name for group in found.groups if labelled and group.pk not in found.chosen}
    for entries in shown.values():
        for entry in entries:
            if entry.block.kind == BRANCHES:
                entry.context.update(_branches(entry.context["branches"], names))
    return [
        ShownSection(anchor_of(section.public_id), section.title, shown[section.pk])
        for section in found.sections
        if shown[section.pk]
    ]


def _branches(blocks: Mapping[int, list[ShownBlock]], names: Mapping[int, str]) -> dict[str, Any]:
    """The variables of a block of branches: each group's blocks in the groups' order, or why there are none."""
    branches = [ShownBranch(names.get(group, ""), blocks[group]) for group in sorted(blocks)]
    note = "" if branches else _("Here each student sees what is meant for their group. There is nothing for you here.")
    return {"branches": branches, "note": note}


def block_contexts(blocks: list[Block], user: Any) -> dict[int, dict[str, Any]]:
    """What the blocks' templates need, by block id; each kind is asked once for all of its blocks."""
    by_kind: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_kind[block.kind].append(block)
    contexts: dict[int, dict[str, Any]] = {}
    for name, own in by_kind.items():
        kind = BLOCK_KINDS.get(name)
        if kind is not None:
            contexts.update(kind.context(own, user))
    return contexts


def lesson_head(page: LessonPage) -> dict[str, Any]:
    """What stands above the text, for the template ``lesson_head``."""
    item = page.item
    about = item.module.title
    if page.module is not None and page.lesson is not None:
        place = page.module.lessons.index(page.lesson) + 1
        values = {"module": page.module.number, "place": place, "count": len(page.module.lessons)}
        about = _("Module %(module)s, lesson %(place)s of %(count)s") % values
    changed = item.content_changed_at if page.is_draft else item.published_at
    at = page.at
    return {
        "about": about,
        "minutes": item.minutes,
        "updated": date_format(timezone.localtime(changed), "j M") if changed else "",
        "title": item.title,
        "objective": item.objective if at is None or at.number == 1 else "",
        "tag": _("Draft") if page.is_draft else "",
        "tag_kind": "draft",
        "page": _("Part %(number)s of %(count)s") % {"number": at.number, "count": len(page.links)} if at else "",
        "leaf": _("page %(leaf)s of %(count)s") % {"leaf": page.leaf, "count": page.leaves} if page.leaves > 1 else "",
    }


def lesson_way(page: LessonPage) -> dict[str, Any]:
    """The way back and on for the template ``lesson_nav``: page by page, then lesson by lesson."""
    before, after = page.section_before, page.section_after
    return {
        "previous": {"url": before.url, "number": "", "title": before.title} if before else page.previous,
        "next": {"url": after.url, "number": "", "title": after.title} if after else page.next,
        "done": page.lesson is not None and page.lesson.is_done,
    }


def completion_rule(item: Item) -> str:
    """What finishes the lesson, in words."""
    if item.needs_end and item.needs_answers:
        return _("This lesson is finished when you have answered its questions and marked it as done.")
    if item.needs_answers:
        return _("This lesson is finished when you have answered all its questions rightly.")
    if item.needs_end:
        return _("This lesson is finished when you mark it as done.")
    return _("This lesson is finished once you have opened it.")


def next_lesson_url(user: Any, item: Item) -> str:
    """Where to go after the item: the next lesson that the reader may open, else the course."""
    following = outline(user, item.course).around(item.pk)[1]
    return following.url if following else item.course.get_absolute_url()
