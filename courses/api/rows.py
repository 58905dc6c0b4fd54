"""What the API reads, as plain values: one query for a page of a list, however long it is."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import Count, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from core.html import file_references, link_files, link_parts
from core.jobs import GIVEN_UP, JobState, job_news
from core.slots import BLOCK_KINDS
from courses.block_kinds.base import named_files
from courses.enums import ExportState, ImportState, ItemKindName, ProgressState, Role
from courses.models import Block, Course, ExportRun, ImportRun, Item, ItemProgress, Membership, Module, Page, Section
from courses.querysets import CourseQuerySet
from courses.roles import Capability, roles_with
from courses.rules import can, course_roles, sees_all_branches
from courses.selectors.catalogue import lesson_count, lesson_minutes, matching
from courses.selectors.exports import kept_until, shown_export
from courses.selectors.health import PlacedFinding
from courses.selectors.imports import entry_url
from courses.selectors.lesson import BRANCHES, block_contexts
from courses.selectors.outline import counted_items
from courses.selectors.pages import shown_html
from courses.selectors.parts import part_address
from courses.selectors.results import Points, added, course_grade, lesson_points, totals
from courses.selectors.watching import Watched
from files.services import file_urls

COURSE_ORDERINGS = {
    name: (f"{'-' if name.startswith('-') else ''}{column}", "pk")
    for name, column in (
        ("title", "title"),
        ("-title", "title"),
        ("created", "created_at"),
        ("-created", "created_at"),
    )
}
ROSTER_ORDERINGS = ("name", "-name", "done", "-done", "seen", "-seen")

_COURSE = (
    "public_id",
    "slug",
    "code",
    "title",
    "summary",
    "language",
    "time_zone",
    "state",
    "enrolment",
    "capacity",
    "plate",
    "ground",
    "licence",
    "published_at",
    "created_at",
    "updated_at",
    "version",
)


def _number_of(rows: QuerySet[Any], scope: str, value: Any) -> Coalesce:
    """A number out of the rows that belong together by ``scope``, 0 if there are none."""
    numbers = rows.order_by().values(scope).annotate(number=value).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)


def decimal_text(value: Decimal) -> str:
    """Exact, without zeros that say nothing."""
    return f"{value.normalize():f}"


# Courses


def courses(
    user: Any, *, search: str = "", state: str = "", mine: bool = False, role: str = "", ordering: str = "title"
) -> CourseQuerySet:
    """Courses that ``user`` may see, filtered and sorted."""
    found: CourseQuerySet = Course.objects.visible_to(user)
    if mine or role:
        own = [pk for pk, own_role in course_roles(user).items() if not role or own_role == role]
        found = found.filter(pk__in=own)
    if state:
        found = found.filter(state=state)
    return matching(found, search).order_by(*COURSE_ORDERINGS[ordering])


def present_courses(user: Any, page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    roles = course_roles(user)
    presented = []
    for row in page:
        role = roles.get(row.pop("pk"))
        presented.append({"id": row.pop("public_id"), **row, "role": role.value if role else None})
    return presented


def course_rows(found: CourseQuerySet) -> QuerySet[Any]:
    return found.values("pk", *_COURSE)


def course_detail(user: Any, course: Course) -> dict[str, Any]:
    """One course; the numbers come from the database, the rest from the object."""
    found = Course.objects.filter(pk=course.pk).annotate(lessons=lesson_count(), minutes=lesson_minutes())
    rows = list(found.values("pk", *_COURSE, "description", "lessons", "minutes"))
    return present_courses(user, rows)[0]


# Modules


def modules(user: Any, course: Course) -> QuerySet[Any]:
    return _module_rows(user, Module.objects.visible_to(user).filter(course=course))


def module_detail(user: Any, module: Module) -> dict[str, Any]:
    return present_modules(_module_rows(user, Module.objects.filter(pk=module.pk)))[0]


def _module_rows(user: Any, found: QuerySet[Module]) -> QuerySet[Any]:
    lessons = Item.objects.visible_to(user).filter(module=OuterRef("pk"))
    before = Module.objects.filter(course=OuterRef("course")).filter(_before())
    return (
        found.annotate(lessons=_number_of(lessons, "module", Count("pk")))
        .annotate(position=_number_of(before, "course", Count("pk")))
        .order_by("rank", "pk")
        .values(
            "public_id",
            "course__slug",
            "title",
            "summary",
            "position",
            "lessons",
            "created_at",
            "updated_at",
            "version",
        )
    )


def _before() -> Q:
    """Siblings that stand before the outer row."""
    return Q(rank__lt=OuterRef("rank")) | Q(rank=OuterRef("rank"), pk__lt=OuterRef("pk"))


def present_modules(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": row.pop("public_id"), "course": row.pop("course__slug"), **row} for row in page]


# Pages

_PAGE = ("title", "markup", "is_published", "created_at", "updated_at", "version")


def pages(user: Any, course: Course) -> QuerySet[Any]:
    found: QuerySet[Any] = Page.objects.visible_to(user).filter(course=course).order_by("rank", "pk")
    return found.values("public_id", "course__slug", *_PAGE)


def present_pages(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": row.pop("public_id"), "course": row.pop("course__slug"), **row} for row in page]


def page_detail(user: Any, page: Page) -> dict[str, Any]:
    return {
        "id": page.public_id,
        "course": page.course.slug,
        **{name: getattr(page, name) for name in _PAGE},
        "html": shown_html(page),
        "text": page.text if writes(user, page.course_id) else None,
    }


# Health


def present_findings(page: Iterable[PlacedFinding]) -> list[dict[str, Any]]:
    return [
        {
            "code": found.code,
            "severity": found.severity,
            "sentence": found.sentence,
            "lesson": found.item.public_id if found.item else None,
            "section": found.block.section.public_id if found.block else None,
            "block": found.block.public_id if found.block else None,
            "page": found.page.public_id if found.page else None,
            "url": found.url,
        }
        for found in page
    ]


# Lessons


def lessons(user: Any, *, course: str = "", module: Any = None, state: str = "") -> QuerySet[Any]:
    """Lessons that ``user`` may open, in the order of their outlines."""
    found = Item.objects.visible_to(user).filter(kind=ItemKindName.LESSON)
    if course:
        found = found.filter(course__slug=course)
    if module:
        found = found.filter(module__public_id=module)
    if state:
        found = found.filter(state=state)
    return _lesson_rows(user, found).order_by("course_id", "module__rank", "module_id", "rank", "pk")


def _lesson_rows(user: Any, found: QuerySet[Item]) -> QuerySet[Any]:
    before = Item.objects.visible_to(user).filter(module=OuterRef("module")).filter(_before())
    return found.annotate(position=_number_of(before, "module", Count("pk"))).values(
        "public_id",
        "course__slug",
        "module__public_id",
        "title",
        "objective",
        "minutes",
        "state",
        "position",
        "needs_end",
        "needs_answers",
        "is_preview",
        "is_paged",
        "published_at",
        "created_at",
        "updated_at",
        "version",
    )


def present_lessons(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pop("public_id"),
            "course": row.pop("course__slug"),
            "module": row.pop("module__public_id"),
            **row,
        }
        for row in page
    ]


def lesson_detail(user: Any, item: Item) -> dict[str, Any]:
    """One lesson with its sections and blocks as ``user`` may see them; no more queries for more of them."""
    lesson = present_lessons(_lesson_rows(user, Item.objects.filter(pk=item.pk)))[0]
    blocks = defaultdict(list)
    for row in present_blocks(user, item, blocks_of(user, item)):
        blocks[row["section"]].append(row)
    sections = Section.objects.filter(item=item, inside__isnull=True).order_by("rank", "pk")
    lesson["sections"] = [
        present_section(item, section, position) | {"blocks": blocks[section.public_id]}
        for position, section in enumerate(sections)
    ]
    return lesson


def present_section(item: Item, section: Section, position: int) -> dict[str, Any]:
    return {"id": section.public_id, "lesson": item.public_id, "title": section.title, "position": position}


def section_detail(section: Section) -> dict[str, Any]:
    before = Section.objects.filter(item=section.item_id, inside=section.inside_id).filter(
        Q(rank__lt=section.rank) | Q(rank=section.rank, pk__lt=section.pk)
    )
    return present_section(section.item, section, before.count())


def blocks_of(user: Any, item: Item) -> list[Block]:
    """The lesson's blocks that ``user`` may see, in order, with their revisions; one query."""
    rows = Block.objects.visible_to(user).filter(section__item=item).select_related("section", "live", "draft")
    blocks = list(rows.order_by("section__rank", "section_id", "rank", "pk"))
    for block in blocks:
        block.section.item = item
    return blocks


def block_detail(user: Any, block: Block) -> dict[str, Any]:
    """One block. Its author gets a question's settings here, key included."""
    item = block.section.item
    rows = present_blocks(user, item, blocks_of(user, item))
    inner = [row for outer in rows for branch in outer["branches"] for row in branch["blocks"]]
    shown = next(row for row in [*rows, *inner] if row["id"] == block.public_id)
    shown.setdefault("branches", [])
    if shown["draft"] is not None and block.draft is not None:
        data, text = BLOCK_KINDS[block.kind].export(block, block.draft)
        shown["draft"] |= {"data": data, "text": text}
    return shown


def present_blocks(user: Any, item: Item, blocks: list[Block]) -> list[dict[str, Any]]:
    """Blocks as plain values, those of branches within the block that they stand in.

    What is written but not published is there only for those who write the course, a group's name for those who see
    all of them.
    """
    known = [block for block in blocks if block.kind in BLOCK_KINDS]
    author = writes(user, item.course_id)
    for block in known:
        block.shown = block.live  # type: ignore[attr-defined]
    contexts = block_contexts([block for block in known if block.live is not None], user)
    addresses = _addresses(known)
    positions: dict[int, int] = defaultdict(int)
    presented = []
    branches = _branches(user, item) if any(block.kind == BRANCHES for block in known) else {}
    for block in known:
        row = _present_block(item, block, positions[block.section_id], contexts, addresses, author)
        positions[block.section_id] += 1
        inside = block.section.inside_id
        if inside is None:
            presented.append(row | {"branches": list(branches.get(block.pk, {}).values())})
        else:
            branches[inside][block.section_id]["blocks"].append(row)
    return presented


def _branches(user: Any, item: Item) -> dict[int, dict[int, dict[str, Any]]]:
    """The branches in the lesson that ``user`` may see, still empty, by block and section."""
    labelled = sees_all_branches(user, item.course_id)
    sections = Section.objects.visible_to(user).filter(item=item, inside__isnull=False)
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for section in sections.select_related("group").order_by("group_id"):
        name = section.group.name if labelled else ""
        found[section.inside_id][section.pk] = {"section": section.public_id, "group": name, "blocks": []}
    return found


def _present_block(
    item: Item,
    block: Block,
    position: int,
    contexts: dict[int, dict[str, Any]],
    addresses: dict[str, str],
    author: bool,
) -> dict[str, Any]:
    kind = BLOCK_KINDS[block.kind]
    settings = block.live.data if block.live and hasattr(kind, "normal") else {}
    named = named_files(kind, settings)
    draft = block.draft if author else None
    return {
        "id": block.public_id,
        "lesson": item.public_id,
        "section": block.section.public_id,
        "kind": block.kind,
        "position": position,
        "version": block.version,
        "html": _shown(item, block.live.html, addresses) if block.live else None,
        "data": settings,
        "files": {name: addresses[file] for name, file in named if file in addresses},
        "question": _present_question(contexts.get(block.pk, {})),
        "draft": draft
        and {
            "text": draft.text,
            "data": draft.data if hasattr(kind, "normal") else {},
            "html": _shown(item, draft.html, addresses),
        },
    }


def _shown(item: Item, html: str, addresses: dict[str, str]) -> str:
    return link_parts(link_files(html, addresses.get), lambda part: part_address(item.course.slug, part))


def _present_question(context: dict[str, Any]) -> dict[str, Any] | None:
    """A kind that asks something says what the reader may know of it under ``question``: the one gate for keys."""
    question = context.get("question")
    if not question:
        return None
    return {
        "kind": question["kind"],
        "html": str(question["text_html"]),
        "options": [{"id": option["id"], "html": str(option["text_html"])} for option in question["options"]],
        "unit": question["unit"],
    }


def _addresses(blocks: list[Block]) -> dict[str, str]:
    """Addresses of all files that the blocks name, by public id; no query without any."""
    named: set[str] = set()
    for block in blocks:
        for revision in (block.live, block.draft):
            if revision is not None:
                named |= set(file_references([revision.html]))
                named |= {file for _name, file in named_files(BLOCK_KINDS[block.kind], revision.data)}
    return file_urls(named)


def writes(user: Any, course_id: int) -> bool:
    return bool(user.is_superuser and user.is_active) or can(user, Capability.AUTHOR, course_id)


def present_watching(block: Block, seen: Watched) -> dict[str, Any]:
    return {
        "block": block.public_id,
        "position": seen.position,
        "duration": seen.duration,
        "ranges": seen.ranges,
        "percent": seen.percent,
    }


# People


def enrolments(
    user: Any, *, course: Course | None = None, role: str = "", ended: bool = False
) -> "QuerySet[Membership]":
    """Memberships that ``user`` may see: of one course, or their own of all courses."""
    found = Membership.objects.visible_to(user).filter(course__deleted_at__isnull=True, ended_at__isnull=not ended)
    found = found.filter(course=course) if course else found.filter(user=user)
    if role:
        found = found.filter(role=role)
    return found.order_by("pk")


def enrolment_rows(found: "QuerySet[Membership]") -> QuerySet[Any]:
    return found.values(
        "user_id",
        "course_id",
        "public_id",
        "course__slug",
        "user__public_id",
        "user__name",
        "user__email",
        "role",
        "started_at",
        "ended_at",
    )


def present_enrolments(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Memberships with the points of students; queries do not grow with the page."""
    found = list(page)
    points = totals((row["user_id"], row["course_id"]) for row in found if row["role"] == Role.STUDENT)
    return [_present_enrolment(row, points.get((row.pop("user_id"), row.pop("course_id")))) for row in found]


def _present_enrolment(row: dict[str, Any], points: Points | None) -> dict[str, Any]:
    return {
        "id": row.pop("public_id"),
        "course": row.pop("course__slug"),
        "user": {
            "id": row.pop("user__public_id"),
            "name": row.pop("user__name"),
            "email": row.pop("user__email"),
        },
        **row,
        "points": decimal_text(points.points) if points else None,
        "possible": decimal_text(points.possible) if points else None,
    }


def enrolment_detail(membership: Membership) -> dict[str, Any]:
    return present_enrolments(enrolment_rows(Membership.objects.filter(pk=membership.pk)))[0]


def is_member(course: Course, user: Any) -> bool:
    return Membership.objects.active().filter(course=course, user=user).exists()


# Progress


def own_progress(user: Any, *, course: str = "") -> QuerySet[Any]:
    """The courses that ``user`` learns in, with how far they are."""
    learning = [pk for pk, role in course_roles(user).items() if role in roles_with(Capability.LEARN)]
    found = Course.objects.visible_to(user).filter(pk__in=learning)
    if course:
        found = found.filter(slug=course)
    own = ItemProgress.objects.filter(course=OuterRef("pk"), user=user)
    done = own.filter(state=ProgressState.DONE, item__in=Item.objects.published())
    last = own.order_by().values("course").annotate(last=Max("seen_at")).values("last")
    rows: QuerySet[Any] = (
        found.annotate(
            lessons=lesson_count(), done=_number_of(done, "course", Count("pk")), last_seen_at=Subquery(last)
        )
        .order_by("title", "pk")
        .values("slug", "lessons", "done", "last_seen_at")
    )
    return rows


def present_own_progress(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "course": row["slug"],
            "lessons": row["lessons"],
            "done": row["done"],
            "percent": _percent(row["done"], row["lessons"]),
            "last_seen_at": row["last_seen_at"],
        }
        for row in page
    ]


def present_students(page: Iterable[Any], total: int) -> list[dict[str, Any]]:
    """Rows of ``selectors.roster``."""
    return [
        {
            "enrolment": row.public_id,
            "user": {"id": row.user.public_id, "name": row.user.name, "email": row.user.email},
            "lessons": total,
            "done": row.done,
            "percent": _percent(row.done, total),
            "last_seen_at": row.seen_at,
        }
        for row in page
    ]


def lesson_progress(user: Any, item: Item) -> dict[str, Any]:
    return present_lesson_progress(item, ItemProgress.objects.filter(user=user, item=item).first())


def present_lesson_progress(item: Item, row: ItemProgress | None) -> dict[str, Any]:
    return {
        "lesson": item.public_id,
        "state": row.state if row else "not_started",
        "share": row.share if row else 0,
        "place": row.place if row else "",
        "started_at": row.started_at if row else None,
        "seen_at": row.seen_at if row else None,
        "ended_at": row.ended_at if row else None,
        "done_at": row.done_at if row else None,
    }


def _percent(done: int, total: int) -> int:
    return done * 100 // total if total else 0


# Imports


def present_imports(page: Iterable[ImportRun]) -> list[dict[str, Any]]:
    return [_import(run) for run in page]


def import_detail(run: ImportRun) -> dict[str, Any]:
    report = run.report
    given_up = not run.is_over and job_news(run.job_id).state == JobState.GIVEN_UP
    return {
        **_import(run),
        **({"state": ImportState.FAILED} if given_up else {}),
        "message": GIVEN_UP if given_up else report.get("message", ""),
        "problems": report.get("problems", {}),
        **{name: report.get(name, 0) for name in ("created", "changed", "unchanged")},
        "counts": report.get("counts", {}),
    }


def present_import_entries(run: ImportRun, page: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    texts = ("kind", "title", "source_id", "verdict", "reason", "where", "module")
    ids = ("lesson", "section", "block", "page")
    return [
        {
            **{name: entry.get(name, "") for name in texts},
            **{name: entry.get(name) for name in ids},
            "url": entry_url(run, entry),
        }
        for entry in page
    ]


def _import(run: ImportRun) -> dict[str, Any]:
    same = ("state", "format", "stage", "done", "total", "created_at", "finished_at")
    return {
        "id": run.public_id,
        "file": run.file.name,
        "trial": run.is_trial,
        "course": run.course.slug if run.course else None,
        **{name: getattr(run, name) for name in same},
    }


# Exports


def present_exports(page: Iterable[ExportRun]) -> list[dict[str, Any]]:
    return [_export(run, ExportState(run.state)) for run in page]


def export_detail(run: ExportRun) -> dict[str, Any]:
    shown = shown_export(run)
    return {**_export(run, shown.state), "message": GIVEN_UP if shown.state != run.state else run.message}


def _export(run: ExportRun, state: ExportState) -> dict[str, Any]:
    return {
        "id": run.public_id,
        "course": run.course.slug,
        "state": state,
        "message": run.message,
        "size": run.file.size if run.file else None,
        "download": reverse("api:courses:export-download", args=[run.public_id]) if run.file else None,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "kept_until": kept_until(run),
    }


# Results


def results(user: Any, course: Course) -> "QuerySet[Membership]":
    """The students of the course whose results ``user`` may see: all for its staff, themselves for others."""
    found = Membership.objects.visible_to(user).filter(course=course, role=Role.STUDENT, ended_at__isnull=True)
    rows: QuerySet[Membership] = found.filter(user__is_active=True).select_related("user").order_by("user__name", "pk")
    return rows


def present_results(course: Course, page: Iterable[Membership]) -> list[dict[str, Any]]:
    """What each has reached, by lesson; queries do not grow with the page."""
    members = list(page)
    points = lesson_points(course, [member.user_id for member in members])
    lessons = {
        pk: (public_id, category)
        for pk, public_id, category in counted_items(course).values_list("pk", "public_id", "grade_category")
    }
    categories = {pk: category for pk, (_public_id, category) in lessons.items()}
    return [_present_result(course, member, points[member.user_id], lessons, categories) for member in members]


def _present_result(
    course: Course,
    member: Membership,
    points: dict[int, Points],
    lessons: dict[int, tuple[Any, str]],
    categories: dict[int, str],
) -> dict[str, Any]:
    whole = added(points.values())
    grade = course_grade(course, categories, points)
    return {
        "enrolment": member.public_id,
        "user": {"id": member.user.public_id, "name": member.user.name, "email": member.user.email},
        "points": decimal_text(whole.points),
        "possible": decimal_text(whole.possible),
        "percent": whole.percent,
        "score_so_far": _share(grade.share) if grade and grade.share is not None else None,
        "score_sure": _share(grade.sure) if grade else None,
        "passed": grade.is_passed if grade and grade.pass_mark is not None else None,
        "lessons": [
            {
                "lesson": public_id,
                "category": category,
                "points": decimal_text(points[pk].points),
                "possible": decimal_text(points[pk].possible),
                "tries": points[pk].tries,
                "scored_at": points[pk].at,
            }
            for pk, (public_id, category) in lessons.items()
            if pk in points
        ],
    }


def _share(share: Decimal) -> str:
    """A share from 0 to 1 with four decimals, rounded down."""
    return decimal_text(share.quantize(Decimal("0.0001"), rounding=ROUND_DOWN))
