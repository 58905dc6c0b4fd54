"""The one transaction of an import. It follows the outline downwards, and writes rows of one kind together.

Everything in here holds up whoever wants to write, so nothing is read, rendered or computed that could be done before.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authz import Actor, authorize
from core.events import publish
from core.html import file_references
from core.slots import BLOCK_KINDS
from courses.enums import PublishState
from courses.events import CourseImported, ItemPublished
from courses.formats.course_rows import block_ids, is_unfilled, part_id, section_id
from courses.formats.data import BlockData, LessonData, ModuleData, SectionData
from courses.formats.lesson_text import OPENING, trimmed
from courses.formats.references import strings_in
from courses.models import Block, BlockRevision, Course, Experiment, ExperimentGroup, Item, Module, Section
from courses.services.content import DRAFT_OWNER, LIVE_OWNER, refresh_usages
from courses.services.course import change_course, create_course, publish_course, unpublish_course
from courses.services.importing.pages import write_pages
from courses.services.importing.places import Ranks, add_last, placed_among
from courses.services.importing.report import CHANGED, CREATED, LEFT, UNCHANGED, ImportEntry
from courses.services.importing.texts import Texts, Wording
from courses.services.progress import recompute
from courses.services.publishing import unpublish_item
from courses.services.rows import assign, locked, put_in_bin, save_new_version
from files import services as files

_AT_ONCE = 200


@dataclass
class _Lesson:
    """A lesson on its way: what it was, what is known of its parts, what has changed."""

    data: LessonData
    module: str
    item: Item
    is_new: bool
    differs: bool
    sections: dict[str, Section] = field(default_factory=dict)
    blocks: dict[tuple[int, str], Block] = field(default_factory=dict)
    placed: list[tuple[Block, BlockData, bool]] = field(default_factory=list)
    text_differs: bool = False
    live_differs: bool = False


@dataclass
class _Place:
    """Sections that stand together: those of a lesson, or the branches in a block."""

    lesson: _Lesson
    inside: Block | None
    data: tuple[SectionData, ...]


class Writer:
    """Writes one course; ``course`` and ``entries`` are there afterwards."""

    def __init__(self, actor: Actor, texts: Texts) -> None:
        self.actor = actor
        self.texts = texts
        self.data = texts.data
        self.entries: list[ImportEntry] = []
        self.course: Course
        self.groups: dict[str, ExperimentGroup] = {}
        self.revisions: list[BlockRevision] = []
        self.numbers: dict[int, int] = {}
        self.pointed: dict[int, Block] = {}
        self.fresh: set[int] = set()

    def write(self, course: Course | None, *, publish_it: bool | None) -> "Writer":
        is_new = course is None
        self.course, verdict = self._course(course)
        self._note("course", self.data.title, self.data.source_id, verdict)
        self._experiments()
        lessons = self._outline(is_new)
        self._content(lessons, is_new)
        self._texts(lessons)
        for lesson in lessons:
            self._finish_lesson(lesson)
        if not is_new:
            recompute(course=self.course)
        self.entries += write_pages(self.actor, self.course, self.texts)
        self._notes(lessons)
        self._sort_entries(lessons)
        if publish_it or (publish_it is None and is_new):
            self.course = publish_course(actor=self.actor, course=self.course)
        elif publish_it is False:
            self.course = unpublish_course(actor=self.actor, course=self.course)
        self._tell()
        return self

    # The course and its outline

    def _course(self, course: Course | None) -> tuple[Course, str]:
        data = self.data
        if course is None:
            ids = {"source_id": data.source_id, "origin": data.origin}
            slug = data.source_id.replace("+", "-").replace(".", "-")
            names = {"title": data.title, "code": data.code, "slug": slug}
            return create_course(actor=self.actor, **names, **ids, **self.texts.settings), CREATED
        course = locked(course)
        before = course.version
        said = self.texts.settings
        course = change_course(actor=self.actor, course=course, title=data.title, code=data.code, **said)
        return course, CHANGED if course.version != before else UNCHANGED

    def _experiments(self) -> None:
        known = {part_id(row): row for row in Experiment.objects.filter(course=self.course)}
        for data in self.data.experiments:
            experiment = known.get(data.source_id) or Experiment(course=self.course, source_id=data.source_id)
            if experiment.pk is None or experiment.name != data.name:
                experiment.name = data.name
                experiment.save()
            groups = {part_id(row): row for row in ExperimentGroup.objects.filter(experiment=experiment)}
            for group_data in data.groups:
                group = groups.get(group_data.source_id)
                if group is None:
                    group = ExperimentGroup(experiment=experiment, source_id=group_data.source_id)
                if group.pk is None or group.name != group_data.name:
                    group.name = group_data.name
                    group.save()
                self.groups[group_data.source_id] = group

    def _outline(self, is_new: bool) -> list[_Lesson]:
        known = {part_id(module): module for module in Module.objects.filter(course=self.course)}
        items = {part_id(item): item for item in Item.objects.filter(course=self.course, kind="lesson")}
        ranks: dict[int, list[str]] = defaultdict(list)
        for module_id, rank in Item.everything.filter(course=self.course).values_list("module_id", "rank"):
            ranks[module_id].append(rank)
        modules: list[Module] = []
        for data in self.data.modules:
            module = known.pop(data.source_id, None) or Module(course=self.course, source_id=data.source_id)
            self._note("module", data.title, data.source_id, self._module(module, data), module=data.title)
            modules.append(module)
        everything = Module.everything.filter(course=self.course).values_list("rank", flat=True)
        fresh, moved = placed_among(modules, list(everything))
        for module in fresh:
            module.save()
        for module in moved:
            module.save(update_fields=["rank"])
        lessons: list[_Lesson] = []
        for module, data in zip(modules, self.data.modules, strict=True):
            taken = ranks[module.pk]
            own = [self._item(module, items.pop(lesson.source_id, None), lesson, taken) for lesson in data.lessons]
            fresh, moved = placed_among([lesson.item for lesson in own], taken)
            Item.objects.bulk_create(fresh)
            for item in moved:
                item.save(update_fields=["rank"])
            lessons += own
        for source_id, gone in known.items():
            self._left("module", gone.title, source_id, module=gone.title)
        for source_id, item in items.items():
            self._left("lesson", item.title, source_id, lesson=str(item.public_id))
        return lessons

    def _module(self, module: Module, data: ModuleData) -> str:
        values = {"title": data.title, "summary": data.summary}
        changed = assign(module, values, allowed=frozenset(values))
        if module.pk is None:
            return CREATED
        module.course = self.course
        if changed:
            save_new_version(module, changed)
        return CHANGED if changed else UNCHANGED

    def _item(self, module: Module, item: Item | None, data: LessonData, ranks: list[str]) -> _Lesson:
        values = {
            "title": data.title,
            "minutes": data.minutes,
            "objective": data.objective,
            "needs_end": "end" in data.done,
            "needs_answers": "answers" in data.done,
            "is_preview": data.preview,
            "is_paged": data.paged,
            "grade_category": data.grade_category,
        }
        if item is None:
            item = Item(course=self.course, module=module, source_id=data.source_id)
            assign(item, values, allowed=frozenset(values))
            return _Lesson(data, module.title, item, is_new=True, differs=True)
        item.course = self.course
        changed = assign(item, values, allowed=frozenset(values))
        if item.module_id != module.pk:
            item.rank = add_last(ranks)
            changed += ["module", "rank"]
        item.module = module
        if changed:
            save_new_version(item, changed)
        return _Lesson(data, module.title, item, is_new=False, differs=bool(changed))

    # Sections and blocks

    def _content(self, lessons: list[_Lesson], is_new: bool) -> None:
        ranks = Ranks(self.course)
        if not is_new:
            self._remember(lessons)
        places = [_Place(lesson, None, lesson.data.sections) for lesson in lessons]
        while places:
            sections = self._sections(places, ranks)
            places = self._blocks(sections, ranks)
        for lesson in lessons:
            for source_id, section in lesson.sections.items():
                if source_id != OPENING:
                    self._left_part(lesson, "section", section.title, source_id, section=str(section.public_id))
            for (_section, source_id), block in lesson.blocks.items():
                self._left_part(lesson, block.kind, "", source_id, block=str(block.public_id))

    def _remember(self, lessons: list[_Lesson]) -> None:
        """Read what the lessons hold already: a query for all sections, one for all blocks, one for each kind."""
        by_item = {lesson.item.pk: lesson for lesson in lessons if not lesson.is_new}
        sections: dict[int, Section] = {}
        first: set[int] = set()
        for section in Section.objects.filter(item__in=by_item).order_by("rank", "pk"):
            lesson = by_item[section.item_id]
            section.item = lesson.item
            sections[section.pk] = section
            is_first = section.inside_id is None and section.item_id not in first
            first |= {section.item_id} if section.inside_id is None else set()
            lesson.sections[section_id(section, is_first=is_first)] = section
        blocks: dict[int, list[Block]] = defaultdict(list)
        for block in Block.objects.filter(section__in=sections).select_related("draft", "live").order_by("rank", "pk"):
            block.section = sections[block.section_id]
            if not is_unfilled(block):
                blocks[block.section_id].append(block)
        for section_pk, own in blocks.items():
            ids = block_ids(sections[section_pk], own)
            known = by_item[sections[section_pk].item_id].blocks
            known |= {(section_pk, ids[block.pk]): block for block in own}
        self._prepare_kinds(block for own in blocks.values() for block in own)
        numbers = BlockRevision.objects.filter(block__section__in=sections).order_by()
        self.numbers = dict(numbers.values("block").annotate(last=Max("number")).values_list("block", "last"))

    def _prepare_kinds(self, blocks: Iterable[Block]) -> None:
        by_kind: dict[str, list[Block]] = defaultdict(list)
        for block in blocks:
            if block.draft is not None:
                by_kind[block.kind].append(block)
        for name, own in by_kind.items():
            prepare = getattr(BLOCK_KINDS.get(name), "prepare", None)
            if prepare is not None:
                prepare(own)

    def _sections(self, places: list[_Place], ranks: "Ranks") -> list[tuple[_Lesson, Section, SectionData]]:
        found: list[tuple[_Lesson, Section, SectionData]] = []
        fresh: list[Section] = []
        for place in places:
            lesson, rows = place.lesson, []
            for data in place.data:
                section = lesson.sections.pop(data.source_id, None)
                group = self.groups.get(data.group) if place.inside is not None else None
                if section is None:
                    section = Section(item=lesson.item, source_id=data.source_id)
                differing = {
                    "title": section.title != data.title,
                    "inside": section.inside_id != (place.inside.pk if place.inside else None),
                    "group": section.group_id != (group.pk if group else None),
                }
                changed = [name for name, differs in differing.items() if differs]
                section.title, section.inside, section.group = data.title, place.inside, group
                if section.pk is not None and changed:
                    if "inside" in changed:
                        section.rank = add_last(ranks.sections[lesson.item.pk])
                    section.save(update_fields=[*changed, "rank", "updated_at"])
                lesson.text_differs |= section.pk is None or bool(changed)
                rows.append(section)
                found.append((lesson, section, data))
            new, moved = placed_among(rows, ranks.sections[lesson.item.pk])
            fresh += new
            for section in moved:
                section.save(update_fields=["rank"])
                lesson.text_differs = True
        Section.objects.bulk_create(fresh, batch_size=_AT_ONCE)
        return found

    def _blocks(self, sections: list[tuple[_Lesson, Section, SectionData]], ranks: "Ranks") -> list[_Place]:
        """Place the blocks of these sections; returns the branches that stand in them."""
        fresh: list[Block] = []
        branches: list[tuple[_Lesson, Block, tuple[SectionData, ...]]] = []
        for lesson, section, section_data in sections:
            rows = []
            for data in section_data.blocks:
                block = self._block_of(lesson, section, data)
                is_new = block is None
                if block is None:
                    block = Block(section=section, kind=data.kind, source_id=data.source_id)
                    lesson.text_differs = True
                elif block.section_id != section.pk:
                    block.section, block.rank = section, add_last(ranks.blocks[section.pk])
                    block.save(update_fields=["section", "rank", "updated_at"])
                    lesson.text_differs = True
                else:
                    block.section = section
                rows.append(block)
                lesson.placed.append((block, data, is_new))
                if data.branches:
                    branches.append((lesson, block, data.branches))
            new, moved = placed_among(rows, ranks.blocks[section.pk])
            fresh += new
            for block in moved:
                block.save(update_fields=["rank"])
                lesson.text_differs = True
        Block.objects.bulk_create(fresh, batch_size=_AT_ONCE)
        self.fresh |= {block.pk for block in fresh}
        return [_Place(lesson, block, data) for lesson, block, data in branches]

    def _block_of(self, lesson: _Lesson, section: Section, data: BlockData) -> Block | None:
        key = _block_key(section.pk, data.source_id, lesson.blocks)
        block = lesson.blocks.pop(key, None) if key else None
        if block is not None and block.kind != data.kind:
            # The id now names something else; what stood there goes to the bin, not away.
            put_in_bin(block, self.actor)
            BLOCK_KINDS[block.kind].bin([block])
            return None
        return block

    # What the blocks say

    def _texts(self, lessons: list[_Lesson]) -> None:
        for lesson in lessons:
            for block, data, is_new in lesson.placed:
                if self._say(block, data, shown=lesson.data.published):
                    lesson.text_differs = True
                    if not lesson.is_new:
                        verdict = CREATED if is_new else CHANGED
                        self._note_block(lesson, block, data, verdict)
        BlockRevision.objects.bulk_create(self.revisions, batch_size=_AT_ONCE)
        self._point_at_revisions()

    def _say(self, block: Block, data: BlockData, *, shown: bool) -> bool:
        """Give the block the revisions that it needs; says whether anything differs now."""
        wanted = self.texts.wanted(data)
        shown = shown and not data.is_draft
        live, draft = block.live, block.draft
        if shown and wanted.newer is not None:
            fresh = live if self._says(block, live, wanted.now) else draft
            if not self._says(block, fresh, wanted.now):
                fresh = self._revision(block, wanted.now)
            # A kind with rows of its own has now turned to the published text, so the newer one is said again.
            again = fresh is not None and fresh.pk is None and not hasattr(BLOCK_KINDS[block.kind], "normal")
            if again or not self._says(block, draft, wanted.newer):
                draft = self._revision(block, wanted.newer)
            live = fresh
        else:
            if not self._says(block, draft, wanted.draft):
                draft = self._revision(block, wanted.draft)
            if shown:
                live = draft
            elif data.is_draft:
                live = None
        if _same(draft, block.draft) and _same(live, block.live):
            return False
        if block.draft is not None and not _same(draft, block.draft):
            block.version += 1
        block.draft, block.live = draft, live
        self.pointed[block.pk] = block
        return True

    def _says(self, block: Block, revision: BlockRevision | None, wording: Wording) -> bool:
        if revision is None:
            return False
        settings, text = BLOCK_KINDS[block.kind].export(block, revision)
        return (settings, trimmed(text)) == wording.said

    def _revision(self, block: Block, wording: Wording) -> BlockRevision:
        """A revision that is still to be written, or the draft that turns out to say the same."""
        values, text = BLOCK_KINDS[block.kind].load(block, wording.settings, wording.text, self.actor)
        draft = block.draft
        if draft is not None and (draft.data, trimmed(draft.text)) == (values, trimmed(text)):
            return draft
        number = self.numbers[block.pk] = self.numbers.get(block.pk, 0) + 1
        html = self.texts.html(block.kind, text)
        revision = BlockRevision(
            block=block, number=number, text=text, data=values, html=html, created_by_id=self.actor.pk
        )
        self.revisions.append(revision)
        return revision

    def _point_at_revisions(self) -> None:
        """Say which revision stands where: for new blocks in one statement, for the others row by row."""
        now = timezone.now()
        new = [block for block in self.pointed.values() if block.pk in self.fresh and block.draft is block.live]
        newest = BlockRevision.objects.filter(block=OuterRef("pk")).order_by("-number").values("pk")[:1]
        for start in range(0, len(new), _AT_ONCE):
            rows = Block.objects.filter(pk__in=[block.pk for block in new[start : start + _AT_ONCE]])
            rows.update(draft=Subquery(newest), live=Subquery(newest))
        for block in self.pointed.values():
            # Assigned before the revisions had their keys.
            block.draft, block.live, block.updated_at = block.draft, block.live, now
        others = self.pointed.keys() - {block.pk for block in new}
        names = ("draft", "live", "version", "updated_at")
        Block.objects.bulk_update([self.pointed[pk] for pk in others], names, batch_size=_AT_ONCE)

    # The end of a lesson

    def _finish_lesson(self, lesson: _Lesson) -> None:
        item = lesson.item
        state = item.state
        if lesson.data.published:
            self._show(lesson)
        elif item.state == PublishState.PUBLISHED:
            lesson.item = item = unpublish_item(actor=self.actor, item=item)
        if lesson.text_differs:
            self._touch(lesson)
            self._use_files(lesson)
        differs = lesson.differs or lesson.text_differs or state != item.state
        verdict = CREATED if lesson.is_new else CHANGED if differs else UNCHANGED
        self._note_lesson(lesson, verdict)

    def _show(self, lesson: _Lesson) -> None:
        """What publishing a lesson does, without making its drafts live: the source says which of them are."""
        item = lesson.item
        if item.is_published and not lesson.text_differs and not item.has_unpublished_changes:
            return
        if item.is_published and not lesson.text_differs and self._waits(lesson):
            return
        authorize(self.actor, "courses.change_item", item)
        first = item.published_at is None
        item.state, item.published_at = PublishState.PUBLISHED, timezone.now()
        save_new_version(item, ["state", "published_at"])
        lesson.text_differs = True
        publish(ItemPublished(actor_id=self.actor.pk, course_id=self.course.pk, item_id=item.pk, first=first))

    def _waits(self, lesson: _Lesson) -> bool:
        """Whether the source itself says more than students shall see, so that changes go on waiting."""
        return any(block.draft_id != block.live_id for block, _data, _new in lesson.placed)

    def _touch(self, lesson: _Lesson) -> None:
        item = lesson.item
        item.content_changed_at = timezone.now()
        if item.is_published and item.published_at is not None and not self._waits(lesson):
            item.content_changed_at = item.published_at
        elif item.is_published and item.published_at is not None:
            item.content_changed_at = max(item.content_changed_at, item.published_at + timedelta(microseconds=1))
        item.save(update_fields=["content_changed_at", "updated_at"])

    def _use_files(self, lesson: _Lesson) -> None:
        if not lesson.is_new:
            refresh_usages(actor=self.actor, item=lesson.item, live=False)
            refresh_usages(actor=self.actor, item=lesson.item, live=True)
            return
        draft: set[UUID] = set()
        live: set[UUID] = set()
        for block, data, _new in lesson.placed:
            wanted = self.texts.wanted(data)
            draft |= _files_in(wanted.draft)
            if block.live is not None:
                live |= _files_in(wanted.now)
        for owner, ids in ((DRAFT_OWNER, draft), (LIVE_OWNER, live)):
            if ids:
                files.set_usages(owner_kind=owner, owner_id=lesson.item.pk, file_ids=ids, actor=self.actor)

    # The report

    def _note(self, kind: str, title: str, source_id: str, verdict: str, reason: str = "", **where: str) -> None:
        self.entries.append(ImportEntry(kind, title, source_id, verdict, reason, **where))

    def _note_lesson(self, lesson: _Lesson, verdict: str) -> None:
        item = lesson.item
        where = {"module": lesson.module, "lesson": str(item.public_id)}
        self._note("lesson", lesson.data.title, lesson.data.source_id, verdict, **where)

    def _note_block(self, lesson: _Lesson, block: Block, data: BlockData, verdict: str) -> None:
        where = {"module": lesson.module, "lesson": str(lesson.item.public_id), "where": data.where}
        self._note(data.kind, "", data.source_id, verdict, block=str(block.public_id), **where)

    def _left(self, kind: str, title: str, source_id: str, **where: str) -> None:
        self._note(kind, title, source_id, LEFT, _("not in the source any more"), **where)

    def _left_part(self, lesson: _Lesson, kind: str, title: str, source_id: str, **where: str) -> None:
        self._left(kind, title, source_id, module=lesson.module, lesson=str(lesson.item.public_id), **where)

    def _notes(self, lessons: list[_Lesson]) -> None:
        """What the reader of the format has to say, each with the part that it is about."""
        places = _Places(lessons)
        for note in self.data.notes:
            where = {"where": note.where, **places.of(note.source_id)}
            self._note(note.kind, note.title, note.source_id, note.verdict, note.reason, **where)

    def _sort_entries(self, lessons: list[_Lesson]) -> None:
        """In the order of the outline: the course, then each module with its lessons, each with what is in it."""
        modules = {module.title: place for place, module in reversed(list(enumerate(self.data.modules)))}
        places = {str(lesson.item.public_id): place for place, lesson in enumerate(lessons)}

        def place_of(entry: ImportEntry) -> tuple[int, int, bool]:
            if entry.kind == "course":
                return -1, 0, False
            return modules.get(entry.module, len(modules)), places.get(entry.lesson, -1), entry.kind != "lesson"

        self.entries.sort(key=place_of)

    def _tell(self) -> None:
        counted = {"course", "module", "lesson", "page"}
        verdicts = [entry.verdict for entry in self.entries if entry.kind in counted]
        publish(
            CourseImported(
                actor_id=self.actor.pk,
                course_id=self.course.pk,
                created=verdicts.count(CREATED),
                changed=verdicts.count(CHANGED),
                unchanged=verdicts.count(UNCHANGED),
            )
        )


class _Places:
    """Where the parts of the course are found, by the ids of the source."""

    def __init__(self, lessons: list[_Lesson]) -> None:
        self._known: dict[str, dict[str, str]] = {}
        for lesson in lessons:
            where = {"module": lesson.module, "lesson": str(lesson.item.public_id)}
            for block, data, _new in lesson.placed:
                self._known.setdefault(data.source_id, {**where, "block": str(block.public_id)})
                section = block.section
                self._known.setdefault(section.source_id, {**where, "section": str(section.public_id)})
            self._known[lesson.data.source_id] = where

    def of(self, source_id: str) -> dict[str, str]:
        return self._known.get(source_id, {}) if source_id else {}


def _same(one: BlockRevision | None, other: BlockRevision | None) -> bool:
    return one is other or (one is not None and other is not None and one.pk is not None and one.pk == other.pk)


def _block_key(section_pk: int, source_id: str, known: dict[tuple[int, str], Block]) -> tuple[int, str] | None:
    """Where a block of the source is stored: in its section, or, if it has an id of its own, in another one."""
    if (section_pk, source_id) in known:
        return section_pk, source_id
    if source_id.startswith("text-"):
        return next((key for key, b in known.items() if key[0] == section_pk and b.source_id == source_id), None)
    return next((key for key in known if key[1] == source_id), None)


def _files_in(wording: Wording) -> set[UUID]:
    return {UUID(found) for found in file_references([wording.text, *strings_in(wording.settings)])}
