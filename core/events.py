"""Publish facts, subscribe to them.

An event is a frozen dataclass of ids and plain values. Publishing writes one ``EventLog`` row and
one job per subscriber in the caller's transaction; each subscriber then runs once, in a worker.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, TypeVar

from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from core.authz import refuse_if_only_looking
from core.context import current_address, current_impersonator, current_request_id
from core.models import Effect, EventLog
from core.tasks import enqueue


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. ``actor_id`` is empty when the system acted by itself."""

    schema_version: ClassVar[int] = 1
    audience: ClassVar[str] = ""
    # A fact about reading, such as a download; it is noted also while somebody may only look.
    of_reading: ClassVar[bool] = False

    actor_id: int | None


E = TypeVar("E", bound=Event)
Subscriber = Callable[[E], None]

_is_history: ContextVar[bool] = ContextVar("is_history", default=False)
_delivered: ContextVar[int] = ContextVar("delivered_event")
_events: dict[str, type[Event]] = {}
_subscribers: dict[str, list[str]] = {}
_beside: dict[str, list[Callable[[Sequence[Any]], None]]] = {}


def event(cls: type[E]) -> type[E]:
    """Register an event class under ``app.Name``."""
    name = event_name(cls)
    _events[name] = cls
    return cls


def event_name(cls: type[Event]) -> str:
    return f"{cls.__module__.split('.')[0]}.{cls.__name__}"


def all_events() -> dict[str, type[Event]]:
    return dict(_events)


def subscribe(cls: type[E]) -> Callable[[Subscriber[E]], Subscriber[E]]:
    """Run the decorated function once for each published event of this class."""

    def register(function: Subscriber[E]) -> Subscriber[E]:
        path = f"{function.__module__}.{function.__qualname__}"
        paths = _subscribers.setdefault(event_name(cls), [])
        if path not in paths:
            paths.append(path)
        return function

    return register


def beside(cls: type[E], function: Callable[[Sequence[Any]], None]) -> None:
    """Have ``function`` called with the events of this class that are published together, in their transaction: for hints
    that belong to the change. Whatever may fail or takes time subscribes."""
    _beside.setdefault(event_name(cls), []).append(function)


@contextmanager
def as_history() -> Iterator[None]:
    """What is published meanwhile happened long ago, elsewhere: it is written into the log, and nobody is told of it."""
    token = _is_history.set(True)
    try:
        yield
    finally:
        _is_history.reset(token)


def publish(fact: Event) -> EventLog:
    """Write the fact and queue its deliveries; nothing leaves if the transaction rolls back."""
    entry = _entry(fact)
    entry.save(force_insert=True)
    if _is_history.get():
        return entry
    for path in _subscribers.get(entry.name, ()):
        enqueue("core.tasks.deliver_event", event_id=entry.pk, subscriber=path)
    for function in _beside.get(entry.name, ()):
        function([fact])
    return entry


def publish_many(facts: Sequence[Event]) -> None:
    """As ``publish`` for each, in one statement: for what happens to hundreds at once."""
    entries = EventLog.objects.bulk_create([_entry(fact) for fact in facts], batch_size=500)
    if _is_history.get():
        return
    for entry in entries:
        for path in _subscribers.get(entry.name, ()):
            enqueue("core.tasks.deliver_event", event_id=entry.pk, subscriber=path)
    for cls in {type(fact) for fact in facts}:
        for function in _beside.get(event_name(cls), ()):
            function([fact for fact in facts if type(fact) is cls])


def _entry(fact: Event) -> EventLog:
    if not fact.of_reading:
        refuse_if_only_looking()
    body = dataclasses.asdict(fact)
    actor_id = body.pop("actor_id")
    return EventLog(
        name=event_name(type(fact)),
        schema_version=fact.schema_version,
        actor_id=actor_id,
        impersonator_id=current_impersonator(),
        course_id=body.get("course_id"),
        person_id=body.get("user_id"),
        body=body,
        request_id=current_request_id(),
        address=current_address(),
    )


def deliver(event_id: int, subscriber: str) -> None:
    """Run one subscriber for one event, exactly once, in one transaction with its effects.

    An event whose class or subscriber was removed by an upgrade is passed over.
    """
    entry = EventLog.objects.get(pk=event_id)
    cls = _events.get(entry.name)
    if cls is None or subscriber not in _subscribers.get(entry.name, ()):
        return
    function: Callable[[Any], None] = import_string(subscriber)
    with transaction.atomic():
        if not claim_effect(f"event:{event_id}:{subscriber}"):
            return
        token = _delivered.set(event_id)
        try:
            function(_load(cls, entry))
        finally:
            _delivered.reset(token)


def delivered_event() -> int:
    """The number of the log's entry whose subscriber is running. Raises ``LookupError`` outside of one."""
    return _delivered.get()


def stored_event(event_id: int) -> Event | None:
    """The event of an entry of the log; None for one that an upgrade has removed."""
    entry = EventLog.objects.filter(pk=event_id).first()
    cls = _events.get(entry.name) if entry else None
    return _load(cls, entry) if cls and entry else None


def claim_effect(key: str) -> bool:
    """Take the right to an effect, inside the transaction that has the effect; false if it is taken."""
    try:
        with transaction.atomic():
            Effect.objects.create(key=key)
    except IntegrityError:
        return False
    return True


def _load(cls: type[Event], entry: EventLog) -> Event:
    known = {field.name for field in dataclasses.fields(cls)}
    return cls(actor_id=entry.actor_id, **{k: v for k, v in entry.body.items() if k in known})
