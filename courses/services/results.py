"""What counts for a person at each place of a course. Whoever scores says so here; lists and sums read it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.models import Block, Result


@transaction.atomic
def record(
    *, user: User, block: Block, points: Decimal, max_points: Decimal, tries: int, now: datetime | None = None
) -> Result:
    """Let ``points`` of ``max_points`` count for ``user`` at ``block``.

    The caller has authorised, scored, and chosen which of several tries counts; it calls this in the transaction in
    which it stores the try. The same again changes nothing but the time.
    """
    item = block.section.item
    row, _created = Result.objects.update_or_create(
        user=user,
        block=block,
        defaults={
            "course_id": item.course_id,
            "item": item,
            "points": points,
            "max_points": max_points,
            "tries": tries,
            "scored_at": now or timezone.now(),
        },
    )
    return row
