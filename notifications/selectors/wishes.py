"""How people want to be told, for many at once and for one."""

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from notifications.defaults import DEFAULTS
from notifications.enums import Category, Channel, Frequency
from notifications.models import Mute, Preference, Timing
from notifications.timing import Clock


def wishes(user_ids: Iterable[int], category: str) -> dict[tuple[int, str], Frequency]:
    """How often each of these people is told of the category, by person and channel; only where it is not the default."""
    rows = Preference.objects.filter(user_id__in=list(user_ids), category=category)
    return {
        (user_id, channel): Frequency(value)
        for user_id, channel, value in rows.values_list("user_id", "channel", "frequency")
    }


def frequencies(user: User) -> dict[tuple[str, str], Frequency]:
    """How often one person is told, by category and channel: all of them."""
    rows = Preference.objects.filter(user=user).values_list("category", "channel", "frequency")
    known = set(DEFAULTS)
    return DEFAULTS | {
        (category, channel): Frequency(value) for category, channel, value in rows if (category, channel) in known
    }


def clocks(users: Iterable[User]) -> dict[int, Clock]:
    """When digests come and when it is quiet, by person."""
    people = {user.pk: user for user in users}
    timings = {row.user_id: row for row in Timing.objects.filter(user_id__in=people)}
    return {pk: clock_of(user, timings.get(pk)) for pk, user in people.items()}


def clock_of(user: User, timing: Timing | None) -> Clock:
    """A person's clock; without a row of theirs as everybody's."""
    row = timing or Timing()
    return Clock(user.zone, row.digest_at, int(row.digest_day), row.quiet_from, row.quiet_until)


def timing_of(user: User) -> Timing:
    """The person's own row, or one that is not stored."""
    return Timing.objects.filter(user=user).first() or Timing(user=user)


def muted(user_ids: Iterable[int], *, thread: str, course_id: int | None) -> set[int]:
    """Those of these people who want to hear nothing of the thread or the course."""
    rows = Mute.objects.filter(user_id__in=list(user_ids))
    of_course = rows.filter(course_id=course_id, thread="") if course_id else rows.none()
    of_thread = rows.filter(thread=thread, course=None) if thread else rows.none()
    return set(of_course.values_list("user_id", flat=True)) | set(of_thread.values_list("user_id", flat=True))


def mutes(user: User) -> list[Mute]:
    """What the person has muted, the latest first."""
    return list(Mute.objects.filter(user=user).select_related("course"))


def matrix(user: User) -> list[dict[str, Any]]:
    """The preferences as a table: a row for each category that can concern the person, a cell for each channel."""
    chosen = frequencies(user)
    shown = [one for one in Category if one != Category.SITE or user.is_superuser]
    return [
        {"category": category, "cells": [(channel, chosen[category, channel]) for channel in Channel]}
        for category in shown
    ]
