"""Reads behind the pages that belong to no app: sent mail and operations."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Device, Invitation, User
from accounts.selectors.reasons import facts_with_reasons
from assessments.models import Attempt, Question
from core.events import all_events
from core.models import EventLog, OutgoingMail
from courses.models import Block, Course, Item

EVENTS_PER_PAGE = 50


def sent_mail() -> "QuerySet[OutgoingMail]":
    """Mail that this site wrote, the latest first, without the bodies."""
    return OutgoingMail.objects.defer("text", "html", "headers").order_by("-id")


@dataclass(frozen=True)
class Fact:
    """One fact of an event; ``object`` is what the filter takes to find all events about the same thing."""

    name: str
    value: Any
    object: str = ""


@dataclass(frozen=True)
class LoggedEvent:
    """``before`` and ``after`` where the event says what something was and has become."""

    id: int
    public_id: UUID
    at: datetime
    name: str
    actor: str
    # Who acted as the actor; empty for nearly all.
    impersonator: str
    course: str
    facts: list[Fact]
    before: Any
    after: Any
    address: str
    request_id: str


@dataclass(frozen=True)
class EventFilter:
    """Which entries of the event log. ``person`` acted, in their own name or as somebody else, or is whom it is about; ``object`` is ``name_id:number``, a public
    id, or a course's address; ``since`` and ``until`` are days in the reader's zone, both included."""

    name: str = ""
    person: str = ""
    object: str = ""
    request: str = ""
    since: date | None = None
    until: date | None = None


def found_events(wanted: EventFilter) -> "QuerySet[EventLog]":
    """The entries that the filter leaves, the latest first."""
    rows: QuerySet[EventLog] = EventLog.objects.order_by("-id")
    if wanted.name:
        rows = rows.filter(name=wanted.name)
    if wanted.request:
        rows = rows.filter(request_id=wanted.request)
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    if wanted.person:
        ids = _people(wanted.person)
        rows = rows.filter(Q(actor_id__in=ids) | Q(person_id__in=ids) | Q(impersonator_id__in=ids))
    if wanted.object:
        rows = rows.filter(_about(wanted.object))
    return rows


def recent_events(wanted: EventFilter | None = None, *, before: int | None = None) -> list[LoggedEvent]:
    """Up to ``EVENTS_PER_PAGE`` entries of the event log, the latest first, in few queries.

    ``before`` keeps those older than that entry (for the next page).
    """
    rows = found_events(wanted or EventFilter())
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return shown_events(list(rows[:EVENTS_PER_PAGE]))


def shown_events(entries: list[EventLog]) -> list[LoggedEvent]:
    """Entries with the names of people and courses and with reasons, in few queries."""
    mentioned = {pk for e in entries for pk in (e.actor_id, e.impersonator_id, e.person_id) if pk}
    known = User.objects.in_bulk(mentioned)
    people = _names(known)
    erased = {pk for pk, person in known.items() if person.erased_at}
    told = facts_with_reasons(entries, erased)
    courses = _names(Course.everything.in_bulk({e.course_id for e in entries if e.course_id}))
    return [
        LoggedEvent(
            id=entry.pk,
            public_id=entry.public_id,
            at=entry.at,
            name=entry.name,
            actor=people.get(entry.actor_id or 0, ""),
            impersonator=people.get(entry.impersonator_id or 0, ""),
            course=courses.get(entry.course_id or 0, ""),
            facts=[_fact(name, value) for name, value in told[entry.pk].items() if name not in _CHANGE],
            before=entry.body.get("before"),
            after=entry.body.get("after"),
            address=entry.address,
            request_id=entry.request_id,
        )
        for entry in entries
    ]


def _fact(name: str, value: Any) -> Fact:
    is_object = name.endswith("_id") and isinstance(value, int | str)
    return Fact(name, value, f"{name}:{value}" if is_object else "")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _people(text: str) -> list[int]:
    """Ids of those whose address, public id or part of the name is ``text``; at most a hundred."""
    found = Q(email__iexact=text) | Q(name__icontains=text)
    identity = _uuid(text)
    if identity:
        found = Q(public_id=identity)
    return list(User.objects.filter(found).order_by("pk").values_list("pk", flat=True)[:100])


def _about(text: str) -> Q:
    """What is kept for an object; nothing for one that is not known."""
    named = _OBJECT.fullmatch(text)
    if named:
        name, value = named.groups()
        number: int | str = int(value) if value.isdigit() and len(value) < _MOST_DIGITS else value
        return (
            Q(course_id=number) if name == "course_id" and isinstance(number, int) else Q(**{f"body__{name}": number})
        )
    identity = _uuid(text)
    if identity:
        for name, rows in _OBJECTS.items():
            pk = rows().filter(public_id=identity).values_list("pk", flat=True).first()
            if pk is not None:
                return Q(course_id=pk) if name == "course_id" else Q(**{f"body__{name}": pk})
    pk = Course.everything.filter(slug=text).values_list("pk", flat=True).first()
    return Q(course_id=pk) if pk is not None else Q(pk__in=())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_CHANGE = ("before", "after")
_OBJECT = re.compile(r"([a-z]{1,30}_id)[:=]([0-9A-Za-z-]{1,60})")
_MOST_DIGITS = 19
# Where a public id may come from, by the fact that names it.
_OBJECTS: dict[str, Callable[[], "QuerySet[Any]"]] = {
    "user_id": User.objects.all,
    "course_id": Course.everything.all,
    "item_id": Item._base_manager.all,
    "block_id": Block._base_manager.all,
    "question_id": Question._base_manager.all,
    "attempt_id": Attempt._base_manager.all,
    "invitation_id": Invitation.objects.all,
    "device_id": Device.objects.all,
    "key_id": ApiKey.objects.all,
}


def event_names() -> list[str]:
    """Names of all events that this version knows, for the filter."""
    return sorted(all_events())


def _names(rows: "dict[int, Any]") -> dict[int, str]:
    return {pk: str(row) for pk, row in rows.items()}


def newest(rows: Iterable[OutgoingMail]) -> str:
    """Marks the state of a list: changes when a mail comes or goes out."""
    first = next(iter(rows), None)
    return f"{first.pk}-{first.state}" if first else "0"
