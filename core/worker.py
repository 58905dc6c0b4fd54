"""The worker: claims job rows under a lease, runs them, retries, buries, reaps, schedules.

At-least-once by design. A worker that is killed leaves a lease that runs out; the next reap puts
the job back. A worker that only lost its lease (it slept too long) finds the lease row gone and
writes no outcome. Effects are made exactly-once by ``core.events.claim_effect``.
"""

import logging
import os
import random
import secrets
import signal
import socket
import threading
import time
from datetime import datetime, timedelta
from traceback import format_exception
from types import FrameType

import structlog
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from core.context import set_address, set_impersonator, set_request_id
from core.jobs import tell_given_up
from core.models import JobLease, ScheduledRun, WorkerBeat
from core.nudge import NudgeListener
from core.realtime.messages import announce
from core.realtime.site import OPERATIONS
from core.tasks import BEHIND, enqueue, scheduled_tasks

logger = logging.getLogger("aumbry.jobs")

LEASE = timedelta(seconds=30)
BEAT = timedelta(seconds=10)
TOLD_EVERY = 1.0
MAX_ATTEMPTS = 8


# Asked to wait for longer, a job looks again all the same.
LONGEST_WAIT = 3600


def backoff(attempt: int) -> timedelta:
    """Delay before the attempt after ``attempt``: 2 s doubling to an hour, give or take a quarter."""
    seconds = min(2.0**attempt, 3600.0)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 -- jitter, not a secret


def wait_after(error: Exception, attempt: int) -> timedelta:
    """Delay before the next attempt: what the service asked for (``retry_after``, seconds, an hour at most), if that is longer."""
    asked = getattr(error, "retry_after", None) or 0
    return max(backoff(attempt), timedelta(seconds=min(asked, LONGEST_WAIT)))


class Worker:
    """One worker process. ``run`` serves until told to stop, ``drain`` works off what is due."""

    def __init__(self, *, name: str = "", lease: timedelta = LEASE, idle: float = 5.0) -> None:
        self.name = name or f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        self.lease = lease
        self.idle = idle
        self._stop = threading.Event()
        self._last_beat: datetime | None = None
        self._last_reap: datetime | None = None
        self._told_at = 0.0
        self._has_news = False

    # The loop

    def run(self) -> None:
        ear = NudgeListener(settings.NUDGE_PORT)
        idle = self.idle if ear.is_bound else min(self.idle, 1.0)
        logger.info("worker started", extra={"worker": self.name})
        try:
            while not self._stop.is_set():
                try:
                    self.beat()
                    self.reap()
                    self.queue_scheduled()
                    worked = self.run_one()
                    self._tell_operations(worked=worked)
                    if not worked:
                        ear.wait(min(idle, self._seconds_to_next_job()))
                except Exception:
                    # The database may be away or locked: say so, wait, go on.
                    logger.exception("worker stumbled")
                    connection.close()
                    self._stop.wait(1.0)
                close_old_connections()
        finally:
            ear.close()
            logger.info("worker stopped", extra={"worker": self.name})

    def stop(self, _signum: int = 0, _frame: FrameType | None = None) -> None:
        """Finish the job under way, then leave."""
        self._stop.set()

    def listen_to_signals(self) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def drain(self, limit: int = 10_000) -> int:
        """Run due jobs until none is left; returns how many ran."""
        done = 0
        while done < limit and self.run_one():
            done += 1
        return done

    # One job

    def run_one(self) -> bool:
        """Claim and run one due job; false if there was none."""
        job = self.claim()
        if job is None:
            return False
        attempt = len(job.worker_ids)
        set_address("")
        set_impersonator(job.args_kwargs.get(BEHIND))
        set_request_id(f"job-{job.id.hex[:12]}")
        structlog.contextvars.bind_contextvars(request_id=f"job-{job.id.hex[:12]}", task=job.task_path)
        renewal = _LeaseRenewal(job, self)
        renewal.start()
        try:
            task: Task = import_string(job.task_path)  # type: ignore[type-arg]
            task.func(*job.args_kwargs["args"], **job.args_kwargs["kwargs"])
        except Exception as error:
            renewal.finish()
            self._after_failure(job, attempt, error)
        else:
            renewal.finish()
            self._finish(job, attempt, TaskResultStatus.SUCCESSFUL)
        finally:
            set_request_id("")
            set_impersonator(None)
            structlog.contextvars.unbind_contextvars("request_id", "task")
        return True

    def claim(self) -> DBTaskResult | None:  # type: ignore[type-arg]
        """Take the first due job and a lease on it, or nothing. An idle look is a plain read."""
        now = timezone.now()
        due = Q(run_after=get_date_max()) | Q(run_after__lte=now)
        ready = DBTaskResult.objects.filter(due, status=TaskResultStatus.READY).order_by("-priority", "enqueued_at")
        if not ready.exists():
            return None
        with transaction.atomic():
            locked = ready
            if connection.features.has_select_for_update_skip_locked:
                locked = ready.select_for_update(skip_locked=True)
            job = locked.first()
            if job is None:
                return None
            job.worker_ids = [*job.worker_ids, self.name]
            job.status = TaskResultStatus.RUNNING
            job.started_at = job.started_at or now
            job.save(update_fields=["worker_ids", "status", "started_at"])
            JobLease.objects.create(
                job_id=job.id,
                worker=self.name,
                attempt=len(job.worker_ids),
                until=now + self.lease,
            )
        return job

    def _finish(self, job: DBTaskResult, attempt: int, status: str, error: Exception | None = None) -> None:  # type: ignore[type-arg]
        with transaction.atomic():
            if not self._give_up_lease(job, attempt):
                logger.warning("job outlived its lease", extra={"job": str(job.id)})
                return
            DBTaskResult.objects.filter(pk=job.pk).update(
                status=status,
                finished_at=timezone.now(),
                **_error_columns(error),
            )
            if status == TaskResultStatus.FAILED:
                tell_given_up(job.pk, job.task_path)

    def _after_failure(self, job: DBTaskResult, attempt: int, error: Exception) -> None:  # type: ignore[type-arg]
        permanent = getattr(error, "permanent", False)
        context = {"job": str(job.id), "task": job.task_path, "attempt": attempt}
        if permanent or attempt >= MAX_ATTEMPTS:
            logger.error("job buried", extra=context, exc_info=error)
            self._finish(job, attempt, TaskResultStatus.FAILED, error)
            return
        logger.warning("job failed, will be tried again", extra=context, exc_info=error)
        with transaction.atomic():
            if self._give_up_lease(job, attempt):
                DBTaskResult.objects.filter(pk=job.pk).update(
                    status=TaskResultStatus.READY,
                    run_after=timezone.now() + wait_after(error, attempt),
                    **_error_columns(error),
                )

    def _give_up_lease(self, job: DBTaskResult, attempt: int) -> bool:  # type: ignore[type-arg]
        deleted, _ = JobLease.objects.filter(job_id=job.id, worker=self.name, attempt=attempt).delete()
        return bool(deleted)

    # Housekeeping

    def reap(self) -> int:
        """Put jobs whose lease ran out back in line; returns how many.

        Also mends a job left RUNNING without a lease, which only a restored backup can hold.
        """
        now = timezone.now()
        if self._last_reap and now - self._last_reap < self.lease / 6:
            return 0
        self._last_reap = now
        reaped = 0
        for lease in JobLease.objects.filter(until__lt=now):
            with transaction.atomic():
                deleted, _ = JobLease.objects.filter(pk=lease.pk, until=lease.until).delete()
                if not deleted:
                    continue
                buried = lease.attempt >= MAX_ATTEMPTS
                DBTaskResult.objects.filter(pk=lease.job_id, status=TaskResultStatus.RUNNING).update(
                    status=TaskResultStatus.FAILED if buried else TaskResultStatus.READY,
                    run_after=now + backoff(min(lease.attempt, 3)) if not buried else now,
                    finished_at=now if buried else None,
                    **({"exception_class_path": "core.worker.LeaseExpired"} if buried else {}),
                )
                if buried:
                    path = DBTaskResult.objects.filter(pk=lease.job_id).values_list("task_path", flat=True).first()
                    tell_given_up(lease.job_id, path or "")
                reaped += 1
        leased = JobLease.objects.values("job_id")
        reaped += (
            DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - 2 * self.lease)
            .exclude(pk__in=leased)
            .update(status=TaskResultStatus.READY)
        )
        return reaped

    def queue_scheduled(self) -> None:
        """Queue each periodic task that is due, once whatever the number of workers."""
        now = timezone.now()
        runs = {run.task: run for run in ScheduledRun.objects.all()}
        for path, interval in scheduled_tasks().items():
            run = runs.get(path)
            if run is None:
                ScheduledRun.objects.get_or_create(task=path, defaults={"next_at": now})
                continue
            if run.next_at > now:
                continue
            with transaction.atomic():
                taken = ScheduledRun.objects.filter(pk=run.pk, next_at=run.next_at).update(
                    next_at=now + interval, last_at=now
                )
                if taken:
                    enqueue(path)

    def _tell_operations(self, *, worked: bool) -> None:
        """Let those who watch the site know that the queue has moved: once a second, and when it comes to rest."""
        self._has_news = self._has_news or worked
        now = time.monotonic()
        if not self._has_news or (worked and now - self._told_at < TOLD_EVERY):
            return
        self._told_at, self._has_news = now, False
        with transaction.atomic():
            announce(OPERATIONS, {"changed": "jobs"})

    def beat(self) -> None:
        now = timezone.now()
        if self._last_beat and now - self._last_beat < BEAT:
            return
        WorkerBeat.objects.update_or_create(
            worker=self.name,
            defaults={"seen_at": now},
            create_defaults={"seen_at": now, "started_at": now},
        )
        self._last_beat = now

    def _seconds_to_next_job(self) -> float:
        soonest = (
            DBTaskResult.objects.filter(status=TaskResultStatus.READY)
            .exclude(run_after=get_date_max())
            .order_by("run_after")
            .values_list("run_after", flat=True)
            .first()
        )
        if soonest is None:
            return self.idle
        return max((soonest - timezone.now()).total_seconds(), 0.05)


class _LeaseRenewal(threading.Thread):
    """Renews a lease each third of its time while the job runs."""

    def __init__(self, job: DBTaskResult, worker: Worker) -> None:  # type: ignore[type-arg]
        super().__init__(daemon=True, name="lease-renewal")
        self._job = job
        self._worker = worker
        self._done = threading.Event()

    def run(self) -> None:
        third = self._worker.lease.total_seconds() / 3
        while not self._done.wait(third):
            try:
                JobLease.objects.filter(job_id=self._job.id, worker=self._worker.name).update(
                    until=timezone.now() + self._worker.lease
                )
                self._worker.beat()
            except Exception:
                logger.exception("lease not renewed")
            finally:
                connection.close()

    def finish(self) -> None:
        self._done.set()


def _error_columns(error: Exception | None) -> dict[str, str]:
    if error is None:
        return {}
    cls = type(error)
    return {
        "exception_class_path": f"{cls.__module__}.{cls.__qualname__}",
        "traceback": "".join(format_exception(error))[-8000:],
    }
