"""Queue work, and the kernel's own tasks.

The job is a row of django-tasks-db, written in the caller's transaction. Tasks are named by a
dotted path that is resolved late, so a service can queue its own app's task without a circle.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task
from django_tasks.base import Task

from core.context import current_impersonator
from core.nudge import nudge_worker

# Beside a job's arguments: the number of who acted as somebody else.
BEHIND = "impersonator"

_schedule: dict[str, timedelta] = {}


# What thousands may get at once waits behind what one person waits for: messages to browsers, then mails to many.
TO_BROWSERS, TO_MANY = -5, -10


def enqueue(path: str, *, run_after: datetime | None = None, priority: int = 0, **kwargs: Any) -> str:
    """Queue the task at ``path`` with plain keyword values; returns the job's id. A job of higher ``priority`` goes first.

    The row belongs to the caller's transaction. Waking a worker afterwards is only a hint.
    """
    job: Task[..., Any] = import_string(path)
    if run_after is not None:
        job = job.using(run_after=run_after)
    if priority:
        job = job.using(priority=priority)
    result = job.enqueue(**kwargs)
    if (behind := current_impersonator()) is not None:
        _note_behind(result.id, behind)
    wake_worker()
    return str(result.id)


def _note_behind(job_id: str, number: int) -> None:
    """Have the job's events name who acted as somebody else when it was queued."""
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415 -- app ready

    row = DBTaskResult.objects.get(pk=job_id)
    row.args_kwargs = {**row.args_kwargs, BEHIND: number}
    row.save(update_fields=["args_kwargs"])


def wake_worker() -> None:
    """Have a worker look for jobs once the transaction under way has committed."""
    transaction.on_commit(_run_eagerly if settings.JOBS_EAGER else nudge_worker)


def _run_eagerly() -> None:
    # Tests run what is due as soon as the transaction commits, through the worker's own code.
    from core.worker import Worker  # noqa: PLC0415 -- the worker imports this module

    Worker(name="eager").drain()


def schedule(path: str, *, every: timedelta) -> None:
    """Have the task at ``path`` run periodically; called where the task is defined."""
    _schedule[path] = every


def scheduled_tasks() -> dict[str, timedelta]:
    return dict(_schedule)


def every(interval: timedelta) -> Callable[[Task[..., Any]], Task[..., Any]]:
    """Decorator form of :func:`schedule` for a task of this module's style."""

    def register(job: Task[..., Any]) -> Task[..., Any]:
        schedule(job.module_path, every=interval)
        return job

    return register


@task()
def deliver_event(event_id: int, subscriber: str) -> None:
    from core.events import deliver  # noqa: PLC0415 -- events import this module

    deliver(event_id, subscriber)


@task()
def send_mail(mail_id: int) -> None:
    from core.mail import send_queued  # noqa: PLC0415 -- mail imports this module

    send_queued(mail_id)


@every(timedelta(minutes=1))
@task()
def seal_events() -> None:
    from core import audit  # noqa: PLC0415 -- app ready

    audit.seal_events()


@every(timedelta(hours=6))
@task()
def prune() -> None:
    """Forget what serves the machinery alone: effects, answers to repeated requests, sessions that have run out.

    What administrators decide about is in ``core.retention``.
    """
    from django.contrib.sessions.models import Session  # noqa: PLC0415 -- app ready

    from core.models import Effect, IdempotentRequest, WorkerBeat  # noqa: PLC0415 -- app ready

    now = timezone.now()
    Effect.objects.filter(at__lt=now - timedelta(days=30)).delete()
    IdempotentRequest.objects.filter(created_at__lt=now - timedelta(days=2)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    WorkerBeat.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
