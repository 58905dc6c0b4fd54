"""Claim, lease, retry, bury, reap, schedule."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from core import tasks as kernel_tasks
from core.authz import SYSTEM
from core.jobs import run_again
from core.models import JobLease, ScheduledRun, WorkerBeat
from core.slots import RETENTION
from core.tasks import enqueue
from core.worker import LEASE, MAX_ATTEMPTS, Worker, _LeaseRenewal, backoff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_lazy")]
START = "2026-03-02 10:00:00+00:00"


def job() -> DBTaskResult:
    # A job that was given up is told of by a job.
    return DBTaskResult.objects.exclude(task_path="core.tasks.deliver_event").get()


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


class TestClaim:
    def test_one_worker_gets_the_job(self):
        enqueue("tests.core.tasks.note", value="a")
        first, second = Worker(name="one"), Worker(name="two")
        claimed = first.claim()
        assert claimed is not None
        assert second.claim() is None
        lease = JobLease.objects.get()
        assert (lease.job_id, lease.worker, lease.attempt) == (claimed.pk, "one", 1)

    def test_jobs_run_in_their_order(self, ran):
        for value in "abc":
            enqueue("tests.core.tasks.note", value=value)
        assert Worker().drain() == 3
        assert ran == ["a", "b", "c"]

    def test_a_job_waits_for_its_time(self, clock, ran):
        enqueue("tests.core.tasks.note", value="a", run_after=timezone.now() + timedelta(minutes=5))
        assert Worker().run_one() is False
        clock.shift(timedelta(minutes=5, seconds=1))
        assert Worker().run_one() is True
        assert ran == ["a"]

    def test_a_look_at_an_empty_queue_is_one_read(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert Worker().run_one() is False

    def test_a_done_job_leaves_no_lease(self, ran):
        enqueue("tests.core.tasks.note", value="a")
        Worker().drain()
        assert (job().status, JobLease.objects.count()) == (TaskResultStatus.SUCCESSFUL, 0)


class TestFailure:
    def test_it_is_tried_again_later(self, clock, ran):
        enqueue("tests.core.tasks.fail", value="a")
        Worker().drain()
        row = job()
        assert (row.status, row.exception_class_path) == (TaskResultStatus.READY, "tests.core.tasks.Boom")
        assert timedelta(seconds=1.5) <= row.run_after - timezone.now() <= timedelta(seconds=2.5)
        assert JobLease.objects.count() == 0
        assert ran == ["a"]

    def test_the_waits_grow_to_an_hour(self):
        for attempt, middle in [(1, 2), (2, 4), (5, 32), (12, 3600), (30, 3600)]:
            waits = [backoff(attempt).total_seconds() for _ in range(50)]
            assert middle * 0.75 <= min(waits)
            assert max(waits) <= middle * 1.25

    def test_after_eight_attempts_it_is_buried_and_can_be_run_again(self, clock, ran):
        enqueue("tests.core.tasks.fail", value="a")
        worker = Worker()
        for _ in range(MAX_ATTEMPTS + 3):
            worker.drain()
            clock.shift(timedelta(hours=2))
        assert len(ran) == MAX_ATTEMPTS == 8
        assert job().status == TaskResultStatus.FAILED
        assert "Boom: a" in job().traceback

        run_again(actor=SYSTEM, job_id=job().pk)
        worker.drain()
        assert (job().status, len(job().worker_ids), len(ran)) == (TaskResultStatus.READY, 1, 9)

    def test_what_cannot_succeed_is_buried_at_once(self):
        enqueue("tests.core.tasks.fail_for_good")
        Worker().drain()
        assert (job().status, len(job().worker_ids)) == (TaskResultStatus.FAILED, 1)

    def test_a_task_that_is_gone_fails_like_any_other(self):
        enqueue("tests.core.tasks.note", value="a")
        DBTaskResult.objects.update(task_path="tests.core.tasks.gone")
        Worker().drain()
        assert (job().status, job().exception_class_path) == (TaskResultStatus.READY, "builtins.ImportError")


class TestLease:
    def test_a_dead_workers_job_goes_back_in_line(self, clock, ran):
        enqueue("tests.core.tasks.note", value="a")
        Worker(name="dead").claim()
        living = Worker(name="living")

        assert (living.reap(), living.run_one()) == (0, False)
        clock.shift(LEASE + timedelta(seconds=1))
        assert living.reap() == 1
        clock.shift(timedelta(seconds=10))
        assert living.run_one() is True

        assert ran == ["a"]
        assert (job().status, len(job().worker_ids)) == (TaskResultStatus.SUCCESSFUL, 2)

    def test_a_job_that_kills_its_workers_is_buried(self, clock):
        enqueue("tests.core.tasks.note", value="a")
        for number in range(MAX_ATTEMPTS):
            assert Worker(name=f"w{number}").claim() is not None
            clock.shift(LEASE + timedelta(seconds=1))
            Worker().reap()
            clock.shift(timedelta(minutes=1))
        assert (job().status, job().exception_class_path) == (TaskResultStatus.FAILED, "core.worker.LeaseExpired")

    def test_a_worker_that_lost_its_lease_writes_no_outcome(self, clock):
        enqueue("tests.core.tasks.note", value="a")
        sleeper = Worker(name="sleeper")
        claimed = sleeper.claim()
        clock.shift(LEASE + timedelta(seconds=1))
        Worker().reap()

        sleeper._finish(claimed, 1, TaskResultStatus.SUCCESSFUL)
        sleeper._after_failure(claimed, 1, RuntimeError())

        assert (job().status, job().exception_class_path) == (TaskResultStatus.READY, "")

    def test_a_lease_that_was_renewed_is_left_alone(self, clock):
        enqueue("tests.core.tasks.note", value="a")
        worker = Worker(name="slow")
        worker.claim()
        clock.shift(LEASE - timedelta(seconds=1))
        JobLease.objects.update(until=timezone.now() + LEASE)
        clock.shift(timedelta(seconds=5))
        assert Worker().reap() == 0

    def test_a_running_job_without_a_lease_is_mended(self, clock):
        enqueue("tests.core.tasks.note", value="a")
        Worker().claim()
        JobLease.objects.all().delete()
        clock.shift(3 * LEASE)
        assert Worker().reap() == 1
        assert job().status == TaskResultStatus.READY


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_the_job_runs():
    enqueue("tests.core.tasks.note", value="a")
    worker = Worker(name="slow", lease=timedelta(seconds=0.3))
    claimed = worker.claim()
    before = JobLease.objects.get().until
    renewal = _LeaseRenewal(claimed, worker)
    renewal.start()
    renewal.join(timeout=0.5)
    renewal.finish()
    renewal.join()
    assert JobLease.objects.get().until > before
    assert WorkerBeat.objects.get().worker == "slow"


class TestSchedule:
    @pytest.fixture(autouse=True)
    def _one_task(self, monkeypatch):
        monkeypatch.setattr(kernel_tasks, "_schedule", {})
        kernel_tasks.schedule("core.tasks.prune", every=timedelta(hours=6))

    def test_two_workers_queue_it_once(self, clock):
        one, two = Worker(name="one"), Worker(name="two")
        one.queue_scheduled()
        assert DBTaskResult.objects.count() == 0
        for worker in (one, two, one, two):
            worker.queue_scheduled()
        assert DBTaskResult.objects.count() == 1

    def test_two_workers_that_read_at_the_same_moment_queue_it_once(self, clock, monkeypatch):
        Worker().queue_scheduled()
        stale = list(ScheduledRun.objects.all())
        Worker(name="one").queue_scheduled()
        monkeypatch.setattr(ScheduledRun.objects, "all", lambda: stale)
        Worker(name="two").queue_scheduled()
        assert DBTaskResult.objects.count() == 1

    def test_it_comes_again_when_it_is_due(self, clock):
        worker = Worker()
        for hours, expected in [(0, 0), (0, 1), (5, 1), (1, 2), (6, 3)]:
            clock.shift(timedelta(hours=hours))
            worker.queue_scheduled()
            assert DBTaskResult.objects.count() == expected


class TestLoop:
    def test_it_stops_when_told(self, monkeypatch, ran):
        worker = Worker(idle=0.01)
        enqueue("tests.core.tasks.note", value="a")
        monkeypatch.setattr(worker, "queue_scheduled", worker.stop)
        worker.run()
        assert ran == ["a"]

    def test_a_stumble_is_logged_and_the_loop_goes_on(self, monkeypatch, caplog):
        worker = Worker(idle=0.01)
        turns = []

        def reap() -> None:
            turns.append(1)
            if len(turns) == 1:
                raise OperationalError("database is locked")
            worker.stop()

        monkeypatch.setattr(worker, "reap", reap)
        monkeypatch.setattr(worker, "queue_scheduled", lambda: None)
        monkeypatch.setattr(worker._stop, "wait", lambda seconds: None)
        monkeypatch.setattr("core.worker.connection.close", lambda: None)
        worker.run()
        assert len(turns) == 2
        assert "worker stumbled" in caplog.text

    def test_it_beats_every_ten_seconds(self, clock, django_assert_num_queries):
        worker = Worker(name="w")
        worker.beat()
        with django_assert_num_queries(0):
            worker.beat()
        clock.shift(timedelta(seconds=11))
        worker.beat()
        beat = WorkerBeat.objects.get()
        assert beat.seen_at - beat.started_at == timedelta(seconds=11)


def test_pruning_forgets_what_is_old(clock):
    enqueue("tests.core.tasks.note", value="old")
    Worker().drain()
    clock.shift(timedelta(days=8))
    enqueue("tests.core.tasks.note", value="new")
    Worker().drain()
    RETENTION["jobs"].run(timezone.now() - timedelta(days=7))
    assert [row.args_kwargs["kwargs"]["value"] for row in DBTaskResult.objects.all()] == ["new"]
