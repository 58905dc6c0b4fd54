"""How far people are. ``settle`` is the one place that decides whether an item is finished."""

import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import Actor, authorize
from core.context import current_impersonator
from core.errors import Conflict, Invalid
from core.events import publish
from core.slots import BLOCK_KINDS
from courses.enums import CourseState, ProgressState
from courses.events import ItemCompleted
from courses.models import Course, Item, ItemProgress
from courses.roles import Capability
from courses.rules import can
from courses.selectors.lesson import pages_seen, section_of_place

logger = logging.getLogger("aumbry.progress")

SEEN_AGAIN = timedelta(minutes=5)
UNKNOWN: Final = object()
_PLACE = re.compile(r"[\w.:-]{0,64}", re.ASCII)
_SECTION_PLACE = 38
# As many bits as fit behind a section in the 64 characters of a place.
_MOST_PAGES = 100
_BATCH = 500


@transaction.atomic
def mark_end(*, actor: Actor, item: Item, now: datetime | None = None) -> ItemProgress:
    """The student says that they reached the end; finishes the item if that was all it asked for.

    Marking twice is marking once. Raises ``Conflict`` ``item_not_open`` for an unpublished item.
    """
    user = _student(actor, item)
    moment = now or timezone.now()
    row = _locked_row(user, item, moment)
    if row.ended_at is None:
        row.ended_at = moment
        row.share = 100
        row.save(update_fields=["ended_at", "share"])
    return _settle_row(row, item, moment)


@transaction.atomic
def unmark(*, actor: Actor, item: Item) -> ItemProgress | None:
    """Take the mark at the end back; None if the student never opened the item.

    An item that asks for nothing but the mark is then in progress again; what is finished by other
    means stays finished.
    """
    user = _student(actor, item)
    row = ItemProgress.objects.select_for_update().filter(user=user, item=item).first()
    if row is None or (row.ended_at is None and row.state != ProgressState.DONE):
        return row
    row.ended_at = None
    if not _requirements_hold(row, item):
        row.state, row.done_at = ProgressState.STARTED, None
    row.save(update_fields=["ended_at", "state", "done_at"])
    return row


@transaction.atomic
def save_place(*, actor: Actor, item: Item, place: str, share: int, now: datetime | None = None) -> ItemProgress:
    """Remember where the reader stopped: ``place`` is the id of a part of the page, ``share`` whole percent.

    The share only grows: looking something up at the top does not undo what was read.
    """
    user = _student(actor, item)
    problems: dict[str, list[str]] = {}
    if not isinstance(place, str) or not _PLACE.fullmatch(place):
        problems["place"] = [_("Send the id of a part of the page, at most 64 characters.")]
    if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= 100:
        problems["share"] = [_("Send a whole number from 0 to 100.")]
    if problems:
        raise Invalid("invalid", _("Some fields need another value."), fields=problems)
    moment = now or timezone.now()
    row = _locked_row(user, item, moment)
    pages = pages_seen(row.place)
    row.place = f"{place}:{pages:x}" if pages and section_of_place(place) and len(place) == _SECTION_PLACE else place
    row.share, row.seen_at = max(row.share, share), moment
    row.save(update_fields=["place", "share", "seen_at"])
    # Without a mark to wait for, having opened the item may be all that it asks for.
    return row if item.needs_end else _settle_row(row, item, moment)


def note_visit(*, user: Any, item: Item, known: Any = UNKNOWN, now: datetime | None = None) -> None:
    """Remember that a student opened the item: one write at most in five minutes, none for other readers.

    ``known`` is the student's progress row (or None) if the caller has read it already; then a visit
    within five minutes costs no query. A database that cannot be written to never breaks the page.
    """
    if current_impersonator() is not None or not can(user, Capability.LEARN, item.course_id):
        # Somebody else looking is no visit of the student's.
        return
    if not item.is_published or item.course.state != CourseState.PUBLISHED:
        return
    moment = now or timezone.now()
    try:
        row = ItemProgress.objects.filter(user=user, item=item).first() if known is UNKNOWN else known
        if row is not None and moment - row.seen_at < SEEN_AGAIN:
            return
        with transaction.atomic():
            if row is None:
                row = _locked_row(user, item, moment)
                if not item.needs_end:
                    _settle_row(row, item, moment)
            else:
                ItemProgress.objects.filter(pk=row.pk, seen_at=row.seen_at).update(seen_at=moment)
    except DatabaseError:
        logger.warning("visit not noted", extra={"item": item.pk, "user": user.pk}, exc_info=True)


def turn_page(*, user: Any, item: Item, section: UUID, number: int, count: int, now: datetime | None = None) -> None:
    """Remember that a student opened page ``number`` (from 1) of the ``count`` pages of a lesson: its place and share.

    The place names the section, and behind a colon, as a hexadecimal number, the pages opened so far, the first one in
    the lowest bit. A database that cannot be written to never breaks the page.
    """
    if current_impersonator() is not None:
        return
    if not can(user, Capability.LEARN, item.course_id) or item.course.state != CourseState.PUBLISHED:
        return
    moment = now or timezone.now()
    try:
        with transaction.atomic():
            row = _locked_row(user, item, moment)
            pages = pages_seen(row.place) | (1 << min(number - 1, _MOST_PAGES - 1))
            row.place, row.seen_at = f"s-{section}:{pages:x}", moment
            row.share = max(row.share, min(pages.bit_count() * 100 // max(count, 1), 100))
            row.save(update_fields=["place", "share", "seen_at"])
            if not item.needs_end:
                _settle_row(row, item, moment)
    except DatabaseError:
        logger.warning("page not noted", extra={"item": item.pk, "user": user.pk}, exc_info=True)


@transaction.atomic
def settle(*, user: User, item: Item, now: datetime | None = None) -> ItemProgress:
    """Decide from the facts whether ``user`` has finished ``item``, and say so once.

    Finished means that every requirement of the item holds: the end is marked (``needs_end``), no question
    is open (``needs_answers``); without requirements, opening it is enough. What is finished stays
    finished, also when a teacher asks for more later, until the student takes the mark back.
    Called after each fact, in its transaction, by whoever recorded it; asks for no permission.
    """
    moment = now or timezone.now()
    return _settle_row(_locked_row(user, item, moment), item, moment)


@transaction.atomic
def recompute(*, course: Course, item: Item | None = None) -> int:
    """Settle every open progress row of the course (or of one item) anew; returns how many became finished.

    Gives what ``settle`` gave at the time, so running it on sound data changes nothing.
    """
    rows = ItemProgress.objects.select_for_update().filter(course=course, state=ProgressState.STARTED)
    if item is not None:
        rows = rows.filter(item=item)
    items = {found.pk: found for found in Item.everything.filter(course=course)}
    finished = 0
    batch: list[ItemProgress] = []
    for row in rows.order_by("pk").iterator(chunk_size=_BATCH):
        batch.append(row)
        if len(batch) == _BATCH:
            finished += _settle_batch(batch, items)
            batch = []
    return finished + _settle_batch(batch, items)


def _student(actor: Actor, item: Item) -> User:
    authorize(actor, "courses.learn", item)
    if not isinstance(actor, User):
        raise Conflict("not_a_person", _("Only a person can learn."))
    if not item.is_published or item.deleted_at is not None:
        raise Conflict("item_not_open", _("This lesson is not published at the moment. Nothing was changed."))
    return actor


def _locked_row(user: User, item: Item, moment: datetime) -> ItemProgress:
    row, _created = ItemProgress.objects.select_for_update().get_or_create(
        user=user,
        item=item,
        defaults={"course_id": item.course_id, "started_at": moment, "seen_at": moment},
    )
    return row


def _settle_row(row: ItemProgress, item: Item, moment: datetime) -> ItemProgress:
    if row.state != ProgressState.DONE and _requirements_hold(row, item):
        _finish(row, moment)
    return row


def _requirements_hold(row: ItemProgress, item: Item) -> bool:
    if item.needs_end and row.ended_at is None:
        return False
    return not (item.needs_answers and _open_work([item.pk], [row.user_id]))


def _open_work(item_ids: Iterable[int], user_ids: Iterable[int]) -> set[tuple[int, int]]:
    items, users = list(item_ids), list(user_ids)
    found: set[tuple[int, int]] = set()
    for kind in BLOCK_KINDS:
        found |= kind.open_work(items, users)
    return found


def _settle_batch(rows: list[ItemProgress], items: dict[int, Item]) -> int:
    rows = [row for row in rows if not (items[row.item_id].needs_end and row.ended_at is None)]
    asked = [row for row in rows if items[row.item_id].needs_answers]
    still_open = _open_work({row.item_id for row in asked}, {row.user_id for row in asked}) if asked else set()
    finished = 0
    for row in rows:
        if items[row.item_id].needs_answers and (row.user_id, row.item_id) in still_open:
            continue
        _finish(row, row.ended_at or timezone.now())
        finished += 1
    return finished


def _finish(row: ItemProgress, moment: datetime) -> None:
    row.state, row.done_at = ProgressState.DONE, moment
    row.save(update_fields=["state", "done_at"])
    publish(ItemCompleted(actor_id=row.user_id, course_id=row.course_id, item_id=row.item_id, user_id=row.user_id))
