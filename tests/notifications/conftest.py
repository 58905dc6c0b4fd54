"""A day on which people are told things."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from core.models import OutgoingMail
from core.worker import Worker
from notifications.models import Delivery, Notification
from notifications.selectors.shown import words_of
from notifications.services.dispatch import dispatch

Later = Callable[..., None]


@pytest.fixture(autouse=True)
def _mail_as_rows(settings):
    # The test runner puts a backend of its own in place of the site's.
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"


@pytest.fixture
def clock():
    """Wednesday noon in London, in winter; the test moves it."""
    with time_machine.travel(datetime.fromisoformat("2026-01-14T12:00:00+00:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def later(clock) -> Later:
    """Time goes by, and what is due by then goes out, minute by minute where that matters."""

    def go(**by: float) -> None:
        clock.shift(timedelta(**by))
        dispatch(timezone.now())

    return go


def told(user: User) -> list[str]:
    """What stands in the app, the latest first."""
    return [words_of(row).title for row in Notification.objects.shown().filter(user=user)]


def mails(user: User) -> list[str]:
    return [mail.subject for mail in OutgoingMail.objects.order_by("pk") if mail.recipients == [user.email]]


def outcomes(user: User, channel: str = "email") -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(user=user, channel=channel).order_by("pk")
    return list(rows.values_list("state", "reason"))


def drain() -> None:
    """What waits in line is done, as a worker does it."""
    Worker(name="test").drain()
