"""The event log as a chain: sealed beside the requests, refused by the database, told by ``audit verify``."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from accounts.events import PolicyWritten
from core import append_only, audit
from core.events import publish
from core.jobs import JobsRunAgain
from core.models import EventArchive, EventLog, EventSeal

LONG_AGO = timedelta(hours=30)


def happen(count=1):
    return [publish(JobsRunAgain(actor_id=1, job_ids=[str(n)])) for n in range(count)]


@pytest.fixture
def sealed(db):
    """Five entries, sealed."""
    entries = happen(5)
    assert audit.seal_events() == 5
    return entries


def in_the_database(sql, *values):
    """As somebody would who has the database and knows nothing of the application."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def found(**options):
    return [(p.kind, p.event_id) for p in audit.verify(**options).problems]


def verified(*arguments):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("audit", *arguments, stdout=out, stderr=err)
    except CommandError:
        return err.getvalue().splitlines()
    return out.getvalue().splitlines()


def test_what_was_left_alone_holds_and_new_entries_wait(sealed):
    happen(2)
    verdict = audit.verify()
    assert (verdict.holds, verdict.sealed, verdict.waiting, verdict.head.number) == (True, 5, 2, 5)
    assert (audit.seal_events(), audit.seal_events(), audit.verify().sealed) == (2, 0, 7)


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 7",
        "name = 'core.Other'",
        "body = '{}'",
        "address = '192.0.2.1'",
        "request_id = 'another'",
        "at = '2020-01-01 00:00:00+00:00'",
    ],
)
def test_a_row_that_was_changed_in_the_database_is_named(sealed, change):
    in_the_database(f"UPDATE core_eventlog SET {change} WHERE id = %s", sealed[2].pk)  # noqa: S608 -- ours
    assert found() == [("changed", sealed[2].pk)]
    assert verified("verify")[0] == f"event {sealed[2].pk} (seal 3) was changed, or its seal was"


def test_a_row_that_was_taken_away_is_named(sealed):
    in_the_database("DELETE FROM core_eventlog WHERE id = %s", sealed[1].pk)
    assert verified("verify") == [f"event {sealed[1].pk} (seal 2) is missing"]


def test_a_row_that_was_taken_away_with_its_seal_is_named(sealed):
    in_the_database("DELETE FROM core_eventlog WHERE id = %s", sealed[1].pk)
    in_the_database("DELETE FROM core_eventseal WHERE event_id = %s", sealed[1].pk)
    assert found() == [("seal_missing", None)]


def test_a_row_that_was_put_in_between_is_named_and_never_sealed(sealed):
    EventLog.objects.filter(pk=sealed[1].pk).delete()
    EventSeal.objects.all().delete()
    audit.seal_events()
    forged = EventLog.objects.create(pk=sealed[1].pk, name="core.JobsRunAgain", body={}, actor_id=9)
    EventLog.objects.filter(pk=forged.pk).update(at=timezone.now() - LONG_AGO)
    assert (audit.seal_events(), found()) == (0, [("inserted", forged.pk)])


def test_a_row_at_the_end_with_a_time_of_before_is_named(sealed):
    forged = happen()[0]
    EventLog.objects.filter(pk=forged.pk).update(at=timezone.now() - LONG_AGO)
    assert (audit.seal_events(), found()) == (0, [("inserted", forged.pk)])


def test_an_entry_whose_transaction_ended_late_is_sealed_late(sealed):
    EventLog.objects.filter(pk=sealed[1].pk).delete()
    EventSeal.objects.all().delete()
    audit.seal_events()
    EventLog.objects.create(pk=sealed[1].pk, name="core.JobsRunAgain", body={}, actor_id=9)
    assert (audit.seal_events(), audit.verify().holds) == (1, True)
    assert EventSeal.objects.get(number=5).event_id == sealed[1].pk


def test_old_entries_of_a_site_that_never_sealed_are_sealed(db):
    entries = happen(3)
    for days, entry in zip((30, 20, 1), entries, strict=True):
        EventLog.objects.filter(pk=entry.pk).update(at=timezone.now() - timedelta(days=days))
    assert (audit.seal_events(), audit.verify().holds) == (3, True)


def test_a_chain_that_was_made_anew_without_the_key_does_not_hold(sealed, settings):
    EventSeal.objects.all().delete()
    EventLog.objects.filter(pk=sealed[0].pk).update(actor_id=9)
    own, settings.SECRET_KEY = settings.SECRET_KEY, "somebody else's" * 5
    audit.seal_events()
    settings.SECRET_KEY = own
    assert found()[0] == ("unknown_key", sealed[0].pk)


def test_after_a_change_of_the_key_the_old_seals_hold(sealed, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key" * 9, [settings.SECRET_KEY]
    happen()
    assert (audit.seal_events(), audit.verify().holds) == (1, True)


def test_an_end_that_was_cut_off_is_seen_by_a_head_that_was_noted(sealed):
    head = verified("verify")[-1].removeprefix("Head: ")
    EventSeal.objects.filter(number=5).delete()
    EventLog.objects.filter(pk=sealed[4].pk).delete()
    happen()
    audit.seal_events()
    assert (audit.verify().holds, verified("verify", "--head", head)) == (
        True,
        ["seal 5 is not what was noted: the end of the log was cut off or replaced"],
    )


def test_old_entries_go_into_a_file_and_the_chain_goes_on(sealed, tmp_path):
    append_only.guard(connection.alias)
    happen(2)
    audit.seal_events()
    made = audit.archive(before=timezone.now() + LONG_AGO, folder=tmp_path)
    assert (made.number, made.events, EventLog.objects.count()) == (7, 7, 0)
    happen(3)
    audit.seal_events()
    path = tmp_path / made.file_name
    assert (audit.verify().holds, audit.verify().head.number) == (True, 10)
    assert verified("verify", "--archive", str(path))[0] == ("The event log holds: 7 sealed, 0 waiting for their seal.")
    again = audit.archive(before=timezone.now() + LONG_AGO, folder=tmp_path)
    assert (again.file_name, audit.verify_archive(tmp_path / again.file_name).holds) == (
        "events-8-10.jsonl.gz",
        True,
    )
    assert audit.archive(before=timezone.now(), folder=tmp_path) is None


def test_only_what_is_old_goes(sealed, tmp_path):
    for entry in sealed[:2]:
        EventLog.objects.filter(pk=entry.pk).update(at=timezone.now() - LONG_AGO)
    EventSeal.objects.all().delete()
    audit.seal_events()
    audit.archive(before=timezone.now() - timedelta(hours=1), folder=tmp_path)
    assert list(EventLog.objects.order_by("pk").values_list("pk", flat=True)) == [e.pk for e in sealed[2:]]
    assert audit.verify().holds


def test_a_broken_chain_is_not_put_away(sealed, tmp_path):
    EventLog.objects.filter(pk=sealed[0].pk).update(actor_id=9)
    with pytest.raises(CommandError, match="does not hold"):
        call_command("audit", "archive", "--before", "2100-01-01", str(tmp_path))
    assert (EventArchive.objects.exists(), EventLog.objects.count()) == (False, 5)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_eventlog SET actor_id = 7",
        "DELETE FROM core_eventlog",
        "UPDATE core_eventseal SET digest = 'x'",
        "DELETE FROM core_eventseal",
    ],
)
def test_the_database_refuses(sealed, statement):
    append_only.guard(connection.alias)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        in_the_database(statement)
    happen()
    append_only.unguard(connection.alias)
    in_the_database(statement)


def test_migrating_puts_the_guard_up(db, settings):
    settings.GUARD_EVENT_LOG = True
    call_command("migrate", verbosity=0)
    happen()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        EventLog.objects.update(actor_id=7)
    append_only.unguard(connection.alias)


def test_to_publish_costs_one_query_as_before(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        publish(PolicyWritten(actor_id=1, policy="terms", version=1))


@pytest.mark.django_db(transaction=True)
def test_it_holds_while_others_publish_and_two_seal():
    def work(number):
        for _ in range(5):
            if number < 2:
                happen(4)
            else:
                audit.seal_events()
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    audit.seal_events()
    verdict = audit.verify()
    assert (verdict.problems, verdict.sealed, verdict.waiting) == ([], 40, 0)
