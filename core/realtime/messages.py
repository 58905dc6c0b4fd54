"""What is said about topics: written with the change it speaks of, read by the hub of each web process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from core.models import Topic, TopicMessage
from core.realtime.hints import send_hint, send_hints

# Of one topic at a time; who is further behind asks again.
MOST = 500
_LARGEST_BODY = 16
# SQLite takes no condition of a thousand parts.
_TOPICS_AT_ONCE = 100
_NAMES_AT_ONCE = 500


@dataclass(frozen=True)
class Said:
    """One message; ``seq`` counts within its topic, from 1 on without gaps."""

    topic: str
    seq: int
    at: datetime
    body: Mapping[str, Any]

    def frame_item(self) -> dict[str, Any]:
        return {"seq": self.seq, "at": self.at.isoformat(), "body": dict(self.body)}


@dataclass(frozen=True)
class Missed:
    """What somebody has not heard yet. ``is_complete`` is false when some of it is forgotten: only a reload helps."""

    last_seq: int
    items: list[Said]
    more: bool
    is_complete: bool


def announce(topic: str, body: Mapping[str, Any]) -> int:
    """Say that something about ``topic`` has changed, in the caller's transaction; returns the message's number.

    ``body`` is a hint of plain values (what changed, not its content), unless the topic is one of texts and states.
    It reaches the sockets once the transaction is committed, and not at all if it is rolled back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("announce belongs into the transaction of the change that it speaks of")
    if len(body) > _LARGEST_BODY:
        raise ValueError("a hint has a few plain values")
    row = _locked(topic)
    row.last_seq += 1
    row.save(update_fields=["last_seq"])
    TopicMessage.objects.create(topic=row, seq=row.last_seq, at=timezone.now(), body=dict(body))
    transaction.on_commit(lambda: send_hint(topic))
    return row.last_seq


def announce_many(topics: Iterable[str], body: Mapping[str, Any]) -> None:
    """As ``announce`` for each of many topics, in few statements; for what concerns hundreds at once."""
    if not connection.in_atomic_block:
        raise RuntimeError("announce belongs into the transaction of the change that it speaks of")
    # In one order everywhere, so that two who lock the same rows never wait for each other.
    names = sorted(set(topics))
    for first in range(0, len(names), _NAMES_AT_ONCE):
        _announce_some(names[first : first + _NAMES_AT_ONCE], body)
    transaction.on_commit(lambda: send_hints(names))


def _announce_some(names: list[str], body: Mapping[str, Any]) -> None:
    Topic.objects.bulk_create([Topic(name=name) for name in names], ignore_conflicts=True)
    rows = list(Topic.objects.select_for_update().filter(name__in=names).order_by("name"))
    Topic.objects.filter(pk__in=[row.pk for row in rows]).update(last_seq=F("last_seq") + 1)
    now = timezone.now()
    TopicMessage.objects.bulk_create(
        [TopicMessage(topic=row, seq=row.last_seq + 1, at=now, body=dict(body)) for row in rows]
    )


def announce_row(kind: str, row: Any) -> int:
    """As ``announce``, for a row that has a topic of its own: ``kind`` is what its app has registered."""
    return announce(f"{kind}.{row.public_id}", {"changed": kind})


def missed(topic: str, since: int | None, up_to: int) -> Missed:
    """What was said after number ``since`` and up to ``up_to``, at most ``MOST``; nothing for None."""
    if since is None or since >= up_to:
        # A number that was never given comes from another life of this database.
        known = since is None or since <= last_numbers([topic]).get(topic, 0)
        return Missed(up_to, [], more=False, is_complete=known)
    rows = TopicMessage.objects.filter(topic__name=topic, seq__gt=since, seq__lte=up_to).order_by("seq")
    items = [Said(topic, *values) for values in rows.values_list("seq", "at", "body")[: MOST + 1]]
    is_complete = bool(items) and items[0].seq == since + 1
    return Missed(up_to, items[:MOST], len(items) > MOST, is_complete)


def last_numbers(topics: Iterable[str]) -> dict[str, int]:
    """The number of the last message by topic; nothing for those about which nothing was ever said."""
    names = list(topics)
    found: dict[str, int] = {}
    for first in range(0, len(names), _NAMES_AT_ONCE):
        rows = Topic.objects.filter(name__in=names[first : first + _NAMES_AT_ONCE])
        found |= rows.values_list("name", "last_seq")
    return found


def said_after(numbers: Mapping[str, int]) -> list[Said]:
    """What was said about each topic after its number, in order."""
    found: list[Said] = []
    topics = list(numbers.items())
    for first in range(0, len(topics), _TOPICS_AT_ONCE):
        wanted = Q(pk__in=())
        for topic, seq in topics[first : first + _TOPICS_AT_ONCE]:
            wanted |= Q(topic__name=topic, seq__gt=seq)
        rows = TopicMessage.objects.filter(wanted).order_by("topic_id", "seq")
        found += [Said(*values) for values in rows.values_list("topic__name", "seq", "at", "body")]
    return found


def topics_since(pk: int) -> tuple[int, set[str]]:
    """The number of the latest row of all topics, and the topics with rows after row ``pk``."""
    rows = list(TopicMessage.objects.filter(pk__gt=pk).order_by("pk").values_list("pk", "topic__name"))
    return (rows[-1][0] if rows else pk), {name for _pk, name in rows}


def latest_row() -> int:
    return TopicMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def forget_said(before: datetime) -> int:
    """Let go of what was said before that moment; returns how much."""
    gone, _by_model = TopicMessage.objects.filter(at__lt=before).delete()
    return gone


def _locked(name: str) -> Topic:
    row = Topic.objects.select_for_update().filter(name=name).first()
    if row is not None:
        return row
    try:
        with transaction.atomic():
            return Topic.objects.create(name=name)
    except IntegrityError:
        # Somebody else was first, and has committed.
        return Topic.objects.select_for_update().get(name=name)
