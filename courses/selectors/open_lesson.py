"""A lesson brought from the database in one go: its sections, and the blocks that this reader sees, split into leaves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, UUIDField, When
from django.http import Http404

from core.prepared import Parameter, Part, Prepared
from core.shortcuts import get_visible
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
from courses.rules import own_memberships, sees_all_branches
from courses.selectors.at_hand import files_column, put_at_hand, watched_column

# A page of a paged lesson holds about so many characters of text; a longer section goes on over the leaf.
LEAF = 20_000
# What a block costs beside its text: a question its options and form, a film its transcript.
_BESIDE_TEXT = {"question": 2_500, "poll": 2_000, "video": 6_000}
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class ShownBlock:
    """``template`` shows the block with ``context``; ``revision`` is the text that this reader sees."""

    block: Block
    revision: BlockRevision
    template: str
    context: dict[str, Any]


@dataclass(frozen=True)
class ShownBranch:
    """What one group sees in place of a block; ``label`` names the group to those who see all of them."""

    label: str
    blocks: list[ShownBlock] = field(default_factory=list)


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
    rows = ask(item=public_id, page=page or NOBODY, reader=user.pk or 0)
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
