"""What the kernel itself lets go of after some days, and how a kind of data says so."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import audit
from core.errors import Conflict
from core.slots import RETENTION, RetentionKind

_BATCH = 500


def deleted_rows(
    label: str | Promise,
    does: str | Promise,
    *,
    days: int | None,
    rows: Callable[[datetime], "QuerySet[Any]"],
    let_go: "Callable[[QuerySet[Any]], object] | None" = None,
    least: int = 1,
    keepable: bool = True,
) -> RetentionKind:
    """A kind whose ``rows`` before a moment are deleted, or given to ``let_go``, some hundred at a time."""

    def count(before: datetime) -> int:
        return rows(before).count()

    def run(before: datetime) -> int:
        gone, after = 0, None
        while True:
            left = rows(before).order_by("pk")
            with transaction.atomic():
                pks = list((left if after is None else left.filter(pk__gt=after)).values_list("pk", flat=True)[:_BATCH])
                if not pks:
                    return gone
                # Asked again: what has become young since is not among them.
                batch = rows(before).filter(pk__in=pks)
                found = batch.count()
                if let_go is None:
                    batch.delete()
                else:
                    let_go(batch)
            gone, after = gone + found, pks[-1]

    return RetentionKind(label, does, days, count, run, least, keepable)


def register_retention(kinds: dict[str, RetentionKind], *, first: int) -> None:
    """Say what is let go of after some days, by key; shown in this order, from place ``first`` on."""
    for place, (key, kind) in enumerate(kinds.items(), start=first):
        RETENTION.register(key, kind, order=place)


def archive_events(before: datetime) -> int:
    """Move entries of the event log from before that moment into a file; returns how many."""
    try:
        made = audit.archive(before=before, folder=Path(settings.AUDIT_ARCHIVE_DIR))
    except ValueError as error:
        sentence = _("The event log’s chain does not hold, so nothing was moved. Run “manage.py audit verify”.")
        raise Conflict("audit_broken", sentence) from error
    return made.events if made else 0


def register_kinds() -> None:
    """Called once, when all apps are loaded."""
    from django_tasks.base import TaskResultStatus  # noqa: PLC0415 -- app ready
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415 -- app ready

    from core.models import ClientError, OutgoingMail, TopicMessage  # noqa: PLC0415 -- app ready

    register_retention(
        {
            "events": RetentionKind(
                _("Event log"),
                _("moved into a file that can be verified alone"),
                365,
                audit.count_old,
                archive_events,
                least=7,
            ),
            "mails": deleted_rows(
                _("Sent mails"),
                _("deleted, with their texts and addresses"),
                days=90,
                rows=lambda before: OutgoingMail.objects.filter(created_at__lt=before).exclude(
                    state=OutgoingMail.State.QUEUED
                ),
            ),
            "jobs": deleted_rows(
                _("Finished jobs"),
                _("deleted"),
                days=7,
                rows=lambda before: DBTaskResult.objects.filter(
                    status=TaskResultStatus.SUCCESSFUL, finished_at__lt=before
                ),
            ),
            "failed_jobs": deleted_rows(
                _("Failed jobs"),
                _("deleted; they cannot be run again then"),
                days=90,
                rows=lambda before: DBTaskResult.objects.filter(status=TaskResultStatus.FAILED, finished_at__lt=before),
            ),
            "topic_messages": deleted_rows(
                _("Messages of sockets"),
                _("deleted; whoever was away longer loads the page again"),
                days=1,
                rows=lambda before: TopicMessage.objects.filter(at__lt=before),
                keepable=False,
            ),
            "client_errors": deleted_rows(
                _("Errors in browsers"),
                _("deleted, counted from when they were last seen"),
                days=30,
                rows=lambda before: ClientError.objects.filter(last_seen__lt=before),
            ),
        },
        first=10,
    )
