"""How people want to be told: said by themselves."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Invalid
from courses.models import Course
from notifications.defaults import DEFAULTS, choices
from notifications.enums import Category, Channel, DeliveryState, Frequency, Weekday
from notifications.models import Delivery, Mute, Notification, Preference, Timing
from notifications.selectors.wishes import clock_of, frequencies, timing_of
from notifications.timing import due


@transaction.atomic
def set_frequencies(*, user: User, wanted: Mapping[tuple[str, str], str]) -> None:
    """Tell ``user`` of categories on channels as often as wanted; those not named stay. Raises ``Invalid``.

    What waits to be sent is planned anew.
    """
    for (category, channel), frequency in wanted.items():
        if (category, channel) not in DEFAULTS or frequency not in choices(category, channel):
            sentence = _("“%(frequency)s” cannot be chosen there.") % {"frequency": frequency}
            raise Invalid("invalid", sentence, fields={f"{category}.{channel}": [sentence]})
    User.objects.select_for_update().get(pk=user.pk)
    before = frequencies(user)
    for place, frequency in wanted.items():
        if before[place] == frequency:
            continue
        category, channel = place
        mine = Preference.objects.filter(user=user, category=category, channel=channel)
        if DEFAULTS[place] == frequency:
            mine.delete()
        else:
            mine.update_or_create(user=user, category=category, channel=channel, defaults={"frequency": frequency})
        _plan_anew(user, Channel(channel), Frequency(frequency), category=category)


@transaction.atomic
def set_timing(
    *, user: User, digest_at: time, digest_day: str, quiet_from: time | None, quiet_until: time | None
) -> Timing:
    """When digests come and when it is quiet, by the person's clock. Raises ``Invalid`` for half of the quiet hours."""
    if (quiet_from is None) != (quiet_until is None):
        sentence = _("Give both times, or neither.")
        raise Invalid("invalid", sentence, fields={"quiet_until" if quiet_from else "quiet_from": [sentence]})
    if digest_day not in Weekday.values:
        sentence = _("Choose a day of the week.")
        raise Invalid("invalid", sentence, fields={"digest_day": [sentence]})
    values = {
        "digest_at": digest_at,
        "digest_day": digest_day,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
    }
    timing, _created = Timing.objects.update_or_create(user=user, defaults=values)
    plan_anew(user=user)
    return timing


def plan_anew(*, user: User) -> None:
    """What waits to be sent comes when the person's wishes and clock of now say."""
    for (category, channel), frequency in frequencies(user).items():
        _plan_anew(user, Channel(channel), frequency, category=category)


@transaction.atomic
def set_wishes(*, user: User, wanted: Mapping[tuple[str, str], str], timing: Mapping[str, Any] | None = None) -> None:
    """All that somebody says at once, of frequencies and of times (as ``set_timing`` takes them; None leaves them), or
    nothing of it. Raises ``Invalid``."""
    if timing is not None:
        set_timing(user=user, **timing)
    set_frequencies(user=user, wanted=wanted)


@transaction.atomic
def end_mails(*, user_id: int, categories: tuple[str, ...]) -> dict[str, str]:
    """No more mail of these categories to the person, as a link in a mail asked for.

    Returns how often they came before, by category; nothing for those that were off, or if the person is no more.
    """
    user = User.objects.filter(pk=user_id, erased_at=None).first()
    if user is None:
        return {}
    chosen = frequencies(user)
    before = {one: str(chosen[one, Channel.EMAIL]) for one in categories if (one, Channel.EMAIL) in chosen}
    set_frequencies(user=user, wanted={(one, Channel.EMAIL): Frequency.OFF for one in before})
    return {one: frequency for one, frequency in before.items() if frequency != Frequency.OFF}


def resume_mails(*, user_id: int, categories: tuple[str, ...], before: Mapping[str, str]) -> None:
    """Take ``end_mails`` back: as often as ``before`` says by category, else as by default."""
    user = User.objects.filter(pk=user_id, erased_at=None).first()
    if user is None:
        return
    wanted = {}
    for one in categories:
        frequency = before.get(one, "")
        is_known = frequency in Frequency.values and frequency != Frequency.OFF
        wanted[one, str(Channel.EMAIL)] = frequency if is_known else str(DEFAULTS[Category(one), Channel.EMAIL])
    set_frequencies(user=user, wanted=wanted)


@transaction.atomic
def mute(*, user: User, course: Course | None = None, thread: str = "", title: str = "") -> Mute:
    """Tell ``user`` nothing more of a course, or of one thread; done again it changes nothing."""
    of: dict[str, Any] = {"user": user, "course": course, "thread": "" if course else thread}
    try:
        with transaction.atomic():
            return Mute.objects.get_or_create(**of, defaults={"title": title[:200]})[0]
    except IntegrityError:
        return Mute.objects.get(**of)


def unmute(*, user: User, muted: Mute) -> None:
    """Tell the person of it again."""
    Mute.objects.filter(pk=muted.pk, user=user).delete()


def mute_from(*, user: User, notification: Notification, what: str) -> Mute:
    """Mute the course or the thread that a notification is about. Raises ``Invalid`` if it is about none."""
    if what == "course" and notification.course_id is not None:
        return mute(user=user, course=notification.course)
    if what == "thread" and notification.thread and not notification.thread.startswith("course."):
        title = str(notification.data.get("lesson") or notification.data.get("title") or notification.thread)
        return mute(user=user, thread=notification.thread, title=title)
    raise Invalid("nothing_to_mute", _("This notification is about nothing that can be muted."))


def _plan_anew(user: User, channel: Channel, frequency: Frequency, *, category: str) -> None:
    if channel == Channel.BELL or frequency == Frequency.OFF:
        # Sending looks whether it is wanted.
        return
    now = timezone.now()
    # What is due already goes out in the next minute, not a day later.
    waiting = Delivery.objects.filter(
        user=user, channel=channel, state=DeliveryState.WAITING, due_at__gt=now, notification__category=category
    )
    waiting.update(due_at=due(channel, frequency, now, clock_of(user, timing_of(user))))
