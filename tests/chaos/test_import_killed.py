"""kill -9 of the worker in the middle of an import: the course is there once and whole, or not at all."""

import random
import subprocess
import sys
import time

import pytest
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from courses.enums import ImportState
from courses.models import Block, Course, ImportRun, Item
from courses.services.importing import start_import
from files.services import store_file
from tests.chaos.test_worker_killed import PATIENCE, worker_environment
from tests.courses.formats.test_broken_folders import COURSE
from tests.courses.services.test_importing import zip_of

KILLS = 3
LESSONS = 60
BLOCKS = 20

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]


def course() -> bytes:
    words = "".join(f":::callout {{#b{n}}}\n---\nWords number {n}.\n:::\n" for n in range(BLOCKS))
    lessons = {f"01-all/{n:02}-l.md": f'+++\nid = "l{n}"\ntitle = "Lesson {n}"\n+++\n{words}' for n in range(LESSONS)}
    return zip_of({"course.toml": COURSE, "01-all/module.toml": 'id = "all"\ntitle = "All"\n', **lessons})


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_taken_up_again_and_finishes_once(people, settings):
    settings.JOBS_EAGER = False
    dice = random.Random(3)
    file = store_file(actor=people.owner, content=course(), name="graphs.zip")
    run = start_import(actor=people.owner, file=file)
    env = worker_environment()
    deadline = time.monotonic() + PATIENCE
    for _ in range(KILLS):
        worker = subprocess.Popen([sys.executable, "-m", "tests.chaos.run_worker"], env=env)
        while time.monotonic() < deadline and worker.poll() is None:
            state = ImportRun.objects.values_list("state", flat=True).get(pk=run.pk)
            if state != ImportState.QUEUED and DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).exists():
                break
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.5))
        worker.kill()
        worker.wait()
        # Never in parts.
        assert Item.objects.count() in (0, LESSONS)
        assert Block.objects.count() in (0, LESSONS * BLOCKS)

    last = subprocess.Popen([sys.executable, "-m", "tests.chaos.run_worker"], env=env)
    try:
        open_states = [TaskResultStatus.READY, TaskResultStatus.RUNNING]
        while time.monotonic() < deadline and DBTaskResult.objects.filter(status__in=open_states).exists():
            time.sleep(0.1)
    finally:
        last.kill()
        last.wait()
    run.refresh_from_db()
    assert run.report.get("created"), run.report
    assert any(len(job.worker_ids) > 1 for job in DBTaskResult.objects.all()), "no kill hit the import"
    assert (run.state, run.report["created"]) == ("done", LESSONS + 2)
    assert (Course.objects.count(), Item.objects.count()) == (1, LESSONS)
    assert Block.objects.count() == LESSONS * BLOCKS
