"""Reads behind the pages that belong to no app: sent mail and operations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from core.events import all_events
from core.models import EventLog, OutgoingMail
from courses.models import Course

EVENTS_PER_PAGE = 50


def sent_mail() -> "QuerySet[OutgoingMail]":
    """Mail that this site wrote, the latest first, without the bodies."""
    return OutgoingMail.objects.defer("text", "html", "headers").order_by("-id")


@dataclass(frozen=True)
class LoggedEvent:
    id: int
    at: datetime
    name: str
    actor: str
    course: str
    body: dict[str, Any]
    request_id: str


def recent_events(*, name: str = "", before: int | None = None) -> list[LoggedEvent]:
    """Up to ``EVENTS_PER_PAGE`` entries of the event log, the latest first, in three queries.

    ``name`` keeps one kind of event, ``before`` those older than that entry (for the next page).
    """
    rows = EventLog.objects.order_by("-id")
    if name:
        rows = rows.filter(name=name)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    entries = list(rows[:EVENTS_PER_PAGE])
    people = _names(User.objects.in_bulk({e.actor_id for e in entries if e.actor_id}))
    courses = _names(Course.everything.in_bulk({e.course_id for e in entries if e.course_id}))
    return [
        LoggedEvent(
            id=entry.pk,
            at=entry.at,
            name=entry.name,
            actor=people.get(entry.actor_id or 0, ""),
            course=courses.get(entry.course_id or 0, ""),
            body=entry.body,
            request_id=entry.request_id,
        )
        for entry in entries
    ]


def event_names() -> list[str]:
    """Names of all events that this version knows, for the filter."""
    return sorted(all_events())


def _names(rows: "dict[int, Any]") -> dict[int, str]:
    return {pk: str(row) for pk, row in rows.items()}


def newest(rows: Iterable[OutgoingMail]) -> str:
    """Marks the state of a list: changes when a mail comes or goes out."""
    first = next(iter(rows), None)
    return f"{first.pk}-{first.state}" if first else "0"
