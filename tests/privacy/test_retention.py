import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.enums import DeviceKind
from accounts.models import Device, TokenFamily, User
from accounts.services.devices import end_overdue_devices, open_device
from core import audit
from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.models import ClientError, EventLog, EventSeal, OutgoingMail
from core.slots import RETENTION
from privacy.models import Erasure, RetentionRule
from privacy.selectors import all_retention, closed_accounts, retention
from privacy.services.retention import change_rule, run_all_rules, run_rule
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def old_events(count, days=400):
    """So many entries of the event log that are sealed and ``days`` old."""
    then = timezone.now() - timedelta(days=days)
    EventLog.objects.bulk_create([EventLog(name="core.Old", body={"n": n}) for n in range(count)])
    EventLog.objects.update(at=then)
    audit.seal_events()
    EventSeal.objects.update(at=then)


def mails(count, days, state=OutgoingMail.State.SENT):
    for _ in range(count):
        mail = OutgoingMail.objects.create(sender="a@x.org", recipients=["b@x.org"], subject="S", text="T", state=state)
        OutgoingMail.objects.filter(pk=mail.pk).update(created_at=timezone.now() - timedelta(days=days))


def test_the_preview_is_what_the_run_does_and_the_chain_goes_on(settings, people):
    old_events(132)
    EventLog.objects.create(name="core.New", body={})
    audit.seal_events()
    rule = retention("events")
    assert (rule.days, rule.would) == (365, 132)
    assert run_rule(actor=people.admin, kind="events", before=rule.before) == 132
    assert not EventLog.objects.filter(name="core.Old").exists()
    audit.seal_events()
    assert audit.verify().holds
    [file] = Path(settings.AUDIT_ARCHIVE_DIR).iterdir()
    assert (audit.verify_archive(file).holds, audit.verify_archive(file).sealed) == (True, 132)
    event = EventLog.objects.get(name="privacy.RetentionRan")
    assert (event.actor_id, event.body["kind"], event.body["rows"]) == (people.admin.pk, "events", 132)
    assert (retention("events").would, retention("events").last_rows) == (0, 132)


def test_what_became_old_after_the_preview_stays(people):
    mails(3, days=91)
    rule = retention("mails")
    mails(2, days=90)
    assert run_rule(actor=people.admin, kind="mails", before=rule.before) == 3
    assert OutgoingMail.objects.count() == 2
    assert run_rule(actor=people.admin, kind="mails") == 2


def test_a_preview_of_a_rule_that_keeps_more_by_now_does_nothing(people):
    mails(3, days=91)
    rule = retention("mails")
    change_rule(actor=people.admin, kind="mails", days=365)
    with pytest.raises(Conflict) as error:
        run_rule(actor=people.admin, kind="mails", before=rule.before)
    assert (error.value.code, OutgoingMail.objects.count()) == ("preview_old", 3)


@pytest.mark.parametrize("count", [1, 501])
def test_every_kind_counts_what_it_lets_go_of(people, count):
    then = timezone.now() - timedelta(days=5000)
    mails(2, days=5000)
    mails(1, days=5000, state=OutgoingMail.State.QUEUED)
    for number in range(count):
        ClientError.objects.create(fingerprint=str(number), kind="error", message="m", first_seen=then, last_seen=then)
    device = open_device(user=people.student, kind=DeviceKind.BROWSER, address="192.0.2.1")
    Device.objects.filter(pk=device.pk).update(ended_at=then)
    for key, kind in RETENTION.items():
        before = timezone.now() - timedelta(days=kind.days or 30)
        would = kind.count(before)
        assert kind.run(before) == would, key
        assert kind.count(before) == 0, key
    assert (ClientError.objects.count(), Device.objects.count(), OutgoingMail.objects.count()) == (0, 0, 1)


def test_rules_are_changed_by_administrators_within_their_limits(people):
    with pytest.raises(NotAllowed):
        change_rule(actor=people.owner, kind="mails", days=5)
    with pytest.raises(NotAllowed):
        run_rule(actor=people.owner, kind="mails")
    for kind, days in (("events", 6), ("mails", 0), ("mails", 99_999), ("personal_exports", None)):
        with pytest.raises(Invalid):
            change_rule(actor=people.admin, kind=kind, days=days)
    rule = change_rule(actor=people.admin, kind="mails", days=None, version=1)
    assert (rule.days, rule.would, rule.version) == (None, 0, 2)
    with pytest.raises(Stale):
        change_rule(actor=people.admin, kind="mails", days=10, version=1)
    with pytest.raises(Conflict) as error:
        run_rule(actor=people.admin, kind="mails")
    assert error.value.code == "retention_off"
    change_rule(actor=people.admin, kind="mails", days=None)
    facts = EventLog.objects.filter(name="privacy.RetentionRuleChanged").values_list("body", flat=True)
    assert list(facts) == [{"kind": "mails", "before": 90, "after": None}]


def test_each_night_everything_is_kept_to_its_rule(people, monkeypatch):
    mails(2, days=100)
    RetentionRule.objects.create(kind="client_errors", days=None)

    def broken(before):
        raise RuntimeError

    entry = RETENTION._entries["jobs"]
    monkeypatch.setitem(RETENTION._entries, "jobs", (entry[0], type(entry[1])("J", "d", 7, lambda before: 0, broken)))
    done = run_all_rules()
    assert (done["mails"], "jobs" in done, "client_errors" in done, "closed_accounts" in done) == (
        2,
        False,
        False,
        False,
    )
    assert OutgoingMail.objects.count() == 0
    assert EventLog.objects.filter(name="privacy.RetentionRan").values_list("actor_id", "body__kind").get() == (
        None,
        "mails",
    )


def test_closed_accounts_are_erased_when_the_rule_says_so(people, taught):
    then = timezone.now() - timedelta(days=100)
    closed = UserFactory(is_active=False, ended_at=then, name="Closed Person")
    User.objects.filter(pk=people.owner.pk).update(is_active=False, ended_at=then)
    change_rule(actor=people.admin, kind="closed_accounts", days=90)
    assert list(closed_accounts(timezone.now())) == [closed]
    assert run_rule(actor=people.admin, kind="closed_accounts") == 1
    assert Erasure.objects.get().user_id == closed.pk
    assert retention("closed_accounts").would == 0


def test_sessions_that_nobody_comes_back_to_are_ended(people):
    now = timezone.now()
    kept = open_device(user=people.student, kind=DeviceKind.BROWSER, session_key="a")
    idle = open_device(user=people.student, kind=DeviceKind.BROWSER, session_key="b")
    old = open_device(user=people.student, kind=DeviceKind.BROWSER, session_key="c", remembered=True)
    staff = open_device(user=people.admin, kind=DeviceKind.BROWSER, session_key="d")
    program = open_device(user=people.student, kind=DeviceKind.PROGRAM)
    going = open_device(user=people.student, kind=DeviceKind.PROGRAM)
    TokenFamily.objects.create(user=people.student, device=program, expires_at=now - timedelta(hours=1))
    TokenFamily.objects.create(user=people.student, device=going, expires_at=now + timedelta(hours=1))
    Device.objects.filter(pk__in=[idle.pk]).update(last_seen_at=now - timedelta(hours=13))
    Device.objects.filter(pk__in=[old.pk]).update(created_at=now - timedelta(days=15))
    Device.objects.filter(pk__in=[kept.pk]).update(last_seen_at=now - timedelta(hours=11))
    Device.objects.filter(pk__in=[staff.pk]).update(last_seen_at=now - timedelta(hours=2))
    assert end_overdue_devices() == 4
    assert set(Device.objects.open()) == {kept, going}
    assert EventLog.objects.filter(name="accounts.DeviceEnded", actor_id=None).count() == 4
    assert end_overdue_devices() == 0


def test_the_page_previews_and_runs(client, people):
    mails(3, days=100)
    client.force_login(people.admin)
    page = client.get("/operations/retention/").content.decode()
    assert "Would let go of 3 entries older than 90 days" in page
    before = retention("mails").before.isoformat()
    assert client.post("/operations/retention/mails/run/", {"before": before}).status_code == 302
    assert OutgoingMail.objects.count() == 0
    refused = client.post("/operations/retention/events/", {"events-days": "3", "events-version": "1"})
    assert (refused.status_code, "from 7 to" in refused.content.decode()) == (422, True)
    assert client.post("/operations/retention/events/", {"events-days": "30", "events-version": "1"}).status_code == 302
    assert retention("events").days == 30
    assert client.post("/operations/retention/nothing/run/").status_code == 404


def test_the_page_does_not_offer_to_keep_for_good_what_must_go(client, people):
    client.force_login(people.admin)

    def parts_of(response):
        found = re.split(r'id="rule-([a-z_]+)"', response.content.decode())
        return dict(zip(found[1::2], found[2::2], strict=True))

    parts = parts_of(client.get("/operations/retention/"))
    offered = {kind: "Empty: for good." in part for kind, part in parts.items()}
    assert offered == {key: kind.keepable for key, kind in RETENTION.items()}
    assert set(offered.values()) == {True, False}
    assert parts["personal_exports"].count("A number is needed: this is not kept for good.") == 1

    refused = client.post("/operations/retention/personal_exports/", {"personal_exports-days": ""})
    assert refused.status_code == 422
    assert "Empty: for good." not in parts_of(refused)["personal_exports"]


def test_the_page_asks_as_often_for_much_as_for_little(client, people):
    from django.db import connection  # noqa: PLC0415 -- read once
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- read once

    client.force_login(people.admin)
    client.get("/operations/retention/")
    with CaptureQueriesContext(connection) as few:
        client.get("/operations/retention/")
    mails(20, days=100)
    old_events(20)
    with CaptureQueriesContext(connection) as many:
        client.get("/operations/retention/")
    assert len(many) == len(few)
    assert len(all_retention()) == len(RETENTION.keys())
