"""What people have reached in a course: their points, of those that they can have, and the score by its policy.

The points that can be had are those of the published texts of published lessons. A block in a branch counts only for
those who have come into that branch's group. Queries do not grow with people, lessons or courses.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db.models import DecimalField, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import formats
from django.utils.translation import gettext as _

from core.slots import BLOCK_KINDS
from courses.grading import Grade, LessonScore, grade, read_policy
from courses.models import Block, Course, Item, Result
from courses.selectors.branches import Branches, branches_of
from courses.selectors.outline import Lesson, counted_items, outline

Pair = tuple[int, int]
_ZERO = Decimal(0)
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Points:
    """``tries`` counts answers handed in; ``at`` is when the last one was scored."""

    points: Decimal = _ZERO
    possible: Decimal = _ZERO
    tries: int = 0
    at: datetime | None = None

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all."""
        return min(int(self.points * 100 / self.possible), 100) if self.possible else 0

    def __str__(self) -> str:
        values = {"points": number_text(self.points), "possible": number_text(self.possible)}
        return _("%(points)s of %(possible)s") % values

    @property
    def share(self) -> Decimal | None:
        """Of what can be had, from 0 to 1; None before the first try."""
        return min(self.points / self.possible, Decimal(1)) if self.tries and self.possible else None


@dataclass(frozen=True)
class LessonResults:
    """A lesson of the outline as one person did it; ``category`` is that of the grading policy."""

    lesson: Lesson
    category: str
    points: Points


@dataclass(frozen=True)
class ModuleResults:
    number: int
    title: str
    lessons: list[LessonResults]
    points: Points

    @property
    def scored(self) -> list[LessonResults]:
        """The lessons in which there are points to be had, or were."""
        return [row for row in self.lessons if row.points.possible or row.points.tries]


@dataclass(frozen=True)
class CourseResults:
    """``grade`` is None for a course without a grading policy."""

    modules: list[ModuleResults]
    points: Points
    grade: Grade | None
    titles: Mapping[int, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return sum(row.lesson.is_done for module in self.modules for row in module.lessons)

    @property
    def lessons(self) -> int:
        return sum(len(module.lessons) for module in self.modules)

    @property
    def scored_modules(self) -> list[ModuleResults]:
        return [module for module in self.modules if module.scored]


@dataclass(frozen=True)
class _Scoring:
    """What can be had where: by block id its course, its item and its points."""

    blocks: Mapping[int, tuple[int, int, Decimal]]
    branches: Branches

    def sees(self, user_id: int, block_id: int) -> bool:
        branch = self.branches.groups.get(block_id)
        return branch is None or self.branches.places.get((user_id, branch[0])) == branch[1]


def number_text(number: Decimal) -> str:
    """As the reader's language writes it, rounded to two decimals, without zeros that say nothing."""
    rounded = number.quantize(_CENT, rounding=ROUND_HALF_EVEN)
    return formats.number_format(rounded.normalize() if rounded else _ZERO, use_l10n=True)


def counted_blocks(course_ids: Iterable[int]) -> QuerySet[Block]:
    """The blocks that students of the courses are shown, in some branch or other."""
    items = Item.objects.filter(course_id__in=list(course_ids)).published()
    blocks: QuerySet[Block] = Block.objects.filter(section__item__in=items, live__isnull=False)
    return blocks


def totals(pairs: Iterable[Pair], reached: dict[Pair, Decimal] | None = None) -> dict[Pair, Points]:
    """The points by (user id, course id); as many queries for one pair as for hundreds.

    ``reached``: what the caller has read already, from ``points_column``.
    """
    wanted = set(pairs)
    users, courses = {user for user, _course in wanted}, {course for _user, course in wanted}
    scoring = _scoring(courses, users)
    if reached is None:
        rows = _reached(users, courses, "user_id", "course_id")
        reached = {(row["user_id"], row["course_id"]): row["got"] for row in rows}
    possible = _possible_by_course(scoring)
    found = {}
    for user, course in wanted:
        plain, branched = possible.get(course, (_ZERO, []))
        extra = sum((points for pk, points in branched if scoring.sees(user, pk)), _ZERO)
        found[user, course] = Points(reached.get((user, course), _ZERO), plain + extra)
    return found


def points_column(course: Course) -> Coalesce:
    """The points of a membership's person in the course, so that a list can be sorted by them."""
    own = Result.objects.filter(course=course, user=OuterRef("user"), block__in=counted_blocks([course.pk]))
    reached = own.order_by().values("user").annotate(total=Sum("points")).values("total")
    number = DecimalField(max_digits=20, decimal_places=5)
    return Coalesce(Subquery(reached, output_field=number), _ZERO, output_field=number)


def course_results(user: Any, course: Course) -> CourseResults:
    """What ``user`` has reached in the course, lesson by lesson, and the score by the course's policy."""
    lessons = outline(user, course)
    points = lesson_points(course, [user.pk])[user.pk]
    categories = dict(counted_items(course).values_list("pk", "grade_category"))
    modules = []
    for module in lessons.modules:
        rows = [
            LessonResults(lesson, categories.get(lesson.id, ""), points.get(lesson.id, Points()))
            for lesson in module.lessons
        ]
        modules.append(ModuleResults(module.number, module.title, rows, added(row.points for row in rows)))
    return CourseResults(
        modules,
        added(module.points for module in modules),
        course_grade(course, categories, points),
        {lesson.id: lesson.title for lesson in lessons},
    )


def lesson_points(course: Course, user_ids: Iterable[int]) -> dict[int, dict[int, Points]]:
    """By user id and item id: what each has and can have in the lessons that score."""
    users = set(user_ids)
    scoring = _scoring({course.pk}, users)
    found: dict[int, dict[int, Points]] = {user: {} for user in users}
    per_item: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for pk, (_course, item, points) in scoring.blocks.items():
        per_item[item].append((pk, points))
    results: dict[Pair, dict[str, Any]] = {}
    for row in _reached(users, {course.pk}, "user_id", "item_id"):
        results[row["user_id"], row["item_id"]] = row
    for user in users:
        for item, blocks in per_item.items():
            possible = sum((points for pk, points in blocks if scoring.sees(user, pk)), _ZERO)
            row = results.get((user, item), {"got": _ZERO, "sent": 0, "at": None})
            if possible or row["sent"]:
                found[user][item] = Points(row["got"], possible, row["sent"], row["at"])
    return found


def course_grade(course: Course, categories: Mapping[int, str], points: Mapping[int, Points]) -> Grade | None:
    """The score of one person by the course's policy; ``categories`` and ``points`` are by item id, in outline order."""
    policy = read_policy(course.grading)
    if policy is None:
        return None
    scores: dict[str, list[LessonScore]] = defaultdict(list)
    for item, category in categories.items():
        own = points.get(item)
        if category and own is not None and own.possible:
            scores[category].append(LessonScore(item, own.share))
    return grade(policy, scores)


def added(parts: Iterable[Points]) -> Points:
    """Several lessons taken together."""
    rows = list(parts)
    times = [row.at for row in rows if row.at is not None]
    return Points(
        sum((row.points for row in rows), _ZERO),
        sum((row.possible for row in rows), _ZERO),
        sum(row.tries for row in rows),
        max(times, default=None),
    )


def _scoring(course_ids: set[int], user_ids: set[int]) -> _Scoring:
    """What scores in the courses: one query, those of the kinds that score, and up to three for branches."""
    kinds = {name: kind for name, kind in BLOCK_KINDS.items() if getattr(kind, "scores", True)}
    rows = counted_blocks(course_ids).filter(kind__in=kinds).select_related("live", "section__item")
    shown = rows.only("kind", "live__data", "section__item__course_id")
    by_kind: dict[str, list[Block]] = defaultdict(list)
    for block in shown.order_by():
        by_kind[block.kind].append(block)
    blocks: dict[int, tuple[int, int, Decimal]] = {}
    for name, own in by_kind.items():
        points = kinds[name].points(own)
        for block in own:
            if block.pk in points:
                item = block.section.item
                blocks[block.pk] = (item.course_id, item.pk, points[block.pk])
    branches = branches_of({item for _course, item, _points in blocks.values()}, user_ids) if blocks else Branches()
    return _Scoring(blocks, branches)


def _reached(users: set[int], courses: set[int], *by: str) -> QuerySet[Any]:
    results = Result.objects.filter(user_id__in=users, course_id__in=courses, block__in=counted_blocks(courses))
    rows: QuerySet[Any] = (
        results.order_by().values(*by).annotate(got=Sum("points"), sent=Sum("tries"), at=Max("scored_at"))
    )
    return rows


def _possible_by_course(scoring: _Scoring) -> dict[int, tuple[Decimal, list[tuple[int, Decimal]]]]:
    """By course the points outside branches, and those in branches by block."""
    plain: dict[int, Decimal] = defaultdict(Decimal)
    branched: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for pk, (course, _item, points) in scoring.blocks.items():
        if pk in scoring.branches.groups:
            branched[course].append((pk, points))
        else:
            plain[course] += points
    return {course: (plain[course], branched[course]) for course in {*plain, *branched}}


# The policy in words


@dataclass(frozen=True)
class ShownCategory:
    """``counted`` and ``dropped`` say which lessons; ``so_far`` is empty before the first try."""

    name: str
    weight: str
    so_far: str
    tried: str
    dropped: list[str]


@dataclass(frozen=True)
class ShownGrade:
    """A score with all that explains it."""

    categories: list[ShownCategory]
    so_far: str
    sure: str
    pass_mark: str
    is_passed: bool
    is_complete: bool
    left_out: list[str]


def grade_shown(results: CourseResults) -> ShownGrade | None:
    """The score of ``course_results`` as a page shows it; None without a policy."""
    found = results.grade
    if found is None:
        return None
    categories = [
        ShownCategory(
            name=one.category.name,
            weight=percent_text(one.category.weight),
            so_far=percent_text(one.share) if one.share is not None else "",
            tried=_("%(tried)s of %(all)s") % {"tried": len(one.counted), "all": len(one.counted) + one.missing},
            dropped=[results.titles.get(item, "") for item in one.dropped],
        )
        for one in found.categories
    ]
    return ShownGrade(
        categories=categories,
        so_far=percent_text(found.share) if found.share is not None else "",
        sure=percent_text(found.sure),
        pass_mark=percent_text(found.pass_mark) if found.pass_mark is not None else "",
        is_passed=found.is_passed,
        is_complete=found.is_complete,
        left_out=[one.category.name for one in found.categories if one.share is None],
    )


def percent_text(share: Decimal) -> str:
    """A share in per cent with one decimal at most, rounded down: 100% means all."""
    tenths = (share * 100).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
    return f"{number_text(tenths)}%"
