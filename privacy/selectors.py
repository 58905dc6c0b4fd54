"""What a person's data are, what was asked about them, and what would be let go of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from core.jobs import JobState, job_news
from core.slots import ERASURE_OBSTACLES, PERSONAL_TABLES, RETENTION, Obstacle, PersonalTable, RetentionKind
from privacy.enums import ErasureState, PersonalExportState
from privacy.models import Erasure, PersonalExport, RetentionRule

_CHUNK = 500
_encode = DjangoJSONEncoder(ensure_ascii=False).encode


def exported_tables() -> list[PersonalTable]:
    """The tables that an export has a file for."""
    return [table for table in PERSONAL_TABLES if table.area]


def rows_of(table: PersonalTable, person_id: int) -> "QuerySet[Any]":
    """What a table says of a person, whatever its own manager hides."""
    rows: QuerySet[Any] = apps.get_model(table.model)._base_manager.filter(**{table.person: person_id})
    return rows.order_by("pk")


def json_rows(table: PersonalTable, person_id: int) -> Iterator[str]:
    """The rows as the lines of a JSON array, read some hundred at a time."""
    names = list(table.fields)
    values = rows_of(table, person_id).values_list(*table.fields.values())
    yield "["
    for number, row in enumerate(values.iterator(chunk_size=_CHUNK)):
        yield (",\n" if number else "\n") + _encode(dict(zip(names, row, strict=True)))
    yield "\n]\n"


def encode(value: Any) -> str:
    """A value as JSON, dates and decimals in their text."""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def exports_about(person: User) -> "QuerySet[PersonalExport]":
    """Archives of a person's data that were asked for, the latest first."""
    rows: QuerySet[PersonalExport] = PersonalExport.objects.filter(user=person).select_related("asked_by", "user")
    return rows.order_by("-pk")


def true_state(export: PersonalExport) -> PersonalExportState:
    """As it is in truth: one whose job was given up has failed, whatever its row says yet."""
    if not export.is_over and job_news(export.job_id).state in (JobState.GIVEN_UP, JobState.OVER):
        return PersonalExportState.FAILED
    return PersonalExportState(export.state)


def open_erasure(person: User) -> Erasure | None:
    """The erasure of a person that is asked for, under way or done."""
    rows = Erasure.objects.filter(user=person).exclude(state=ErasureState.TAKEN_BACK)
    return rows.select_related("asked_by").order_by("-pk").first()


def obstacles_of(person: User) -> list[Obstacle]:
    """What must be handed over before the person can be erased."""
    return [obstacle for source in ERASURE_OBSTACLES for obstacle in source.of(person)]


def all_exports() -> "QuerySet[PersonalExport]":
    rows: QuerySet[PersonalExport] = PersonalExport.objects.select_related("asked_by", "user")
    return rows.order_by("-pk")


def all_erasures() -> "QuerySet[Erasure]":
    rows: QuerySet[Erasure] = Erasure.objects.select_related("asked_by", "user")
    return rows.order_by("-pk")


def closed_accounts(before: datetime) -> "QuerySet[User]":
    """Accounts that were closed before that moment and can be erased; those that hold something back are not among them."""
    people: QuerySet[User] = User.objects.filter(ended_at__lt=before, erased_at__isnull=True)
    asked = Erasure.objects.filter(user=OuterRef("pk")).exclude(state=ErasureState.TAKEN_BACK)
    people = people.filter(~Exists(asked))
    for source in ERASURE_OBSTACLES:
        people = people.exclude(pk__in=source.people())
    return people


@dataclass(frozen=True)
class Retention:
    """The rule of one kind of data; ``would`` and ``before``: how much a run now lets go of, and of what age."""

    key: str
    kind: RetentionKind
    days: int | None
    version: int
    before: datetime | None
    would: int
    last_at: datetime | None
    last_rows: int


def retention(key: str, *, now: datetime | None = None) -> Retention:
    """One rule with its preview. Raises ``KeyError`` for a kind that there is not."""
    return _retention(key, RETENTION[key], RetentionRule.objects.filter(kind=key).first(), now or timezone.now())


def all_retention() -> list[Retention]:
    """Every rule with its preview, in the order of the kinds."""
    stored = {rule.kind: rule for rule in RetentionRule.objects.all()}
    now = timezone.now()
    return [_retention(key, kind, stored.get(key), now) for key, kind in RETENTION.items()]


def days_of(key: str) -> int | None:
    """How many days a kind of data is kept; None: for good."""
    rule = RetentionRule.objects.filter(kind=key).first()
    return RETENTION[key].days if rule is None else rule.days


def _retention(key: str, kind: RetentionKind, rule: RetentionRule | None, now: datetime) -> Retention:
    days = kind.days if rule is None else rule.days
    before = None if days is None else now - timedelta(days=days)
    return Retention(
        key=key,
        kind=kind,
        days=days,
        version=1 if rule is None else rule.version,
        before=before,
        would=0 if before is None else kind.count(before),
        last_at=rule.last_at if rule else None,
        last_rows=rule.last_rows if rule else 0,
    )
