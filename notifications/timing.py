"""When somebody is told: digests and quiet hours by the clock on their wall. Moments go in and come out with their zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.enums import Channel, Frequency

# A mail that is sent "now" waits this long: what is read in the app meanwhile is not mailed, and what else comes is in the
# same mail.
HOLD = timedelta(minutes=2)
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Clock:
    """A person's zone and wishes; without quiet hours both are None."""

    zone: ZoneInfo
    digest_at: time
    digest_day: int
    quiet_from: time | None = None
    quiet_until: time | None = None


def due(channel: Channel, frequency: Frequency, now: datetime, clock: Clock) -> datetime:
    """When something that happened ``now`` is told on ``channel``."""
    if frequency == Frequency.DAILY:
        return next_digest(now, clock, weekly=False)
    if frequency == Frequency.WEEKLY:
        return next_digest(now, clock, weekly=True)
    return now + HOLD if channel == Channel.EMAIL else now


def next_digest(now: datetime, clock: Clock, *, weekly: bool) -> datetime:
    """The next time after ``now`` that the person's clock shows the time of their digest (on their day, if weekly)."""
    return next(
        moment
        for moment in _each_day(now, clock.digest_at, clock.zone)
        if moment > now and (not weekly or moment.astimezone(clock.zone).weekday() == clock.digest_day)
    )


def quiet_until(now: datetime, clock: Clock) -> datetime | None:
    """When the quiet hours end that ``now`` lies in; None outside of them. They may go over midnight."""
    begin, end = clock.quiet_from, clock.quiet_until
    if begin is None or end is None or begin == end:
        return None
    shown = now.astimezone(clock.zone).time()
    is_quiet = begin <= shown < end if begin < end else shown >= begin or shown < end
    if not is_quiet:
        return None
    return next(moment for moment in _each_day(now, end, clock.zone) if moment > now)


def _each_day(now: datetime, at: time, zone: ZoneInfo) -> Iterator[datetime]:
    """That time of day, from the day before ``now`` on. A time that a change of the clock leaves out comes an hour later."""
    day = now.astimezone(zone).date() - timedelta(days=1)
    for number in range(10):
        moment = datetime.combine(day + timedelta(days=number), at, tzinfo=zone)
        yield moment.astimezone(_UTC)
