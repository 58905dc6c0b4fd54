"""Take a course folder in: a new course, or changes to the one with the same ids."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.events import publish
from core.ids import rank_between
from core.slots import BLOCK_KINDS
from core.tasks import enqueue
from courses.enums import ImportState, PublishState, Role
from courses.events import CourseImported
from courses.formats.course_rows import FILE, block_ids, part_id, section_id, sections_of
from courses.formats.data import BlockData, CourseData, LessonData, ModuleData, SectionData
from courses.formats.folder import opened, read_course
from courses.formats.lesson_text import OPENING, trimmed
from courses.formats.problems import Problems
from courses.formats.references import media_path, rewrite
from courses.models import Block, Course, ImportRun, Item, Module, Section
from courses.services.content import DRAFT_OWNER, LIVE_OWNER, refresh_usages, write_draft
from courses.services.course import change_course, create_course, publish_course, unpublish_course
from courses.services.enrolment import enrol
from courses.services.publishing import publish_item, unpublish_item
from courses.services.rows import assign, locked, put_in_bin, save_new_version
from files import services as files
from files.models import StoredFile
from files.storage import path_of

ORIGIN = "folder"
RUN_OWNER = "import_run"
CREATED, CHANGED, UNCHANGED, LEFT = "created", "changed", "unchanged", "left"


@dataclass(frozen=True)
class ImportEntry:
    """What became of one part. ``kind`` is course, module, lesson, section or block."""

    kind: str
    title: str
    source_id: str
    verdict: str
    reason: str = ""


@dataclass
class ImportReport:
    """What an import did; counts are over course, modules and lessons."""

    COUNTED: ClassVar[frozenset[str]] = frozenset({"course", "module", "lesson"})

    course: Course
    entries: list[ImportEntry] = field(default_factory=list)

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
        """What the course has and the folder no longer; it stays until somebody bins it."""
        return [entry for entry in self.entries if entry.verdict == LEFT]

    def as_dict(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "entries": [asdict(entry) for entry in self.entries],
        }


def import_course(
    *,
    actor: Actor,
    path: Path | str | None = None,
    data: CourseData | None = None,
    publish: bool | None = None,
    owner: User | None = None,
) -> ImportReport:
    """Take in the folder or ZIP at ``path`` (or ``data`` that was read already); all of it or nothing.

    A part with the same id is changed, others are added, what the folder no longer has is left and reported.
    ``publish`` decides about the course itself: None publishes a new one and leaves an old one as it is.
    ``owner`` becomes an owner. Raises ``Invalid`` ``course_folder_broken`` with every problem by "file:line".
    """
    if data is None:
        with opened(Path(path or "")) as folder:
            return import_course(actor=actor, data=read_course(folder), publish=publish, owner=owner)
    course = _find_course(actor, data)
    if course is None:
        authorize(actor, "courses.add_course")
    else:
        authorize(actor, "courses.change_course", course)
    stored = _store_media(actor, course, data)
    try:
        with transaction.atomic():
            report = _Import(actor, data, stored).run(course, publish_it=publish)
            if owner is not None:
                enrol(actor=SYSTEM, course=report.course, user=owner, role=Role.OWNER)
    except IntegrityError as error:
        raise Conflict(
            "changed_meanwhile",
            _("Somebody else changed this course at the same moment. Nothing was stored. Try again."),
        ) from error
    return report


@transaction.atomic
def start_import(*, actor: User, file: StoredFile) -> ImportRun:
    """Queue the import of an uploaded ZIP; the run's report says later what became of it."""
    authorize(actor, "courses.add_course")
    if file.uploaded_by_id != actor.pk and not actor.has_perm("files.view_storedfile", file):
        raise NotAllowed("files.view_storedfile")
    run = ImportRun.objects.create(user=actor, file=file)
    files.set_usages(owner_kind=RUN_OWNER, owner_id=run.pk, file_ids={file.public_id}, actor=actor)
    enqueue("courses.tasks.import_folder", run_id=run.pk)
    return run


def run_import(*, run: ImportRun) -> ImportRun:
    """Do a queued import with its person's rights of now; a run that is over is left as it is."""
    if run.is_over:
        return run
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.RUNNING)
    run = ImportRun.objects.select_related("user", "file").get(pk=run.pk)
    try:
        report = import_course(actor=run.user, path=path_of(run.file.storage_key))
    except DomainError as refused:
        problems = {place: [str(s) for s in sentences] for place, sentences in refused.fields.items()}
        return _close(run, ImportState.FAILED, {"message": str(refused.message), "problems": problems}, None)
    except NotAllowed:
        sentence = _("You may not create courses any more. Ask a manager.")
        return _close(run, ImportState.FAILED, {"message": sentence, "problems": {}}, None)
    return _close(run, ImportState.DONE, report.as_dict(), report.course)


def _close(run: ImportRun, state: ImportState, report: dict[str, Any], course: Course | None) -> ImportRun:
    run.state, run.report, run.course, run.finished_at = state, report, course, timezone.now()
    run.save(update_fields=["state", "report", "course", "finished_at"])
    return run


def _find_course(actor: Actor, data: CourseData) -> Course | None:
    """The course that the folder's id names: one that came from it, or one made here with that address."""
    same = Q(origin=ORIGIN, source_id=data.source_id) | Q(source_id="", slug=data.source_id)
    course: Course | None = Course.objects.filter(same).order_by("-source_id").first()
    if course is not None and not actor.has_perm("courses.change_course", course):
        sentence = _("Another course has the id “%(id)s” already. Choose another one.") % {"id": data.source_id}
        raise Invalid("course_folder_broken", sentence, fields={"course.toml": [sentence]})
    return course


def _store_media(actor: Actor, course: Course | None, data: CourseData) -> dict[str, str]:
    """Public ids by path in the folder. Files without use disappear by themselves, so nothing is undone."""
    known: dict[tuple[str, str], str] = {}
    if course is not None:
        items = Item.everything.filter(course=course).values("pk")
        used = StoredFile.objects.filter(
            usages__owner_kind__in=(LIVE_OWNER, DRAFT_OWNER), usages__owner_id__in=items
        ).order_by("-pk")
        known = {(row.sha256, row.name): str(row.public_id) for row in used}
    stored: dict[str, str] = {}
    problems = Problems()
    for path, source in data.media.items():
        with source.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            name = Path(path).name
            if (digest, name) in known:
                stored[path] = known[digest, name]
                continue
            content.seek(0)
            try:
                stored[path] = str(files.store_file(actor=actor, content=content, name=name).public_id)
            except Invalid as refused:
                problems.add(path, None, refused.message)
    problems.raise_if_any()
    return stored


class _Import:
    """One import in one transaction; methods follow the outline downwards."""

    def __init__(self, actor: Actor, data: CourseData, stored: dict[str, str]) -> None:
        self.actor = actor
        self.data = data
        self.stored = stored
        self.entries: list[ImportEntry] = []

    def run(self, course: Course | None, *, publish_it: bool | None) -> ImportReport:
        data = self.data
        if course is None:
            names = {"title": data.title, "code": data.code, "slug": data.source_id}
            ids = {"source_id": data.source_id, "origin": ORIGIN}
            course = create_course(actor=self.actor, **names, **ids, **data.settings)
            verdict = CREATED
        else:
            course = locked(course)
            before = course.version
            course = change_course(actor=self.actor, course=course, title=data.title, code=data.code, **data.settings)
            verdict = CHANGED if course.version != before else UNCHANGED
        self._note("course", data.title, data.source_id, verdict)
        self._modules(course)
        if publish_it or (publish_it is None and verdict == CREATED):
            course = publish_course(actor=self.actor, course=course)
        elif publish_it is False:
            course = unpublish_course(actor=self.actor, course=course)
        report = ImportReport(course, self.entries)
        publish(
            CourseImported(
                actor_id=self.actor.pk,
                course_id=course.pk,
                created=report.created,
                changed=report.changed,
                unchanged=report.unchanged,
            )
        )
        return report

    def _note(self, kind: str, title: str, source_id: str, verdict: str, reason: str = "") -> None:
        self.entries.append(ImportEntry(kind, title, source_id, verdict, reason))

    def _left(self, kind: str, title: str, source_id: str) -> None:
        self._note(kind, title, source_id, LEFT, _("not in the folder any more"))

    def _modules(self, course: Course) -> None:
        known = {part_id(module): module for module in Module.objects.filter(course=course)}
        items = {part_id(item): item for item in Item.objects.filter(course=course, kind="lesson")}
        rows = []
        for data in self.data.modules:
            module = known.pop(data.source_id, None)
            before = module.version if module else None
            module = self._module(course, module, data)
            verdict = CREATED if before is None else CHANGED if module.version != before else UNCHANGED
            self._note("module", data.title, data.source_id, verdict)
            rows.append(module)
            lessons = [self._lesson(module, items.pop(lesson.source_id, None), lesson) for lesson in data.lessons]
            put_in_order(lessons, Item.everything.filter(module=module))
        put_in_order(rows, Module.everything.filter(course=course))
        for source_id, gone in known.items():
            self._left("module", gone.title, source_id)
        for source_id, item in items.items():
            self._left("lesson", item.title, source_id)

    def _module(self, course: Course, module: Module | None, data: ModuleData) -> Module:
        values = {"title": data.title, "summary": data.summary}
        if module is None:
            module = Module(course=course, source_id=data.source_id, rank=_last_rank(Module, course=course))
            assign(module, values, allowed=frozenset(values))
            module.save()
        else:
            module.course = course
            if changed := assign(module, values, allowed=frozenset(values)):
                save_new_version(module, changed)
        return module

    def _lesson(self, module: Module, item: Item | None, data: LessonData) -> Item:
        values = {
            "title": data.title,
            "minutes": data.minutes,
            "objective": data.objective,
            "needs_end": "end" in data.done,
            "needs_answers": "answers" in data.done,
            "is_preview": data.preview,
        }
        is_new = item is None
        if item is None:
            item = Item(course=module.course, module=module, source_id=data.source_id)
            item.rank = _last_rank(Item, module=module)
            assign(item, values, allowed=frozenset(values))
            item.save()
            differs = True
        else:
            item.course = module.course
            changed = assign(item, values, allowed=frozenset(values))
            if item.module_id != module.pk:
                item.module, item.rank = module, _last_rank(Item, module=module)
                changed += ["module", "rank"]
            if changed:
                save_new_version(item, changed)
            differs = bool(changed)
        text_differs = self._sections(item, data)
        if text_differs:
            item.content_changed_at = timezone.now()
            item.save(update_fields=["content_changed_at", "updated_at"])
            refresh_usages(actor=self.actor, item=item, live=False)
        state = item.state
        item = self._published(item, data)
        differs = differs or text_differs or state != item.state
        self._note("lesson", data.title, data.source_id, CREATED if is_new else CHANGED if differs else UNCHANGED)
        return item

    def _published(self, item: Item, data: LessonData) -> Item:
        if data.published:
            return publish_item(actor=self.actor, item=item)
        return unpublish_item(actor=self.actor, item=item) if item.state == PublishState.PUBLISHED else item

    def _sections(self, item: Item, data: LessonData) -> bool:
        """Store the lesson's sections and blocks; says whether anything in them differs now."""
        stored = sections_of(item)
        known = {section_id(s, is_first=place == 0): s for place, (s, _blocks) in enumerate(stored)}
        blocks = _blocks_by_id(stored)
        differs = False
        rows = []
        for section_data in data.sections:
            section = known.pop(section_data.source_id, None)
            if section is None:
                section = Section(item=item, source_id=section_data.source_id, title=section_data.title)
                section.rank = _last_rank(Section, item=item)
                section.save()
                differs = True
            elif section.title != section_data.title:
                section.title = section_data.title
                section.save(update_fields=["title", "updated_at"])
                differs = True
            differs |= self._blocks(section, section_data, blocks)
            rows.append(section)
        differs |= put_in_order(rows, Section.everything.filter(item=item))
        for source_id, section in known.items():
            if source_id != OPENING:
                self._left("section", section.title, source_id)
        for (_section, source_id), block in blocks.items():
            self._left("block", block.kind, source_id)
        return differs

    def _blocks(self, section: Section, data: SectionData, known: dict[tuple[int, str], Block]) -> bool:
        differs = False
        rows = []
        for block_data in data.blocks:
            key = _block_key(section.pk, block_data.source_id, known)
            block = known.pop(key, None) if key else None
            if block is not None and block.kind != block_data.kind:
                # The id now names something else; what stood there goes to the bin, not away.
                put_in_bin(block, self.actor)
                BLOCK_KINDS[block.kind].bin([block])
                block = None
            if block is None:
                block = Block(section=section, kind=block_data.kind, source_id=block_data.source_id)
                block.rank = _last_rank(Block, section=section)
                block.save()
                differs = True
            elif block.section_id != section.pk:
                block.section, block.rank = section, _last_rank(Block, section=section)
                block.save(update_fields=["section", "rank", "updated_at"])
                differs = True
            differs |= self._block(block, block_data)
            rows.append(block)
        return put_in_order(rows, Block.everything.filter(section=section)) or differs

    def _block(self, block: Block, data: BlockData) -> bool:
        kind = BLOCK_KINDS[block.kind]
        settings, text = self._with_stored_files(kind, data)
        draft = block.draft or block.live
        if draft is not None:
            before, text_before = kind.export(block, draft)
            if (before, trimmed(text_before)) == (settings, trimmed(text)):
                return False
        values, text = kind.load(block, settings, text, self.actor)
        if draft is not None and (draft.data, trimmed(draft.text)) == (values, trimmed(text)):
            return False
        write_draft(actor=self.actor, block=block, text=text, data=values)
        if draft is not None:
            block.version += 1
            block.save(update_fields=["version"])
        return True

    def _with_stored_files(self, kind: Any, data: BlockData) -> tuple[dict[str, Any], str]:
        named = getattr(kind, "file_settings", ())
        settings = {}
        for name, value in data.settings.items():
            if name in named and isinstance(value, str):
                settings[name] = FILE + self.stored[value] if value else ""
            else:
                settings[name] = self._rewritten(value)
        return settings, self._rewritten(data.text)

    def _rewritten(self, value: Any) -> Any:
        if isinstance(value, str):
            return rewrite(value, lambda address: self._stored_address(address))
        if isinstance(value, list):
            return [self._rewritten(entry) for entry in value]
        if isinstance(value, dict):
            return {key: self._rewritten(entry) for key, entry in value.items()}
        return value

    def _stored_address(self, address: str) -> str | None:
        public_id = self.stored.get(media_path(address))
        return FILE + public_id if public_id else None


def put_in_order(rows: list[Any], siblings: Any) -> bool:
    """Let ``rows`` stand in this order among their siblings, moving as few as that takes; says if any moved."""
    ranks = sorted(siblings.values_list("rank", flat=True))
    last: str | None = None
    moved = False
    for row in rows:
        if last is not None and row.rank <= last:
            after = next((rank for rank in ranks if rank > last), None)
            row.rank = rank_between(last, after)
            row.save(update_fields=["rank"])
            ranks = sorted([*ranks, row.rank])
            moved = True
        last = row.rank
    return moved


def _blocks_by_id(stored: Iterable[tuple[Section, list[Block]]]) -> dict[tuple[int, str], Block]:
    """The lesson's blocks by section and the id that they have in a folder."""
    found: dict[tuple[int, str], Block] = {}
    for section, blocks in stored:
        ids = block_ids(section, blocks)
        found |= {(section.pk, ids[block.pk]): block for block in blocks}
    return found


def _block_key(section_pk: int, source_id: str, known: dict[tuple[int, str], Block]) -> tuple[int, str] | None:
    """Where a block of the folder is stored: in its section, or, if it has an id of its own, in another one."""
    if (section_pk, source_id) in known:
        return section_pk, source_id
    if source_id.startswith("text-"):
        return next((key for key, b in known.items() if key[0] == section_pk and b.source_id == source_id), None)
    return next((key for key in known if key[1] == source_id), None)


def _last_rank(model: Any, **scope: Any) -> str:
    last = model.everything.filter(**scope).order_by("rank").values_list("rank", flat=True).last()
    return rank_between(last, None)
