"""What is due goes out: everything of one person on one channel together, in one transaction, unless it is no news any more."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation

from accounts.models import User
from core.mail import bouncing
from courses.models import Membership
from notifications.enums import Category, Channel, DeliveryState, Frequency, SkipReason
from notifications.kinds import KINDS
from notifications.models import Delivery, Mute, Notification, Timing
from notifications.selectors.shown import summary
from notifications.selectors.wishes import clock_of, frequencies
from notifications.services.letters import send_letter_about
from notifications.services.push import send_push
from notifications.timing import HOLD, quiet_until

logger = logging.getLogger("aumbry.notifications")
# People in one go, about a second; a job that is killed begins again with the rest.
AT_ONCE = 50
# What cannot be put into words is tried again this much later, so that it holds up nobody else.
_AGAIN_AFTER = timedelta(minutes=15)


def dispatch(now: datetime | None = None, *, most: int | None = None) -> int:
    """Hand over what is due by ``now``, to ``most`` people and a few more, or to all; returns to how many."""
    done = 0
    while most is None or done < most:
        moment = now or timezone.now()
        ids = list(
            Delivery.objects.due(moment).order_by("user_id").values_list("user_id", flat=True).distinct()[:AT_ONCE]
        )
        if not ids:
            return done
        handled = sum(_one_person_or_later(user_id, moment) for user_id in ids)
        if not handled:
            # Others are at it.
            return done
        done += handled
    return done


def _one_person_or_later(user_id: int, now: datetime) -> bool:
    try:
        return _one_person(user_id, now)
    except (OperationalError, InterfaceError):
        # The database is away: the job is run again.
        raise
    except Exception:
        logger.exception("what is due for person %s cannot go out", user_id)
        return bool(Delivery.objects.due(now).filter(user_id=user_id).update(due_at=now + _AGAIN_AFTER))


@transaction.atomic
def _one_person(user_id: int, now: datetime) -> bool:
    deliveries = _due(user_id, now)
    if not deliveries:
        return False
    user = User.objects.get(pk=user_id)
    clock = clock_of(user, Timing.objects.filter(user=user).first())
    if (end := quiet_until(now, clock)) is not None:
        Delivery.objects.filter(pk__in=[row.pk for row in deliveries]).update(due_at=end)
        return True
    wanted = _still_wanted(user, deliveries)
    with translation.override(user.language or translation.get_language()):
        for channel, hand_over in ((Channel.EMAIL, _mail), (Channel.PUSH, _push)):
            if of_channel := [row for row in wanted if row.channel == channel]:
                hand_over(user, of_channel, now)
    return True


def _due(user_id: int, now: datetime) -> list[Delivery]:
    """What is due to one person. A mail that goes out anyway takes along what would follow within minutes."""
    rows = Delivery.objects.due(now + HOLD).filter(user_id=user_id).select_related("notification").order_by("pk")
    locked = list(rows.select_for_update(of=("self",), skip_locked=True) if _can_skip() else rows)
    due = [row for row in locked if row.due_at and row.due_at <= now]
    is_mailed = any(row.channel == Channel.EMAIL for row in due)
    return [row for row in locked if row in due or (is_mailed and row.channel == Channel.EMAIL)]


def _can_skip() -> bool:
    return bool(connection.features.has_select_for_update_skip_locked)


def _still_wanted(user: User, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Those that are still news, and wanted; the others are marked with the reason."""
    chosen = frequencies(user)
    places = set(Membership.objects.active().filter(user=user).values_list("course_id", flat=True))
    mutes = set(Mute.objects.filter(user=user).values_list("course_id", "thread"))
    standing = _standing(deliveries)
    wanted = []
    for row in deliveries:
        told = row.notification
        reason = ""
        if not user.is_active or user.erased_at is not None:
            reason = SkipReason.CLOSED
        elif told.read_at is not None:
            reason = SkipReason.READ
        elif chosen[told.category, row.channel] == Frequency.OFF:
            reason = SkipReason.OFF
        elif told.category != Category.ACCOUNT and mutes & {(told.course_id, ""), (None, row.thread)}:
            reason = SkipReason.MUTED
        elif (kind := KINDS.get(row.kind)) and kind.for_members and told.course_id not in places:
            reason = SkipReason.GONE
        elif row.thread not in standing.get(row.kind, {row.thread}):
            reason = SkipReason.WITHDRAWN
        if reason:
            _skip([row], reason)
        else:
            wanted.append(row)
    return wanted


def _mail(user: User, deliveries: list[Delivery], now: datetime) -> None:
    if bouncing(user.email):
        _skip(deliveries, SkipReason.BOUNCES)
        return
    mail_id = send_letter_about(user, _news(deliveries, replaces=False))
    _handed(deliveries, now, mail_id=mail_id)


def _standing(deliveries: Sequence[Delivery]) -> dict[str, set[str]]:
    """By kind the threads whose thing is still there; only of kinds that can be taken back."""
    threads: dict[str, set[str]] = {}
    for row in deliveries:
        threads.setdefault(row.kind, set()).add(row.thread)
    kinds = {key: KINDS.get(key) for key in threads}
    return {key: kind.standing(threads[key]) for key, kind in kinds.items() if kind and kind.standing}


def _news(deliveries: Sequence[Delivery], *, replaces: bool) -> list[Notification]:
    """What is told of, each once. A group counts what was not told before on this channel; where the message ``replaces``
    an earlier one, it counts all that is unread in the app."""
    counts = Counter(row.notification_id for row in deliveries)
    rows = {row.notification_id: row.notification for row in deliveries}
    for pk, row in rows.items():
        if not (replaces and row.in_app):
            row.count = counts[pk]
    return list(rows.values())


def _push(user: User, deliveries: list[Delivery], now: datetime) -> None:
    said = summary(_news(deliveries, replaces=True))
    body = "" if any(KINDS[row.kind].is_private for row in deliveries if row.kind in KINDS) else said.about
    push_id = send_push(user_id=user.pk, title=said.title, body=body, url=said.url, tag=said.tag)
    if push_id is None:
        _skip(deliveries, SkipReason.NO_DEVICE)
        return
    _handed(deliveries, now, push_id=push_id)


def _skip(deliveries: Sequence[Delivery], reason: str) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in deliveries]).update(state=DeliveryState.SKIPPED, reason=reason)


def _handed(deliveries: Sequence[Delivery], now: datetime, **by: int | None) -> None:
    rows = Delivery.objects.filter(pk__in=[row.pk for row in deliveries])
    rows.update(state=DeliveryState.HANDED, handed_at=now, **by)
