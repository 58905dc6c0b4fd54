"""A lesson as it is read: sections, blocks with what their kinds need, the way back and on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, UUIDField, When
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.prepared import Parameter, Part, Prepared
from core.shortcuts import get_visible
from core.slots import BLOCK_KINDS
from courses.models import (
    Block,
    BlockRevision,
    Course,
    ExperimentGroup,
    ExperimentPlace,
    Item,
    Module,
    Section,
)
from courses.roles import Capability
from courses.rules import can, own_memberships, sees_all_branches
from courses.selectors.at_hand import files_column, put_at_hand, watched_column
from courses.selectors.outline import Lesson, ModuleLessons, Outline, outline, reads_all

# A visit is written at most this often.
VISIT_GAP = timedelta(minutes=5)
BRANCHES = "branches"
# A page of a paged lesson holds about so many characters of text; a longer section goes on over the leaf.
LEAF = 20_000
# What a block costs beside its text: a question its options and form, a film its transcript.
_BESIDE_TEXT = {"question": 2_500, "poll": 2_000, "video": 6_000}
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class ShownBlock:
    """``template`` shows the block with ``context``; ``revision`` is the text that this reader sees."""

    block: Block
    revision: BlockRevision
    template: str
    context: dict[str, Any]


@dataclass(frozen=True)
class ShownSection:
    anchor: str
    title: str
    blocks: list[ShownBlock] = field(default_factory=list)


@dataclass(frozen=True)
class ShownBranch:
    """What one group sees in place of a block; ``label`` names the group to those who see all of them."""

    label: str
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
class OpenLesson:
    """The lesson's own rows: ``sections`` all that can be read, ``blocks`` those that this reader is shown on this page.

    ``groups`` are those whose branches stand on this page; ``unplaced`` the experiments in which the student has no
    group yet, ``chosen`` the groups that it is shown for.
    """

    item: Item
    sections: list[Section]
    blocks: list[Block]
    groups: list[ExperimentGroup]
    unplaced: frozenset[int] = frozenset()
    chosen: frozenset[int] = frozenset()
    leaf: int = 1
    leaves: int = 1

    def turned_to(self, leaf: int) -> "OpenLesson":
        """One leaf of a section that is too long for a page, counted from 1; the nearest one that there is."""
        if not self.item.is_paged:
            return self
        leaves = _leaves(self.blocks)
        number = min(max(leaf, 1), len(leaves)) if leaves else 1
        return replace(self, blocks=leaves[number - 1] if leaves else [], leaf=number, leaves=max(len(leaves), 1))

    def only(self, groups: Iterable[int], *, of: Iterable[int]) -> "OpenLesson":
        """The same with the branches of ``groups`` alone, as far as the experiments ``of`` go."""
        kept, experiments = frozenset(groups), frozenset(of)
        blocks = [
            block
            for block in self.blocks
            if not block.section.inside_id
            or _experiment_of(block.section) not in experiments
            or block.section.group_id in kept
        ]
        return replace(self, blocks=blocks, unplaced=self.unplaced - experiments, chosen=kept)

    def as_group(self, public_id: str) -> "OpenLesson":
        """As a student of this group sees it; unchanged for an id that is none of a group here."""
        group = next((group for group in self.groups if str(group.public_id) == public_id), None)
        return self.only([group.pk], of=[group.experiment_id]) if group else self


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

_COURSE = Part(
    Course,
    "section__item__course__",
    "id public_id slug code title state enrolment language time_zone deleted_at plate ground",
)
_MODULE = Part(Module, "section__item__module__", "id public_id course_id title rank")
_ITEM = Part(
    Item,
    "section__item__",
    "id public_id course_id module_id kind title objective minutes state published_at content_changed_at needs_end "
    "needs_answers is_preview is_paged deleted_at version",
)
_SECTION = Part(Section, "section__", "id public_id title rank item_id inside_id group_id")
_GROUP = Part(ExperimentGroup, "section__group__", "id public_id name experiment_id")
_BLOCK = Part(Block, "", "id public_id kind version section_id live_id draft_id")
_REVISION = Part(BlockRevision, "", "id block_id number data html")


_PARTS = (_COURSE, _MODULE, _ITEM, _SECTION, _GROUP, _BLOCK)


def _prepared(which: str, *, own_branches: bool) -> Prepared:
    """The kept blocks of a lesson that have a ``live`` or ``draft`` text, in order, with everything around them.

    Of a paged lesson only the blocks of the section ``page`` come with their text. With ``own_branches`` the branches
    of other groups than the reader's stay away, unless the reader has no group yet.
    """

    def build() -> "QuerySet[Any, Any]":
        reader = Parameter("reader", BigIntegerField())
        page = Parameter("page", UUIDField())
        kept = {f"section__item__{path}deleted_at__isnull": True for path in ("", "module__", "course__")}
        rows = Block.objects.filter(section__item__public_id=Parameter("item", UUIDField()), **kept)
        rows = rows.filter(**{f"{which}__isnull": False})
        places = ExperimentPlace.objects.filter(user_id=reader)
        has_place = Exists(places.filter(experiment_id=OuterRef("section__group__experiment_id")))
        if own_branches:
            is_own = Exists(places.filter(group_id=OuterRef("section__group_id")))
            rows = rows.filter(Q(section__inside__isnull=True) | is_own | ~has_place)
        on_page = (
            Q(section__item__is_paged=False) | Q(section__public_id=page) | Q(section__inside__section__public_id=page)
        )
        rows = rows.annotate(
            has_place=has_place,
            files=files_column(),
            watched=watched_column(),
            data=Case(When(on_page, then=F(f"{which}__data")), default=None),
            html=Case(When(on_page, then=F(f"{which}__html")), default=None),
        )
        paths = [path for part in _PARTS for path in part.paths]
        columns = [
            *paths,
            "files",
            "watched",
            "has_place",
            f"{which}__id",
            f"{which}__block_id",
            f"{which}__number",
            "data",
            "html",
        ]
        ordered: QuerySet[Any, Any] = rows.order_by("section__rank", "section_id", "rank", "pk")
        return ordered.values_list(*columns)

    return Prepared(build)


_ROWS = {(which, own): _prepared(which, own_branches=own) for which in ("live", "draft") for own in (True, False)}


def open_lesson(user: Any, slug: str, public_id: UUID, *, page: UUID | None = None, draft: bool = False) -> OpenLesson:
    """The item with its course and module, and its blocks with their published text, or with ``draft`` those being
    written: as a rule in one query. ``page`` names the section of a paged lesson that is read.

    The blocks bring the item along, and the permission says what the queryset would. Raises ``Http404``.
    """
    all_branches = any(m.course.slug == slug and sees_all_branches(user, m.course_id) for m in own_memberships(user))
    own_branches = not all_branches and not (user.is_active and user.is_superuser)
    ask = _ROWS["draft" if draft else "live", own_branches]
    rows = ask(item=public_id, page=page or _NOBODY, reader=user.pk or 0)
    if not rows:
        items = Item.objects.select_related("course", "module")
        return OpenLesson(get_visible(items, user, course__slug=slug, public_id=public_id), [], [], [])
    found = _lesson_of(rows, draft=draft)
    files, watched = rows[0][_PLACES[-1].stop : _PLACES[-1].stop + 2]
    put_at_hand(found.item, reader=user.pk or 0, files=files, watched=watched)
    wanted = "courses.change_item" if draft else "courses.view_item"
    if found.item.course.slug != slug or not user.has_perm(wanted, found.item):
        raise Http404
    return found


def _lesson_of(rows: list[Sequence[Any]], *, draft: bool) -> OpenLesson:
    """The rows as instances that know each other."""
    at_course, at_module, at_item, at_section, at_group, at_block = _PLACES
    course, module, item = (
        _COURSE.make(rows[0][at_course]),
        _MODULE.make(rows[0][at_module]),
        _ITEM.make(rows[0][at_item]),
    )
    item.course = module.course = course
    item.module = module
    sections: dict[int, Section] = {}
    groups: dict[int, ExperimentGroup] = {}
    blocks: list[Block] = []
    unplaced = set()
    for row in rows:
        has_place, *revision = row[at_block.stop + 2 :]
        section_id = row[at_section][0]
        section = sections.get(section_id)
        if section is None:
            section = sections[section_id] = _SECTION.make(row[at_section])
            section.item = item
            if section.inside_id:
                group = groups.get(row[at_group][0]) or _GROUP.make(row[at_group])
                section.group = groups[group.pk] = group
        if revision[-1] is None:
            continue
        block = _BLOCK.make(row[at_block])
        block.section = section
        block.shown = _REVISION.make(revision)  # type: ignore[attr-defined]
        setattr(block, "draft" if draft else "live", block.shown)  # type: ignore[attr-defined]
        blocks.append(block)
        if section.inside_id and not has_place:
            unplaced.add(_experiment_of(section))
    shown = {block.section.group_id for block in blocks}
    return OpenLesson(
        item,
        [section for section in sections.values() if not section.inside_id],
        blocks,
        [group for pk, group in sorted(groups.items()) if pk in shown],
        frozenset(unplaced),
    )


def _experiment_of(branch: Section) -> int:
    return branch.group.experiment_id if branch.group else 0


def _weight(block: Any) -> int:
    return len(block.shown.html) + _BESIDE_TEXT.get(block.kind, 300)


def _slices(parts: Iterable[Part[Any]]) -> list[slice]:
    """Where each part's columns stand in a row."""
    places: list[slice] = []
    for part in parts:
        start = places[-1].stop if places else 0
        places.append(slice(start, start + len(part.names)))
    return places


_PLACES = _slices(_PARTS)


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


def _leaves(blocks: list[Block]) -> list[list[Block]]:
    """The blocks of a page cut where they grow too long. What stands in a branch stays with the block it stands in."""
    inner: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.section.inside_id:
            inner[block.section.inside_id].append(block)
    leaves: list[list[Block]] = []
    filled = LEAF
    for block in blocks:
        if block.section.inside_id:
            continue
        together = [block, *inner[block.pk]]
        weight = sum(_weight(one) for one in together)
        if filled + weight > LEAF:
            leaves.append([])
            filled = 0
        leaves[-1] += together
        filled += weight
    return leaves


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
    address = reverse("courses:lesson-section", args=[item.course.slug, item.public_id, _NOBODY])
    before, _id, after = address.rpartition(str(_NOBODY))
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
