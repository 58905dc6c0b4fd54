"""The job queue as the people who run the site see it: what waits, what failed, run it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from core.authz import Actor, authorize
from core.errors import Conflict
from core.events import Event, event, publish
from core.models import JobLease, WorkerBeat
from core.tasks import wake_worker

ALIVE_FOR = timedelta(seconds=60)


@event
@dataclass(frozen=True, kw_only=True)
class JobsRunAgain(Event):
    """Somebody put jobs that had failed for good back in line."""

    audience = "administrators"

    job_ids: list[str]


@event
@dataclass(frozen=True, kw_only=True)
class JobGivenUp(Event):
    """A job failed as often as it may and is not tried any more. Audience: administrators."""

    audience = "administrators"

    job_id: str
    task: str


def tell_given_up(job_id: UUID, task: str) -> None:
    """Let those who wait for a job know that nobody works at it any more; in the transaction that gives it up."""
    # The telling itself is a job: one that cannot be told would tell of itself for ever.
    if task != "core.tasks.deliver_event":
        publish(JobGivenUp(actor_id=None, job_id=str(job_id), task=task))


@dataclass(frozen=True)
class Queue:
    """``due`` waits for a worker now, ``later`` for its time, ``running`` is under way."""

    due: int
    later: int
    running: int
    failed: int
    oldest_due: datetime | None


def queue() -> Queue:
    """Depth of the queue, in one query."""
    now = timezone.now()
    ready = Q(status=TaskResultStatus.READY)
    due = ready & (Q(run_after=get_date_max()) | Q(run_after__lte=now))
    counts: dict[str, Any] = DBTaskResult.objects.exclude(status=TaskResultStatus.SUCCESSFUL).aggregate(
        due=Count("pk", filter=due),
        later=Count("pk", filter=ready & ~due),
        running=Count("pk", filter=Q(status=TaskResultStatus.RUNNING)),
        failed=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
        oldest_due=Min("enqueued_at", filter=due),
    )
    return Queue(**counts)


def failed_jobs() -> "QuerySet[DBTaskResult[Any, Any]]":
    """Jobs that are not tried any more, the latest first."""
    return DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).order_by("-finished_at", "pk")


class JobState(TextChoices):
    """``WAITING`` was not begun, ``AGAIN`` broke off and is tried again, ``GIVEN_UP`` is not tried any more."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    AGAIN = "again", _("Tried again")
    GIVEN_UP = "given_up", _("Given up")
    OVER = "over", _("Over")


GIVEN_UP = _(
    "This was tried several times and then given up. Start again; if it happens once more, tell the site's administrator."
)


@dataclass(frozen=True)
class JobNews:
    """How a job is doing: ``tries`` that were begun, and when the next one is due."""

    state: JobState
    tries: int = 0
    due: datetime | None = None


def job_news(job_id: UUID | None) -> JobNews:
    """How one job is doing now; one that is gone is over. A try whose worker went away counts as broken off."""
    job = DBTaskResult.objects.filter(pk=job_id).only("status", "worker_ids", "run_after").first() if job_id else None
    if job is None or job.status == TaskResultStatus.SUCCESSFUL:
        return JobNews(JobState.OVER)
    tries = len(job.worker_ids)
    if job.status == TaskResultStatus.FAILED:
        return JobNews(JobState.GIVEN_UP, tries)
    if job.status == TaskResultStatus.READY:
        due = None if job.run_after == get_date_max() else job.run_after
        return JobNews(JobState.AGAIN if tries else JobState.WAITING, tries, due)
    is_held = JobLease.objects.filter(job_id=job.pk, until__gte=timezone.now()).exists()
    return JobNews(JobState.RUNNING if is_held else JobState.AGAIN, tries)


def living_workers() -> "QuerySet[WorkerBeat]":
    """Workers that gave a sign of life in the last minute."""
    return WorkerBeat.objects.filter(seen_at__gte=timezone.now() - ALIVE_FOR).order_by("worker")


def run_again(*, actor: Actor, job_id: UUID) -> None:
    """Put one failed job back in line with all its attempts before it.

    Raises ``Conflict`` if it has not failed, or is gone.
    """
    authorize(actor, "core.run_jobs")
    with transaction.atomic():
        if not _requeue(failed_jobs().filter(pk=job_id), actor):
            raise Conflict(
                "job_not_failed", _("This job is no longer among the failed ones. Reload the page to see what is.")
            )


def run_all_again(*, actor: Actor) -> int:
    """Put all failed jobs back in line; returns how many."""
    authorize(actor, "core.run_jobs")
    with transaction.atomic():
        return _requeue(failed_jobs(), actor)


def _requeue(jobs: "QuerySet[DBTaskResult[Any, Any]]", actor: Actor) -> int:
    ids = list(jobs.select_for_update().values_list("pk", flat=True))
    if not ids:
        return 0
    # Attempts are counted by the workers that tried; without them the job starts afresh.
    DBTaskResult.objects.filter(pk__in=ids).update(
        status=TaskResultStatus.READY,
        run_after=timezone.now(),
        worker_ids=[],
        started_at=None,
        finished_at=None,
        exception_class_path="",
        traceback="",
    )
    publish(JobsRunAgain(actor_id=actor.pk, job_ids=[str(pk) for pk in ids]))
    wake_worker()
    return len(ids)
