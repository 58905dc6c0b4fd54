"""Where imported parts stand: ranks that fit between those that are there."""

from collections import defaultdict
from typing import Any

from core.ids import rank_between
from courses.models import Block, Course, Section


class Ranks:
    """The ranks that stand in the course already, also those in the bin: by lesson for sections, by section for blocks."""

    def __init__(self, course: Course) -> None:
        self.sections: dict[int, list[str]] = defaultdict(list)
        self.blocks: dict[int, list[str]] = defaultdict(list)
        for item, rank in Section.everything.filter(item__course=course).order_by().values_list("item", "rank"):
            self.sections[item].append(rank)
        rows = Block.everything.filter(section__item__course=course).order_by()
        for section, rank in rows.values_list("section", "rank"):
            self.blocks[section].append(rank)


def placed_among(rows: list[Any], taken: list[str]) -> tuple[list[Any], list[Any]]:
    """Let ``rows`` stand in this order among siblings whose ranks are ``taken``, moving as few as that takes.

    Returns those that are still to be created and those that moved. ``taken`` grows by what is given.
    """
    fresh = [row for row in rows if row.pk is None]
    for row in fresh:
        row.rank = add_last(taken)
    moved = []
    last: str | None = None
    ranks = sorted(taken)
    for row in rows:
        if last is not None and row.rank <= last:
            after = next((rank for rank in ranks if rank > last), None)
            row.rank = rank_between(last, after)
            ranks = sorted([*ranks, row.rank])
            taken.append(row.rank)
            if row.pk is not None:
                moved.append(row)
        last = row.rank
    return fresh, moved


def add_last(taken: list[str]) -> str:
    rank = rank_between(max(taken, default=None), None)
    taken.append(rank)
    return rank
