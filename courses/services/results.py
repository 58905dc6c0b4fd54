"""What counts for a person at each place of a course. Whoever scores says so here; lists and sums read it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.authz import Actor
from core.events import publish
from courses.events import ResultChanged
from courses.models import Block, Result


@transaction.atomic
def record(
    *,
    actor: Actor,
    user: User,
    block: Block,
    points: Decimal,
    max_points: Decimal,
    tries: int,
    now: datetime | None = None,
) -> Result:
    """Let ``points`` of ``max_points`` count for ``user`` at ``block``; ``actor`` is who scored or answered.

    The caller has authorised, scored, and chosen which of several tries counts; it calls this in the transaction in
    which it stores the try. The same again changes nothing but the time; other figures are told to the event log, with
    those of before.
    """
    item = block.section.item
    known = Result.objects.select_for_update().filter(user=user, block=block).first()
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
    before = _figure(known.points, known.max_points) if known else None
    after = _figure(points, max_points)
    if before != after:
        publish(
            ResultChanged(
                actor_id=actor.pk,
                course_id=item.course_id,
                item_id=item.pk,
                block_id=block.pk,
                user_id=user.pk,
                before=before,
                after=after,
            )
        )
    return row


def _figure(points: Decimal, most: Decimal) -> str:
    """Points as the log has them: ``2.5/4``, whatever the language."""
    return "/".join(f"{value.normalize():f}" for value in (points, most))
