"""What those who write a course read: their courses, the builder, one item with its text, the bin."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.slots import BLOCK_KINDS, ITEM_KINDS
from courses.enums import CourseState, ItemKindName
from courses.models import Block, Course, Experiment, ExperimentGroup, Item, Module, Section
from courses.querysets import CourseQuerySet
from courses.roles import Capability
from courses.rules import can, own_memberships
from courses.selectors.catalogue import lesson_count, lesson_minutes
from courses.selectors.outline import length_in_words


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
    """``in_bin`` counts modules and items in the bin."""

    modules: list[BuilderModule]
    in_bin: int

    @property
    def published(self) -> int:
        return sum(item.is_published for item in self.items)

    @property
    def changed(self) -> int:
        """Published items whose newest text students do not see yet."""
        return sum(item.has_unpublished_changes for item in self.items)

    @property
    def saved_at(self) -> datetime | None:
        rows: list[Any] = [row for entry in self.modules for row in (entry.module, *entry.items)]
        return max((row.updated_at for row in rows), default=None)

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
    return Builder(modules, binned(course).count)


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

    @property
    def name(self) -> str:
        """Its title, or what it is called here without one: the opening, section 3."""
        if self.section.group is not None:
            return self.section.group.name
        if self.section.title:
            return self.section.title
        return gettext("Opening") if self.number == 1 else gettext("Section %(n)s") % {"n": self.number}


@dataclass(frozen=True)
class ItemEditor:
    """One item with all its sections and blocks (their draft text loaded), kept ones only.

    ``branches`` holds, by block id, what the groups of its experiment see.
    """

    item: Item
    sections: list[EditedSection]
    branches: dict[int, list[EditedSection]]
    problems: list[tuple[Block, str]]

    @property
    def saved_at(self) -> datetime:
        """When the text or the settings were saved last."""
        return max(filter(None, (self.item.updated_at, self.item.content_changed_at)))


def item_editor(item: Item) -> ItemEditor:
    """The item's text as its authors write it, in two queries and those of the kinds' checks."""
    blocks: dict[int, list[Block]] = defaultdict(list)
    sections = list(Section.objects.filter(item=item).select_related("group"))
    kept = {section.pk: section for section in sections}
    for section in sections:
        section.item = item
    rows = Block.objects.filter(section__item=item).select_related("draft")
    for block in rows.order_by("rank", "pk"):
        block.section = kept[block.section_id]
        blocks[block.section_id].append(block)
    outer = [section for section in sections if section.inside_id is None]
    edited = [EditedSection(s, n, blocks[s.pk]) for n, s in enumerate(outer, start=1)]
    branches: dict[int, list[EditedSection]] = defaultdict(list)
    inner = sorted((section for section in sections if section.inside_id), key=lambda section: section.group_id or 0)
    for section in inner:
        own = branches[section.inside_id or 0]
        own.append(EditedSection(section, len(own) + 1, blocks[section.pk]))
    everything = [*edited, *(entry for entries in branches.values() for entry in entries)]
    problems = _problems(everything) if item.kind == ItemKindName.LESSON else []
    return ItemEditor(item, edited, dict(branches), problems)


def _problems(sections: list[EditedSection]) -> list[tuple[Block, str]]:
    """What a careful author would mend before publishing, with the block it stands in."""
    prepare_checks([block for entry in sections for block in entry.blocks if block.draft is not None])
    found = []
    for entry in sections:
        for block in entry.blocks:
            kind = BLOCK_KINDS.get(block.kind)
            if kind is None or block.draft is None:
                continue
            if not block.draft.text and not block.draft.data and not hasattr(kind, "edit_url"):
                found.append((block, gettext("This block is empty. Fill it in, or move it to the bin.")))
                continue
            found += [(block, sentence) for sentence in kind.check(block, block.draft)]
    return found


def prepare_checks(blocks: list[Block]) -> None:
    """Let the kinds that keep rows of their own read them for all of their blocks at once."""
    by_kind: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_kind[block.kind].append(block)
    for name, own in by_kind.items():
        prepare = getattr(BLOCK_KINDS.get(name), "prepare", None)
        if prepare is not None:
            prepare(own)


@dataclass(frozen=True)
class EditedExperiment:
    """``groups`` come with ``members``: how many students belong to each. ``is_used`` if a block or a student has it."""

    experiment: Experiment
    groups: list[Any]
    is_used: bool


def experiments(course: Course) -> list[EditedExperiment]:
    """The course's experiments with their groups, in two queries."""
    used = Section.everything.filter(group__experiment=OuterRef("pk"))
    rows = Experiment.objects.filter(course=course).annotate(in_blocks=Exists(used))
    groups = ExperimentGroup.objects.annotate(members=Count("places")).order_by("pk")
    return [
        EditedExperiment(
            row, list(row.groups.all()), row.in_blocks or any(vars(group)["members"] for group in row.groups.all())
        )
        for row in rows.prefetch_related(Prefetch("groups", groups))
    ]


def in_course(model: Any, course: Course) -> QuerySet[Any]:
    """Modules, items, sections or blocks of the course, those in the bin included: for restoring one."""
    paths = {Module: "course", Item: "course", Section: "item__course", Block: "section__item__course"}
    found: QuerySet[Any] = model.everything.filter(**{paths[model]: course})
    return found


def binned_course(user: Any, slug: str) -> Course:
    """The course in the bin, for those who may bring it back; 404 for all others."""
    course = get_object_or_404(Course.everything.filter(deleted_at__isnull=False), slug=slug)
    if not user.has_perm("courses.delete_course", course):
        raise Http404
    return course


def module_position(module: Module) -> int:
    """From 0, among the kept modules of its course."""
    number: int = Module.objects.filter(course=module.course, rank__lt=module.rank).count()
    return number


def item_position(item: Item) -> int:
    """From 0, among the kept items of its module."""
    number: int = Item.objects.filter(module=item.module, rank__lt=item.rank).count()
    return number


def section_position(section: Section) -> int:
    own = Section.objects.filter(item=section.item, inside=section.inside_id)
    number: int = own.filter(rank__lt=section.rank).count()
    return number


def block_position(block: Block) -> int:
    number: int = Block.objects.filter(section=block.section, rank__lt=block.rank).count()
    return number


def suggested_code(title: str) -> str:
    """A short code out of a title: "Reading a graph" → "READ 1"."""
    letters = "".join(c for c in slugify(title).replace("-", " ").split(" ")[0] if c.isalpha())[:4].upper() or "COURSE"
    taken = set(Course.objects.filter(code__startswith=f"{letters} ").values_list("code", flat=True))
    return next(code for n in count(1) if (code := f"{letters} {n}") not in taken)


def teaching_cards(user: Any, courses: Iterable[Any]) -> list[dict[str, Any]]:
    """The cards of the courses that one teaches, for the template ``course_card``; authors are led to the builder."""
    kinds = {CourseState.PUBLISHED: "success", CourseState.DRAFT: "draft", CourseState.ARCHIVED: ""}
    return [
        {
            "code": course.code,
            "title": course.title,
            "url": _way_in(user, course),
            "plate": course.plate,
            "ground": course.ground,
            "summary": course.summary,
            "about": length_in_words(course.lessons, course.minutes),
            "tag": course.get_state_display(),
            "tag_kind": kinds.get(course.state, ""),
            "progress": None,
        }
        for course in courses
    ]


def _way_in(user: Any, course: Course) -> str:
    if can(user, Capability.AUTHOR, course.pk):
        return reverse("courses:builder", args=[course.slug])
    return course.get_absolute_url()


@dataclass(frozen=True)
class BuilderRows:
    module: Module
    number: int
    rows: list[dict[str, Any]]


def builder_rows(course: Course, built: Builder) -> list[BuilderRows]:
    """The builder's rows for the template ``builder_item``."""
    return [
        BuilderRows(entry.module, entry.number, [_builder_row(course, item) for item in entry.items])
        for entry in built.modules
    ]


def item_tag(item: Item) -> tuple[str, str]:
    """The tag that says the item's state: its words and its kind."""
    state, kind = item_state(item)
    return str(_STATE_WORDS[state]), kind


_STATE_WORDS = {"draft": _("Draft"), "changed": _("Unpublished changes"), "published": _("Published")}


def _builder_row(course: Course, item: Item) -> dict[str, Any]:
    args = [course.slug, item.public_id]
    tag, tag_kind = item_tag(item)
    edit = {"label": _("Edit"), "url": reverse("courses:item-edit", args=args), "icon": "square-pen", "method": "get"}
    reading = _("View as student") if item.is_published else _("Read the draft")
    view = {"label": reading, "url": item.get_absolute_url(), "icon": "eye", "method": "get"}
    publish = {"label": _("Publish"), "url": reverse("courses:item-publish", args=args), "icon": "check"}
    withdraw = {"label": _("Unpublish"), "url": reverse("courses:item-unpublish", args=args), "icon": "eye-off"}
    discard = {"label": _("Move to the bin"), "url": reverse("courses:item-bin", args=args), "icon": "trash-2"}
    actions = [edit, view]
    if is_behind(item):
        actions.append({**publish, "method": "post"})
    if item.is_published:
        actions.append({**withdraw, "method": "post"})
    actions.append({**discard, "method": "post", "kind": "danger"})
    return {
        "id": item.public_id,
        "title": item.title,
        "url": edit["url"],
        "icon": item_icon(item),
        "meta": _minutes(item.minutes),
        "tag": tag,
        "tag_kind": tag_kind,
        "move_url": reverse("courses:item-move", args=args),
        "actions": actions,
    }


def _minutes(minutes: int | None) -> str:
    return gettext("%(n)s min") % {"n": minutes} if minutes else ""


def other_modules(item: Item) -> list[Module]:
    """Where else in its course the item could go."""
    return list(Module.objects.filter(course=item.course_id).exclude(pk=item.module_id))
