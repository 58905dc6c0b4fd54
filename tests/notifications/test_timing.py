"""Times of day on people's own walls."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from notifications.enums import Channel, Frequency
from notifications.timing import HOLD, Clock, due, next_digest, quiet_until

LONDON, TOKYO, NEW_YORK = (ZoneInfo(name) for name in ("Europe/London", "Asia/Tokyo", "America/New_York"))


def clock(zone=LONDON, digest="07:30", day=0, quiet=None) -> Clock:
    begin, end = (time.fromisoformat(text) for text in quiet) if quiet else (None, None)
    return Clock(zone, time.fromisoformat(digest), day, begin, end)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("now", "zone", "wanted"),
    [
        ("2026-01-14T07:29", LONDON, "2026-01-14T07:30"),
        ("2026-01-14T07:30", LONDON, "2026-01-15T07:30"),
        ("2026-01-14T12:00", TOKYO, "2026-01-14T22:30"),
        ("2026-01-14T23:00", TOKYO, "2026-01-15T22:30"),
        ("2026-01-14T12:00", NEW_YORK, "2026-01-14T12:30"),
        # The night in which the clock goes forward, and the one in which it goes back.
        ("2026-03-28T12:00", LONDON, "2026-03-29T06:30"),
        ("2026-10-24T12:00", LONDON, "2026-10-25T07:30"),
    ],
)
def test_a_daily_digest_comes_when_the_persons_clock_shows_its_time(now, zone, wanted):
    assert next_digest(at(now), clock(zone), weekly=False) == at(wanted)


def test_a_time_that_the_clock_leaves_out_comes_an_hour_later():
    assert next_digest(at("2026-03-28T12:00"), clock(digest="01:30"), weekly=False) == at("2026-03-29T01:30")


def test_a_time_that_the_clock_shows_twice_comes_once():
    now = at("2026-10-24T12:00")
    first = next_digest(now, clock(digest="01:30"), weekly=False)
    assert (first, next_digest(first, clock(digest="01:30"), weekly=False)) == (
        at("2026-10-25T00:30"),
        at("2026-10-26T01:30"),
    )


@pytest.mark.parametrize(
    ("now", "day", "wanted"),
    [
        ("2026-01-14T12:00", 0, "2026-01-19T07:30"),
        ("2026-01-14T12:00", 2, "2026-01-21T07:30"),
        ("2026-01-14T06:00", 2, "2026-01-14T07:30"),
    ],
)
def test_a_weekly_digest_comes_on_its_day(now, day, wanted):
    assert next_digest(at(now), clock(day=day), weekly=True) == at(wanted)


@pytest.mark.parametrize(
    ("now", "quiet", "wanted"),
    [
        ("2026-01-14T12:00", ("22:00", "07:00"), None),
        ("2026-01-14T22:00", ("22:00", "07:00"), "2026-01-15T07:00"),
        ("2026-01-14T03:00", ("22:00", "07:00"), "2026-01-14T07:00"),
        ("2026-01-14T07:00", ("22:00", "07:00"), None),
        ("2026-01-14T13:00", ("12:00", "14:00"), "2026-01-14T14:00"),
        ("2026-01-14T14:00", ("12:00", "14:00"), None),
        ("2026-01-14T12:00", ("12:00", "12:00"), None),
        # The night is an hour shorter.
        ("2026-03-28T23:00", ("22:00", "07:00"), "2026-03-29T06:00"),
    ],
)
def test_quiet_hours(now, quiet, wanted):
    assert quiet_until(at(now), clock(quiet=quiet)) == (at(wanted) if wanted else None)


def test_without_quiet_hours_it_is_never_quiet():
    assert quiet_until(at("2026-01-14T03:00"), clock()) is None


def test_now_waits_a_moment_by_mail_and_not_by_push():
    now = at("2026-01-14T12:00")
    assert due(Channel.EMAIL, Frequency.NOW, now, clock()) == now + HOLD
    assert due(Channel.PUSH, Frequency.NOW, now, clock()) == now
    assert due(Channel.PUSH, Frequency.DAILY, now, clock()) == at("2026-01-15T07:30")
