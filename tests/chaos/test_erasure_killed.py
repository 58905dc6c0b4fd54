"""kill -9 of the worker while it erases somebody: it goes on where it was, and in the end nothing is left."""

import random
import subprocess
import sys
import time

import pytest

from accounts.models import Device, User
from core.models import OutgoingMail
from privacy.models import Erasure
from privacy.services.erasing import ask_erasure, step_names
from tests.chaos.test_worker_killed import PATIENCE, worker_environment

KILLS = 4

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]


@pytest.mark.django_db(transaction=True)
def test_a_killed_erasure_is_taken_up_again_and_finishes(people, settings):
    settings.JOBS_EAGER = False
    dice = random.Random(7)
    student = people.student
    Device.objects.bulk_create([Device(user=student, kind="browser", name="Sam's phone") for _ in range(3000)])
    OutgoingMail.objects.bulk_create(
        [
            OutgoingMail(sender="a@x.org", recipients=[student.email], subject="S", text="Sam Student")
            for _ in range(500)
        ]
    )
    erasure = ask_erasure(actor=people.admin, user=student, reason="Letter", at_once=True)
    env = worker_environment()
    deadline = time.monotonic() + PATIENCE
    killed_at = set()
    for kill in range(KILLS):
        worker = subprocess.Popen([sys.executable, "-m", "tests.chaos.run_worker"], env=env)
        while time.monotonic() < deadline and worker.poll() is None:
            if len(Erasure.objects.get(pk=erasure.pk).steps) >= kill * 3:
                break
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.05))
        worker.kill()
        worker.wait()
        killed_at.add(len(Erasure.objects.get(pk=erasure.pk).steps))
    last = subprocess.Popen([sys.executable, "-m", "tests.chaos.run_worker"], env=env)
    try:
        while time.monotonic() < deadline and Erasure.objects.get(pk=erasure.pk).state != "done":
            time.sleep(0.1)
    finally:
        last.kill()
        last.wait()
    assert Erasure.objects.get(pk=erasure.pk).steps == step_names()
    assert killed_at != {len(step_names())}, "no kill hit the erasure"
    assert (Device.objects.filter(user=student).count(), OutgoingMail.objects.count()) == (0, 0)
    assert User.objects.get(pk=student.pk).name == "Former member"
