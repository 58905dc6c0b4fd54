"""What people see of films: where they stopped, and which parts they have seen."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid
from courses.models import Block, Watching

FILM: Final = "video"
MOST_RANGES: Final = 500
LONGEST: Final = 24 * 3600.0
TOLERANCE: Final = 1.0

Ranges = list[list[float]]


@transaction.atomic
def record(*, actor: Actor, block: Block, position: Any, duration: Any, ranges: Any) -> Watching:
    """Add the ``ranges`` that were played (pairs of seconds) to what the student has seen; they stopped at ``position``.

    The same again changes nothing but the time. Two tabs add to the same row. ``duration`` is what the film has now:
    what was seen behind its end no longer counts. Raises ``Invalid``, ``Conflict`` ``item_not_open``, ``not_a_film``.
    """
    user = _student(actor, block)
    moment, length, played = _checked(position, duration, ranges)
    row, _created = Watching.objects.select_for_update().get_or_create(user=user, block=block)
    row.ranges = longest(merge([*row.ranges, *played], duration=length))
    row.position, row.duration = min(moment, length), length
    row.save(update_fields=["ranges", "position", "duration", "updated_at"])
    return row


def merge(ranges: Iterable[Sequence[float]], *, duration: float = LONGEST, tolerance: float = TOLERANCE) -> Ranges:
    """The union in order; ranges at most ``tolerance`` apart become one, nothing reaches outside 0 to ``duration``."""
    union: Ranges = []
    for start, end in sorted((max(0.0, float(start)), min(float(end), duration)) for start, end in ranges):
        if start >= end:
            continue
        if union and start <= union[-1][1] + tolerance:
            union[-1][1] = max(union[-1][1], end)
        else:
            union.append([start, end])
    return union


def longest(ranges: Ranges) -> Ranges:
    """At most ``MOST_RANGES`` of them, the longest, in order: a row never says more than was seen."""
    if len(ranges) <= MOST_RANGES:
        return ranges
    return sorted(sorted(ranges, key=lambda pair: pair[0] - pair[1])[:MOST_RANGES])


def require_film(block: Block) -> None:
    """Raises ``Conflict`` ``not_a_film`` for another kind of block."""
    if block.kind != FILM:
        raise Conflict("not_a_film", _("This part of the lesson is not a film. Nothing was changed."))


def _student(actor: Actor, block: Block) -> User:
    item = block.section.item
    authorize(actor, "courses.view_block", block)
    authorize(actor, "courses.learn", item)
    if not isinstance(actor, User):
        raise Conflict("not_a_person", _("Only a person can learn."))
    require_film(block)
    if not item.is_published or item.deleted_at is not None or block.live_id is None or block.deleted_at is not None:
        raise Conflict("item_not_open", _("This lesson is not published at the moment. Nothing was changed."))
    return actor


def _checked(position: Any, duration: Any, ranges: Any) -> tuple[float, float, Ranges]:
    problems: dict[str, list[str]] = {}
    if not _is_time(position):
        problems["position"] = [_("Send the second at which the film stopped, at most 86400.")]
    if not _is_time(duration) or duration == 0:
        problems["duration"] = [_("Send the length of the film in seconds, at most 86400.")]
    if not _are_ranges(ranges):
        problems["ranges"] = [
            _("Send at most 500 pairs of seconds, each from the start to the end of what was played.")
        ]
    if problems:
        raise Invalid("invalid", _("Some fields need another value."), fields=problems)
    return round(position, 2), round(duration, 2), [[round(start, 2), round(end, 2)] for start, end in ranges]


def _is_time(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= LONGEST


def _are_ranges(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) > MOST_RANGES:
        return False
    return all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(map(_is_time, pair)) and pair[0] <= pair[1]
        for pair in value
    )
