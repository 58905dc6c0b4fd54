"""How much of the films people have seen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from courses.models import Watching

# Who stopped this close to the end has seen it through: it begins anew.
_NEAR_END = 5.0


@dataclass(frozen=True)
class Watched:
    """``ranges`` are pairs of seconds, in order, none touching another."""

    position: float = 0
    duration: float = 0
    ranges: list[list[float]] = field(default_factory=list)

    @property
    def percent(self) -> int:
        """The share that was seen, rounded down; 100 from half a second before the whole."""
        if self.duration <= 0:
            return 0
        seen = sum(end - start for start, end in self.ranges)
        return min(100, int((seen + min(0.5, self.duration / 100)) * 100 / self.duration))

    @property
    def goes_on_at(self) -> int:
        """The second at which to go on; 0 for the beginning."""
        return int(self.position) if self.position < self.duration - _NEAR_END else 0


def watched_by(user: Any, block_ids: Iterable[int]) -> dict[int, Watched]:
    """What ``user`` has seen, by block id: one query, none for visitors or without films."""
    wanted = list(block_ids)
    if not wanted or not user.is_authenticated:
        return {}
    rows = Watching.objects.filter(user_id=user.pk, block_id__in=wanted).order_by()
    return {row.block_id: watched_row(row) for row in rows}


def watched_share(user_ids: Iterable[int], block_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Whole percent by (user id, block id), of those who have begun a film: one query."""
    users, blocks = list(user_ids), list(block_ids)
    if not users or not blocks:
        return {}
    rows = Watching.objects.filter(user_id__in=users, block_id__in=blocks).order_by()
    return {(row.user_id, row.block_id): watched_row(row).percent for row in rows}


def watched_row(row: Watching) -> Watched:
    return Watched(row.position, row.duration, row.ranges)
