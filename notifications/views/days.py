"""Notifications under the days they came on."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.selectors.shown import Shown


def by_day(rows: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
    """The rows in their order, under a heading for each day of the reader's calendar."""
    today = timezone.localdate()
    days: dict[str, list[Shown]] = {}
    for one in rows:
        day = timezone.localdate(one.row.at)
        if day == today:
            heading = _("Today")
        elif day == today - timedelta(days=1):
            heading = _("Yesterday")
        else:
            heading = date_format(day, "l, j F Y" if day.year != today.year else "l, j F")
        days.setdefault(heading, []).append(one)
    return list(days.items())
