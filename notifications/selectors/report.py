"""How something that was said to many has reached them, for who said it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import OutgoingMail
from core.slots import SENT_THINGS, SentThing
from notifications.enums import DeliveryState, PushState, SkipReason
from notifications.models import Delivery, PushAttempt

# What became of a delivery, as its sender reads it.
OUTCOMES: dict[str, str | Promise] = {
    "waiting": _("Waiting for its time"),
    "sending": _("On its way"),
    "sent": _("Sent"),
    "failed": _("Failed"),
    "skipped": _("Not sent"),
}

OUTCOME_CHOICES = tuple(OUTCOMES.items())
# What the list of people can be narrowed to.
PEOPLE_FILTERS: tuple[tuple[str, str | Promise], ...] = (
    ("read", _("Have read it")),
    ("unread", _("Have not read it")),
    *OUTCOME_CHOICES,
)


@dataclass(frozen=True)
class Tally:
    """So many people, on a channel, with an outcome; ``reason`` where nothing was sent."""

    channel: str
    outcome: str
    reason: str
    people: int

    @property
    def outcome_label(self) -> str | Promise:
        return OUTCOMES[self.outcome]

    @property
    def reason_label(self) -> str:
        return str(SkipReason(self.reason).label) if self.reason else ""


@dataclass(frozen=True)
class Report:
    """``people`` were to be told; ``read`` have read it in the app."""

    people: int
    read: int
    counts: list[Tally]


@dataclass(frozen=True)
class PersonRow:
    """How one person was told: ``read_at`` in the app, then by channel the outcome and why."""

    person: User
    read_at: datetime | None
    told: dict[str, tuple[str, str]]


def sent_thing(user: Any, thread: str) -> SentThing | None:
    """What the thread names, if ``user`` may see how it reached people."""
    kind, _dot, public_id = thread.partition(".")
    find = SENT_THINGS.get(kind)
    return find(user, public_id) if find else None


def report(thread: str) -> Report:
    """The numbers, in three queries whatever their size."""
    rows = _with_outcome(Delivery.objects.filter(thread=thread))
    counts = rows.values("channel", "outcome", "reason").annotate(people=Count("user", distinct=True))
    people = Delivery.objects.filter(thread=thread).aggregate(n=Count("user", distinct=True))["n"]
    read = Delivery.objects.filter(
        thread=thread, notification__read_at__isnull=False, notification__in_app=True
    ).aggregate(n=Count("user", distinct=True))["n"]
    return Report(
        people,
        read,
        [
            Tally(row["channel"], row["outcome"], row["reason"], row["people"])
            for row in counts.order_by("channel", "outcome", "reason")
        ],
    )


def people_told(thread: str, *, query: str = "", outcome: str = "") -> "QuerySet[User]":
    """Those who were to be told, by name; ``outcome`` on any channel, ``read`` or ``unread``."""
    deliveries = _with_outcome(Delivery.objects.filter(thread=thread, user=OuterRef("pk")))
    if outcome in OUTCOMES:
        deliveries = deliveries.filter(outcome=outcome)
    elif outcome in ("read", "unread"):
        read = Q(notification__in_app=True, notification__read_at__isnull=False)
        deliveries = deliveries.filter(read if outcome == "read" else ~read)
    people: QuerySet[User] = User.objects.filter(Exists(deliveries)).order_by("name", "pk")
    return people.filter(name__icontains=query) if query else people


def rows_of(thread: str, people: Sequence[User]) -> list[PersonRow]:
    """How these people were told, in two queries."""
    told: dict[int, dict[str, tuple[str, str]]] = {person.pk: {} for person in people}
    read: dict[int, datetime | None] = {}
    failed = PushAttempt.objects.filter(push=OuterRef("push"), state=PushState.FAILED).values("error")[:1]
    rows = _with_outcome(Delivery.objects.filter(thread=thread, user__in=told)).select_related("notification", "mail")
    rows = rows.annotate(push_error=Subquery(failed))
    for row in rows.order_by("pk"):
        why = (
            str(SkipReason(row.reason).label) if row.reason else (row.mail.error if row.mail else row.push_error or "")
        )
        told[row.user_id][row.channel] = (row.outcome, why)
        if row.notification.in_app:
            read[row.user_id] = row.notification.read_at
    return [PersonRow(person, read.get(person.pk), told[person.pk]) for person in people]


def _with_outcome(rows: Any) -> Any:
    attempts = PushAttempt.objects.filter(push=OuterRef("push"))
    return rows.annotate(
        outcome=Case(
            When(state=DeliveryState.SKIPPED, then=Value("skipped")),
            When(state=DeliveryState.WAITING, then=Value("waiting")),
            When(mail__state__in=[OutgoingMail.State.SENT, OutgoingMail.State.KEPT], then=Value("sent")),
            When(mail__state=OutgoingMail.State.FAILED, then=Value("failed")),
            When(Exists(attempts.filter(state=PushState.SENT)), then=Value("sent")),
            When(Exists(attempts.filter(state=PushState.WAITING)), then=Value("sending")),
            When(push__isnull=False, then=Value("failed")),
            # The mail itself is let go of after some months.
            When(Q(mail__isnull=True, push__isnull=True), then=Value("sent")),
            default=Value("sending"),
            output_field=CharField(),
        )
    )
