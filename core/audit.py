"""The event log as a chain that shows whether somebody meddled with it.

A job seals new entries in the order of their ids: each seal is a keyed digest of the entry and of the seal before it.
A request that publishes pays nothing for it. The key is not in the database, so whoever can only write there can change
an entry, but not make a chain that holds. An entry whose transaction ended late is sealed late; one that turns up with
a time that was sealed long ago is not sealed at all, and ``verify`` names it.
"""

import gzip
import hashlib
import hmac
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from core.models import EventArchive, EventLog, EventSeal

logger = logging.getLogger("aumbry.audit")

# A transaction that publishes lasts no longer than this.
LATE = timedelta(hours=1)
# Entries with ids this far below the last sealed one may still be under way.
_REACH = 50_000
_BATCH = 1000
MOST_PROBLEMS = 20
_FIELDS = (
    "id",
    "public_id",
    "at",
    "name",
    "schema_version",
    "actor_id",
    "course_id",
    "person_id",
    "body",
    "request_id",
    "address",
)


@dataclass(frozen=True)
class Head:
    """The end of the chain; kept elsewhere, it shows later whether the end was cut off."""

    number: int = 0
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass(frozen=True)
class Problem:
    """``kind``: changed, missing, inserted, seal_missing, unknown_key, cut_off. ``event_id`` is the entry, if one is meant."""

    kind: str
    event_id: int | None
    number: int | None = None


@dataclass
class Verdict:
    """``sealed`` entries were looked at, ``waiting`` ones are not sealed yet; the first problem stands first."""

    sealed: int = 0
    waiting: int = 0
    head: Head = field(default_factory=Head)
    problems: list[Problem] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems


def seal_events() -> int:
    """Seal what was published since; returns how much. Two at once do no harm: the second leaves it to the first."""
    sealed = 0
    while True:
        try:
            count = _seal_batch()
        except IntegrityError:
            # Another worker seals at this moment.
            return sealed
        sealed += count
        if count < _BATCH:
            return sealed


@transaction.atomic
def _seal_batch() -> int:
    last = EventSeal.objects.select_for_update().order_by("-number").first()
    head = _head(last)
    top = EventSeal.objects.aggregate(top=Max("event_id"))["top"] or 0
    unsealed = _unsealed().filter(pk__gt=top - _REACH).order_by("pk")
    entries, late = [], []
    before = _times(top, last)
    for entry in unsealed[:_BATCH]:
        if before is not None and entry.at < before[0 if entry.pk < top else 1] - LATE:
            late.append(entry.pk)
            continue
        if entry.pk > top:
            before = (before[0] if before else entry.at, entry.at)
        entries.append(entry)
    if late:
        logger.error("entries were put into the event log afterwards", extra={"events": late[:10], "count": len(late)})
    key = _keys()[0]
    seals = []
    for entry in entries:
        head = Head(head.number + 1, _digest(key, head, _facts(entry)))
        seals.append(EventSeal(number=head.number, event_id=entry.pk, digest=head.digest, key=_name(key)))
    EventSeal.objects.bulk_create(seals)
    if seals:
        logger.info("event log sealed", extra={"head": str(head), "count": len(seals)})
    return len(seals)


def _times(top: int, last: EventSeal | None) -> tuple[datetime, datetime] | None:
    """The times that nothing new may be long before: of the last seal, and of the entry with the highest id."""
    if last is None:
        return None
    at = EventLog.objects.filter(pk=top).values_list("at", flat=True).first()
    return (last.at, at) if at else None


def verify(*, expected: Head | None = None) -> Verdict:
    """Walk the chain from its beginning (or from the last archive) and say what does not fit, in order.

    ``expected`` is a head that was noted earlier: it must still be a link of the chain.
    """
    archive = EventArchive.objects.order_by("-number").first()
    verdict = Verdict(head=Head(archive.number, archive.digest) if archive else Head())
    expected_seen = expected is None or expected == verdict.head or (archive and expected.number < archive.number)
    for seal, entry in _links(verdict.head.number):
        for number in range(verdict.head.number + 1, seal.number):
            verdict.problems.append(Problem("seal_missing", None, number))
            if len(verdict.problems) >= MOST_PROBLEMS:
                return verdict
        problem = _problem(verdict.head, seal, entry)
        if problem:
            verdict.problems.append(Problem(problem, seal.event_id, seal.number))
        verdict.head = Head(seal.number, seal.digest)
        verdict.sealed += 1
        expected_seen = expected_seen or expected == verdict.head
        if len(verdict.problems) >= MOST_PROBLEMS:
            return verdict
    if not expected_seen and expected is not None:
        verdict.problems.append(Problem("cut_off", None, expected.number))
    _look_at_unsealed(verdict)
    return verdict


def _look_at_unsealed(verdict: Verdict) -> None:
    """Entries without a seal: new ones wait, those that old seals have passed were put in."""
    top = EventSeal.objects.aggregate(top=Max("event_id"))["top"]
    last = EventSeal.objects.order_by("-number").first()
    before = _times(top or 0, last)
    for pk, at in _unsealed().order_by("pk").values_list("pk", "at").iterator(chunk_size=_BATCH):
        # Old ids stay free when their transaction was rolled back; an honest late entry is young.
        if top and before and at < before[0 if pk < top else 1] - LATE:
            verdict.problems.append(Problem("inserted", pk))
            if len(verdict.problems) >= MOST_PROBLEMS:
                return
        else:
            verdict.waiting += 1


def archive(*, before: datetime, folder: Path) -> EventArchive | None:
    """Move the beginning of the chain, entries before ``before``, into a file; the rest of the chain goes on from it.

    None if there is nothing that old. Raises ``ValueError`` if the chain does not hold: a broken one is not put away.
    """
    verdict = verify()
    if not verdict.holds:
        raise ValueError("the chain does not hold; run “audit verify”")
    first, rows = _old_seals(before)
    last = rows.order_by("-number").first()
    if last is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events-{first + 1}-{last.number}.jsonl.gz"
    count = _write_archive(path, _links(first, last.number))
    with transaction.atomic():
        made = EventArchive.objects.create(
            number=last.number,
            digest=last.digest,
            events=count,
            file_name=path.name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        going = EventSeal.objects.filter(number__lte=last.number)
        EventLog.objects.filter(pk__in=going.values("event_id")).delete()
        going.delete()
    return made


def count_old(before: datetime) -> int:
    """How many entries ``archive`` would move; what is not sealed yet is not among them."""
    return _old_seals(before)[1].count()


def _old_seals(before: datetime) -> "tuple[int, QuerySet[EventSeal]]":
    """How far archives reach, and the seals after that up to the first entry that is not older than ``before``."""
    done = EventArchive.objects.order_by("-number").first()
    first = done.number if done else 0
    young = EventLog.objects.filter(at__gte=before).values("pk")
    border = EventSeal.objects.filter(event_id__in=young).order_by("number").values_list("number", flat=True).first()
    rows = EventSeal.objects.filter(number__gt=first)
    return first, rows.filter(number__lt=border) if border else rows


def verify_archive(path: Path) -> Verdict:
    """Walk the chain in a file that ``archive`` wrote. Its beginning is taken from its first line."""
    verdict = Verdict()
    head: Head | None = None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            link = json.loads(line)
            if head is None:
                head = Head(link["number"] - 1, link["before"])
            found = _check(head, link["number"], link["digest"], link["key"], link["event"])
            if found:
                verdict.problems.append(Problem(found, json.loads(link["event"])[0], link["number"]))
            head = Head(link["number"], link["digest"])
            verdict.sealed += 1
    known = EventArchive.objects.filter(file_name=path.name).first()
    if known is not None and head is not None and head != Head(known.number, known.digest):
        verdict.problems.append(Problem("cut_off", None, known.number))
    verdict.head = head or Head()
    return verdict


def _write_archive(path: Path, links: "Iterable[tuple[EventSeal, EventLog | None]]") -> int:
    count, before = 0, ""
    scratch = path.with_suffix(".part")
    archived = EventArchive.objects.order_by("-number").first()
    before = archived.digest if archived else ""
    with scratch.open("wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
            for seal, entry in links:
                link = {"number": seal.number, "before": before, "digest": seal.digest, "key": seal.key}
                packed.write(json.dumps({**link, "event": _facts(entry) if entry else ""}).encode() + b"\n")
                before, count = seal.digest, count + 1
        raw.flush()
        os.fsync(raw.fileno())
    scratch.rename(path)
    return count


def _links(after: int, upto: int | None = None) -> Iterator[tuple[EventSeal, EventLog | None]]:
    """Seals in order with their entries."""
    seals = EventSeal.objects.filter(number__gt=after).order_by("number")
    if upto is not None:
        seals = seals.filter(number__lte=upto)
    while batch := list(seals.filter(number__gt=after)[:_BATCH]):
        after = batch[-1].number
        entries = EventLog.objects.in_bulk([seal.event_id for seal in batch])
        for seal in batch:
            yield seal, entries.get(seal.event_id)


def _problem(head: Head, seal: EventSeal, entry: EventLog | None) -> str:
    if entry is None:
        return "missing"
    return _check(head, seal.number, seal.digest, seal.key, _facts(entry))


def _check(head: Head, number: int, digest: str, key_name: str, facts: str) -> str:
    key = next((key for key in _keys() if _name(key) == key_name), None)
    if key is None:
        return "unknown_key"
    # A seal that is gone was reported; the next one cannot be judged by it.
    if number != head.number + 1 or hmac.compare_digest(_digest(key, head, facts), digest):
        return ""
    return "changed"


def _unsealed() -> "QuerySet[EventLog]":
    return EventLog.objects.filter(~Exists(EventSeal.objects.filter(event_id=OuterRef("pk"))))


def _head(last: EventSeal | None) -> Head:
    if last is not None:
        return Head(last.number, last.digest)
    done = EventArchive.objects.order_by("-number").first()
    return Head(done.number, done.digest) if done else Head()


def _facts(entry: EventLog) -> str:
    """The entry as text, the same whatever database it stands in.

    Who acted as somebody else stands at the end, where there is one: entries sealed before that was known keep their
    text, and neither adding nor taking away a name goes unseen.
    """
    values: list[Any] = [getattr(entry, name) for name in _FIELDS]
    if entry.impersonator_id is not None:
        values.append(entry.impersonator_id)
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def _digest(key: bytes, head: Head, facts: str) -> str:
    text = f"1\n{head.number + 1}\n{head.digest}\n{facts}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _keys() -> list[bytes]:
    """The key of now, then those that older seals may have been made with."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if settings.AUDIT_KEY:
        secrets.insert(0, settings.AUDIT_KEY)
    return [hashlib.sha256(f"aumbry event log\n{secret}".encode()).digest() for secret in secrets]


def _name(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:8]
