"""kill -9 of the worker in the middle of jobs: every effect exactly once, none stuck."""

import os
import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.db import connection
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from core.models import EventLog, JobLease
from core.tasks import enqueue

KILLS = 20
JOBS = 150
PATIENCE = 300.0

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]


def worker_environment() -> dict[str, str]:
    """The worker process must use the test's own database, whatever its name."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{settings['NAME']}"
    else:
        url = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "lms.settings.test", "NUDGE_PORT": "0"}


@pytest.fixture
def _jobs_wait_for_a_worker(settings):
    settings.JOBS_EAGER = False


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_jobs_wait_for_a_worker")
def test_twenty_kills_lose_and_double_nothing():
    dice = random.Random(20)
    for number in range(JOBS):
        enqueue("tests.chaos.tasks.leave_mark", number=number)
    env = worker_environment()
    deadline = time.monotonic() + PATIENCE

    for _ in range(KILLS):
        worker = subprocess.Popen([sys.executable, "-m", "tests.chaos.run_worker"], env=env)
        before = EventLog.objects.filter(name="chaos.mark").count()
        while time.monotonic() < deadline and worker.poll() is None:
            # Wait until this worker has begun to work, then kill it at some moment of a job.
            if EventLog.objects.filter(name="chaos.mark").count() > before:
                break
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.1))
        worker.kill()
        worker.wait()

    last = subprocess.Popen([sys.executable, "-m", "tests.chaos.run_worker"], env=env)
    try:
        open_states = [TaskResultStatus.READY, TaskResultStatus.RUNNING]
        while time.monotonic() < deadline and DBTaskResult.objects.filter(status__in=open_states).exists():
            time.sleep(0.1)
    finally:
        last.kill()
        last.wait()

    marks = Counter(EventLog.objects.filter(name="chaos.mark").values_list("body__number", flat=True))
    assert marks == Counter(range(JOBS))
    jobs = list(DBTaskResult.objects.filter(task_path="tests.chaos.tasks.leave_mark"))
    assert Counter(job.status for job in jobs) == {TaskResultStatus.SUCCESSFUL: JOBS}
    assert JobLease.objects.count() == 0
    assert any(len(job.worker_ids) > 1 for job in jobs), "no kill hit a running job"
