"""Publish, deliver once, roll back whole."""

import pytest
from django.db import transaction
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from core.events import all_events, claim_effect, deliver, publish
from core.models import Effect, EventLog
from core.tasks import enqueue
from core.worker import Worker
from tests.core.tasks import KettleBoiled, pour, whistle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_lazy")]


def jobs() -> list[tuple[str, dict]]:
    rows = DBTaskResult.objects.order_by("enqueued_at", "pk")
    return [(row.task_path, row.args_kwargs["kwargs"]) for row in rows]


def test_a_fact_is_a_row_and_a_job_for_each_subscriber(subscribe):
    subscribe(KettleBoiled)(pour)
    subscribe(KettleBoiled)(whistle)

    entry = publish(KettleBoiled(actor_id=7, litres=2))

    assert (entry.name, entry.actor_id, entry.course_id, entry.body) == ("tests.KettleBoiled", 7, None, {"litres": 2})
    assert jobs() == [
        ("core.tasks.deliver_event", {"event_id": entry.pk, "subscriber": "tests.core.tasks.pour"}),
        ("core.tasks.deliver_event", {"event_id": entry.pk, "subscriber": "tests.core.tasks.whistle"}),
    ]


def test_a_rollback_leaves_nothing(subscribe):
    subscribe(KettleBoiled)(pour)
    with transaction.atomic():
        publish(KettleBoiled(actor_id=None, litres=2))
        transaction.set_rollback(True)
    assert (EventLog.objects.count(), jobs()) == (0, [])


def test_a_subscriber_runs_once_however_often_it_is_delivered(subscribe, ran):
    subscribe(KettleBoiled)(pour)
    entry = publish(KettleBoiled(actor_id=7, litres=2))
    for _ in range(3):
        deliver(entry.pk, "tests.core.tasks.pour")
    Worker().drain()
    assert ran == [("pour", 2, 7)]


def test_a_failing_subscriber_is_retried_alone(subscribe, ran):
    subscribe(KettleBoiled)(whistle)
    subscribe(KettleBoiled)(pour)
    publish(KettleBoiled(actor_id=None, litres=1))
    worker = Worker()

    worker.drain()
    DBTaskResult.objects.filter(status=TaskResultStatus.READY).update(run_after="2020-01-01T00:00:00Z")
    worker.drain()

    assert sorted(ran, key=str) == [("pour", 1, None), ("whistle", 1), ("whistle", 1)]
    assert Effect.objects.count() == 1


def test_an_event_that_an_upgrade_removed_is_passed_over(subscribe, ran):
    subscribe(KettleBoiled)(pour)
    entry = publish(KettleBoiled(actor_id=None, litres=1))
    EventLog.objects.update(name="tests.Gone")
    deliver(entry.pk, "tests.core.tasks.pour")
    deliver(entry.pk, "tests.core.tasks.nobody")
    assert ran == []


def test_a_field_that_an_upgrade_removed_is_left_out(subscribe, ran):
    subscribe(KettleBoiled)(pour)
    entry = publish(KettleBoiled(actor_id=None, litres=1))
    EventLog.objects.update(body={"litres": 1, "colour": "red"})
    deliver(entry.pk, "tests.core.tasks.pour")
    assert ran == [("pour", 1, None)]


def test_subscribing_twice_delivers_once(subscribe):
    subscribe(KettleBoiled)(pour)
    subscribe(KettleBoiled)(pour)
    publish(KettleBoiled(actor_id=None, litres=1))
    assert len(jobs()) == 1


def test_an_effect_is_claimed_once():
    assert [claim_effect("a"), claim_effect("a"), claim_effect("b")] == [True, False, True]


def test_events_are_known_by_app_and_name():
    assert all_events()["tests.KettleBoiled"] is KettleBoiled


def test_a_job_belongs_to_its_transaction():
    with transaction.atomic():
        enqueue("tests.core.tasks.note", value="a")
        transaction.set_rollback(True)
    assert jobs() == []


def test_a_task_that_does_not_exist_is_refused_at_once():
    with pytest.raises(ImportError):
        enqueue("tests.core.tasks.nothing")
