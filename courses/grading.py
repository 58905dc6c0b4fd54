"""A course's grading policy, and the score that comes out of it: pure functions, in ``Decimal``.

A policy is stored as plain values::

    {"categories": [{"name": "Planning", "short": "Plan", "weight": "0.34", "drop": 2, "count": 9}], "pass": "0.6"}

Within a category each lesson counts the same, whatever its points. The lowest ``drop`` of ``count`` lessons are left
out; lessons not tried yet are the lowest of all, so as long as enough of them are left nothing that was tried is dropped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

MOST_CATEGORIES: Final = 50
MOST_LESSONS: Final = 1000
NAME_LENGTH: Final = 100
_TOP = frozenset({"categories", "pass"})
_KEYS = frozenset({"name", "short", "weight", "drop", "count"})
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Category:
    """``weight`` is a share of the whole; ``count`` is how many lessons it will have, 0 if nobody said."""

    name: str
    weight: Decimal
    short: str = ""
    drop: int = 0
    count: int = 0


@dataclass(frozen=True)
class Policy:
    categories: tuple[Category, ...]
    pass_mark: Decimal | None = None


@dataclass(frozen=True)
class LessonScore:
    """``share`` of a lesson's points, from 0 to 1; None if nothing in it was tried."""

    lesson: int
    share: Decimal | None


@dataclass(frozen=True)
class CategoryGrade:
    """``share`` is the mean of what counts so far, None before the first try; ``sure`` counts what is missing as nothing.

    ``counted`` and ``dropped`` are ids of lessons, ``missing`` how many lessons are still to be tried.
    """

    category: Category
    share: Decimal | None
    sure: Decimal
    counted: tuple[int, ...]
    dropped: tuple[int, ...]
    missing: int


@dataclass(frozen=True)
class Grade:
    """``share`` is the weighted score so far, None before the first try; ``sure`` is what it is if nothing more is done."""

    categories: tuple[CategoryGrade, ...]
    share: Decimal | None
    sure: Decimal
    pass_mark: Decimal | None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is still to come that could change the score but a better try."""
        return all(category.missing == 0 and category.share is not None for category in self.categories)

    @property
    def is_passed(self) -> bool:
        """Whether the pass mark is reached whatever happens to the rest."""
        return self.pass_mark is not None and self.sure >= self.pass_mark


def read_policy(data: Any) -> Policy | None:
    """The stored policy; None if there is none, or none that can be counted with."""
    if not data or policy_problems(data):
        return None
    categories = tuple(
        Category(
            name=row["name"].strip(),
            weight=Decimal(str(row["weight"])),
            short=row.get("short", "").strip(),
            drop=row.get("drop", 0),
            count=row.get("count", 0),
        )
        for row in data["categories"]
    )
    mark = data.get("pass")
    return Policy(categories, Decimal(str(mark)) if mark is not None else None)


def policy_problems(data: Any) -> list[str]:
    """What is wrong with a policy as it is stored, in sentences; an empty one is none and fine."""
    if not isinstance(data, dict):
        return [_("Write the grading policy as a table.")]
    if not data:
        return []
    problems = [_("“%(name)s” is not a part of a grading policy.") % {"name": key} for key in data if key not in _TOP]
    rows = data.get("categories")
    if not isinstance(rows, list) or not rows or len(rows) > MOST_CATEGORIES:
        problems.append(_("“categories” is a list of 1 to %(n)d categories.") % {"n": MOST_CATEGORIES})
        rows = []
    names: set[str] = set()
    for number, row in enumerate(rows, start=1):
        problems += [
            f"{_('Category %(n)d') % {'n': number}}: {sentence}" for sentence in _category_problems(row, names)
        ]
    if not problems and sum(Decimal(str(row["weight"])) for row in rows) <= 0:
        problems.append(_("Give at least one category a “weight” above 0."))
    if data.get("pass") is not None and _share(data["pass"]) is None:
        problems.append(_("“pass” is a share from 0 to 1, such as 0.6."))
    return problems


def _category_problems(row: Any, names: set[str]) -> list[str]:
    if not isinstance(row, dict):
        return [_("write it as a table.")]
    problems = [_("“%(name)s” is not a setting here.") % {"name": key} for key in row if key not in _KEYS]
    name = row.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= NAME_LENGTH or "\x00" in name:
        problems.append(_("“name” has 1 to %(n)d characters.") % {"n": NAME_LENGTH})
    elif name.strip() in names:
        problems.append(_("another category is called “%(name)s” already.") % {"name": name.strip()})
    else:
        names.add(name.strip())
    short = row.get("short", "")
    if not isinstance(short, str) or len(short) > NAME_LENGTH or "\x00" in short:
        problems.append(_("“short” has at most %(n)d characters.") % {"n": NAME_LENGTH})
    if _share(row.get("weight")) is None:
        problems.append(_("“weight” is a share from 0 to 1, such as 0.25."))
    for key in ("drop", "count"):
        if type(row.get(key, 0)) is not int or not 0 <= row.get(key, 0) <= MOST_LESSONS:
            problems.append(_("“%(name)s” is a whole number from 0 to %(n)d.") % {"name": key, "n": MOST_LESSONS})
    return problems


def _share(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 20:
        return None
    try:
        share = Decimal(str(value))
    except InvalidOperation:
        return None
    return share if share.is_finite() and 0 <= share <= 1 else None


def grade(policy: Policy, scores: Mapping[str, Iterable[LessonScore]]) -> Grade:
    """The score by the policy; ``scores`` has the lessons of each category by its name.

    Categories in which nothing was tried are left out of the score so far, and the weights of the others
    stand in proportion. Lessons of a category that the policy does not have count for nothing.
    """
    found = tuple(_category_grade(category, list(scores.get(category.name, ()))) for category in policy.categories)
    tried = [(one.category.weight, one.share) for one in found if one.share is not None]
    weights = sum((weight for weight, _value in tried), _NOTHING)
    so_far = sum((weight * value for weight, value in tried), _NOTHING) / weights if weights else None
    whole = sum((category.weight for category in policy.categories), _NOTHING)
    sure = sum((one.category.weight * one.sure for one in found), _NOTHING) / whole if whole else _NOTHING
    return Grade(found, so_far, sure, policy.pass_mark)


def _category_grade(category: Category, lessons: list[LessonScore]) -> CategoryGrade:
    tried = sorted(
        ((one.share, place, one.lesson) for place, one in enumerate(lessons) if one.share is not None), reverse=True
    )
    number = max(category.count, len(lessons))
    # However many are dropped, one lesson always counts.
    wanted = max(number - category.drop, min(number, 1))
    kept, dropped = tried[:wanted], tried[wanted:]
    total = sum((share for share, _place, _lesson in kept), _NOTHING)
    return CategoryGrade(
        category=category,
        share=total / len(kept) if kept else None,
        sure=total / wanted if wanted else _NOTHING,
        counted=tuple(lesson for _share, _place, lesson in kept),
        dropped=tuple(lesson for _share, _place, lesson in dropped),
        missing=wanted - len(kept),
    )
