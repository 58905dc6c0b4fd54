"""A lesson as it is read: sections, blocks with what their kinds need, the way back and on."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.shortcuts import get_visible
from core.slots import BLOCK_KINDS
from courses.models import Block, BlockRevision, Item, Section
from courses.roles import Capability
from courses.rules import can
from courses.selectors.outline import Lesson, ModuleLessons, Outline, outline, reads_all

# A visit is written at most this often.
VISIT_GAP = timedelta(minutes=5)


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
class LessonPage:
    """``lesson`` and ``module`` are None for a lesson that is not in the published outline: a draft."""

    item: Item
    outline: Outline
    sections: list[ShownSection]
    is_draft: bool
    learns: bool
    lesson: Lesson | None
    module: ModuleLessons | None
    is_preview_for_outsiders: bool
    previous: Lesson | None
    next: Lesson | None
    visit_is_due: bool

    @property
    def was_here(self) -> bool:
        return self.lesson is not None and self.lesson.seen_at is not None

    @property
    def titled_sections(self) -> list[ShownSection]:
        return [section for section in self.sections if section.title]

    @property
    def stopped_at(self) -> ShownSection | None:
        """Where the reader stopped; None at the start and in a finished lesson."""
        if self.lesson is None or self.lesson.state != "part" or not self.lesson.place:
            return None
        found = [s for s in self.sections if s.anchor == self.lesson.place]
        return found[0] if found and found[0] is not self.sections[0] else None


def anchor_of(section_public_id: UUID) -> str:
    """The ``id`` of a section on the page, and the place that is remembered when a reader stops there."""
    return f"s-{section_public_id}"


def section_of_place(place: str) -> UUID | None:
    """The public id of the section that a remembered place names, if it names one."""
    try:
        return UUID(place.removeprefix("s-")) if place.startswith("s-") else None
    except ValueError:
        return None


def _columns(prefix: str, names: str) -> list[str]:
    return [f"{prefix}{name}" for name in names.split()]


# Every row brings the lesson, its module and its course along, so only what a page reads of them.
_READ = [
    *_columns("", "public_id kind version section_id live_id draft_id"),
    *_columns("live__", "block_id number text data html"),
    *_columns("section__", "public_id title rank item_id"),
    *_columns("section__item__", "public_id course_id module_id kind title objective minutes state published_at"),
    *_columns("section__item__", "content_changed_at needs_end needs_answers is_preview deleted_at version"),
    *_columns("section__item__module__", "public_id course_id title rank"),
    *_columns("section__item__course__", "public_id slug code title state enrolment time_zone deleted_at plate ground"),
]


def open_lesson(user: Any, slug: str, public_id: UUID) -> tuple[Item, list[Block]]:
    """The item with its course and module, and its published blocks: as a rule in one query.

    The blocks bring the item along, and the permission says what the queryset would. Raises ``Http404``.
    """
    blocks = list(_readable_blocks().filter(section__item__public_id=public_id, section__item__course__slug=slug))
    if not blocks:
        items = Item.objects.select_related("course", "module")
        return get_visible(items, user, course__slug=slug, public_id=public_id), []
    item: Item = blocks[0].section.item
    if not user.has_perm("courses.view_item", item):
        raise Http404
    return item, blocks


@cache
def _readable_blocks() -> QuerySet[Block]:
    """All published blocks with their lessons; built once, narrowed down by each request."""
    kept = {f"section__item__{path}deleted_at__isnull": True for path in ("", "module__", "course__")}
    related = ("live", "section__item__course", "section__item__module")
    rows = Block.objects.filter(live__isnull=False, **kept).select_related(*related).only(*_READ)
    return _in_order(rows)


def _in_order(blocks: QuerySet[Block]) -> QuerySet[Block]:
    return blocks.order_by("section__rank", "section_id", "rank", "pk")


def draft_blocks(item: Item) -> list[Block]:
    """The item's blocks with the text being written."""
    rows = Block.objects.filter(section__item=item, draft__isnull=False)
    return list(_in_order(rows).select_related("section", "draft"))


def lesson_page(
    user: Any, item: Item, blocks: list[Block], *, draft: bool = False, now: datetime | None = None
) -> LessonPage:
    """What ``user`` reads at ``item``: ``blocks`` are its published ones, or with ``draft`` those being written.

    The caller has checked that they may.
    """
    lessons = outline(user, item.course)
    lesson = lessons.find(item.pk)
    previous, following = lessons.around(item.pk)
    learns = can(user, Capability.LEARN, item.course_id) and item.course.is_published
    due = (now or timezone.now()) - VISIT_GAP
    seen_at = lesson.seen_at if lesson else None
    return LessonPage(
        item=item,
        outline=lessons,
        sections=_sections(user, item, blocks, draft=draft),
        is_draft=draft,
        learns=learns,
        lesson=lesson,
        module=lessons.module_of(item.pk),
        is_preview_for_outsiders=not reads_all(user, item.course),
        previous=previous,
        next=following,
        visit_is_due=learns and lesson is not None and not draft and (seen_at is None or seen_at < due),
    )


def _sections(user: Any, item: Item, blocks: list[Block], *, draft: bool) -> list[ShownSection]:
    shown = "draft" if draft else "live"
    for block in blocks:
        # A kind asks for the block's item without another query.
        block.section.item = item
        # Kinds read the revision that is shown by this name, whichever it is.
        block.shown = getattr(block, shown)  # type: ignore[attr-defined]
    contexts = block_contexts(blocks, user)
    sections: dict[Section, list[ShownBlock]] = defaultdict(list)
    for block in blocks:
        kind = BLOCK_KINDS.get(block.kind)
        if kind is None:
            continue
        revision: BlockRevision = getattr(block, shown)
        context = {"block": block, "revision": revision, **contexts.get(block.pk, {})}
        sections[block.section].append(ShownBlock(block, revision, kind.template, context))
    return [ShownSection(anchor_of(section.public_id), section.title, content) for section, content in sections.items()]


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
    return {
        "about": about,
        "minutes": item.minutes,
        "updated": date_format(timezone.localtime(changed), "j M") if changed else "",
        "title": item.title,
        "objective": item.objective,
        "tag": _("Draft") if page.is_draft else "",
        "tag_kind": "draft",
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
