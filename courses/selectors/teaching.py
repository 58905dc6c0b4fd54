"""What those who write a course read: their courses, the builder, one item with its text, the bin."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from core.slots import BLOCK_KINDS, ITEM_KINDS
from courses.enums import ItemKindName
from courses.models import Block, Course, Item, Module, Section
from courses.querysets import CourseQuerySet
from courses.roles import Capability
from courses.rules import own_memberships
from courses.selectors.catalogue import lesson_count, lesson_minutes


def teaching(user: Any) -> CourseQuerySet:
    """Courses that the person writes or whose people they see, archived ones last, with ``lessons`` and ``minutes``."""
    ids = [m.course_id for m in own_memberships(user) if m.can(Capability.VIEW_PEOPLE)]
    courses: CourseQuerySet = Course.objects.filter(pk__in=ids)
    return (
        courses.annotate(lessons=lesson_count(), minutes=lesson_minutes()).defer("description").order_by("code", "pk")
    )


@dataclass(frozen=True)
class BuilderModule:
    module: Module
    number: int
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Builder:
    """``unpublished`` counts items whose newest text students do not see yet."""

    modules: list[BuilderModule]
    unpublished: int
    in_bin: int

    @property
    def items(self) -> list[Item]:
        return [item for entry in self.modules for item in entry.items]


def builder(course: Course) -> Builder:
    """The whole outline as its authors see it, drafts included, in three queries."""
    items: dict[int, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(course=course).order_by("rank", "pk"):
        item.course = course
        items[item.module_id].append(item)
    modules = [
        BuilderModule(module, number, items[module.pk])
        for number, module in enumerate(Module.objects.filter(course=course), start=1)
    ]
    unpublished = sum(is_behind(item) for entry in modules for item in entry.items)
    return Builder(modules, unpublished, binned(course).count)


def is_behind(item: Item) -> bool:
    """Whether students see an older text than the one written last, or nothing."""
    return not item.is_published or item.has_unpublished_changes


def item_state(item: Item) -> tuple[str, str]:
    """Which word and which kind of tag say the item's state: draft, published, changed."""
    if not item.is_published:
        return "draft", "draft"
    return ("changed", "warning") if item.has_unpublished_changes else ("published", "success")


def item_icon(item: Item) -> str:
    entry = ITEM_KINDS.get(item.kind)
    return entry.icon if entry else "book-open"


@dataclass(frozen=True)
class Bin:
    modules: list[Module]
    items: list[Item]

    @property
    def count(self) -> int:
        return len(self.modules) + len(self.items)


def binned(course: Course) -> Bin:
    """What of the course lies in the bin: modules, and items whose module does not."""
    items = Item.everything.filter(course=course, deleted_at__isnull=False, module__deleted_at__isnull=True)
    modules = Module.everything.filter(course=course, deleted_at__isnull=False)
    return Bin(list(modules.order_by("-deleted_at")), list(items.order_by("-deleted_at")))


@dataclass(frozen=True)
class EditedSection:
    section: Section
    number: int
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class ItemEditor:
    """One item with all its sections and blocks (their draft text loaded), kept ones only."""

    item: Item
    sections: list[EditedSection]
    problems: list[tuple[Block, str]]


def item_editor(item: Item) -> ItemEditor:
    """The item's text as its authors write it, in two queries and those of the kinds' checks."""
    blocks: dict[int, list[Block]] = defaultdict(list)
    sections = list(Section.objects.filter(item=item))
    kept = {section.pk: section for section in sections}
    for section in sections:
        section.item = item
    rows = Block.objects.filter(section__item=item).select_related("draft")
    for block in rows.order_by("rank", "pk"):
        block.section = kept[block.section_id]
        blocks[block.section_id].append(block)
    edited = [EditedSection(s, n, blocks[s.pk]) for n, s in enumerate(sections, start=1)]
    return ItemEditor(item, edited, _problems(edited) if item.kind == ItemKindName.LESSON else [])


def _problems(sections: list[EditedSection]) -> list[tuple[Block, str]]:
    """What a careful author would mend before publishing, with the block it stands in."""
    found = []
    for entry in sections:
        for block in entry.blocks:
            kind = BLOCK_KINDS.get(block.kind)
            if kind is not None and block.draft is not None:
                found += [(block, sentence) for sentence in kind.check(block, block.draft)]
    return found


def authored_or_binned(model: Any, course: Course, public_id: Any) -> QuerySet[Any]:
    """A module, item, section or block of the course by its id, in the bin or not, for restoring."""
    paths = {Module: "course", Item: "course", Section: "item__course", Block: "section__item__course"}
    found: QuerySet[Any] = model.everything.filter(Q(**{paths[model]: course}), public_id=public_id)
    return found
