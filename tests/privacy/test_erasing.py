from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail as django_mail
from django.db import models
from django.db.models import Count, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.enums import DeviceKind
from accounts.models import ApiKey, Device, Invitation, PeopleImport, PeopleImportRow, User
from accounts.services.devices import open_device
from accounts.services.invitations import make_invitation
from accounts.services.keys import make_key
from accounts.services.people import change_user, restore_user, suspend_user
from assessments.models import Attempt, PollVote
from core import audit
from core.errors import Conflict, Invalid, NotAllowed
from core.mail import send_queued
from core.models import EventLog, OutgoingMail
from courses.enums import Role
from courses.models import ItemProgress, Membership, Result
from files.models import StoredFile
from privacy.models import Erasure, PersonalExport
from privacy.services import erasing
from privacy.services.erasing import ask_erasure, run_erasure, step_names, take_back, tend_erasures
from privacy.services.exports import ask_export, run_export
from privacy.storage import path_of
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

WORDS = ("zyxwvut", "canary", "1632960001")


def found_anywhere() -> list[str]:
    """The columns of all tables in which the name, the address or the phone still stands."""
    found = []
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField | models.TextField | models.JSONField | models.BinaryField):
                continue
            if isinstance(field, models.BinaryField):
                texts = [bytes(value).decode("utf-8", "replace") for value in values(model, field.name)]
            else:
                rows = model._base_manager.annotate(as_text=Cast(field.name, models.TextField()))
                texts = [str(text) for text in rows.values_list("as_text", flat=True)]
            if any(word in text.lower() for text in texts for word in WORDS):
                found.append(f"{model._meta.label}.{field.name}")
    return found


def values(model, name):
    return [value for value in model._base_manager.values_list(name, flat=True) if value]


def figures() -> dict[str, object]:
    return {
        "members": list(Membership.objects.order_by("pk").values_list("course_id", "role", "ended_at")),
        "progress": list(
            ItemProgress.objects.values("item", "state").annotate(n=Count("pk")).order_by("item", "state")
        ),
        "results": Result.objects.aggregate(points=Sum("points"), most=Sum("max_points"), n=Count("pk")),
        "attempts": Attempt.objects.aggregate(points=Sum("points"), n=Count("pk")),
        "votes": list(PollVote.objects.values("block", "option").annotate(n=Count("pk"))),
    }


@pytest.fixture
def everywhere(busy, people):
    """The name also stands in devices, keys, mails, invitations, tables and exports."""
    open_device(user=busy, kind=DeviceKind.BROWSER, name="Zyxwvut's phone", session_key="s1", is_known=False)
    make_key(actor=busy, name="Canary script", scopes=["courses:read"], expires_at=timezone.now() + timedelta(days=9))
    OutgoingMail.objects.create(
        sender="a@example.org", recipients=["zyxwvut@example.org"], subject="Zyxwvut Canary", text="Hello Canary"
    )
    OutgoingMail.objects.create(
        sender="a@example.org",
        recipients=["b@example.org"],
        subject="S",
        text="From ZYXWVUT CANARY",
        html="<p>Zyxwvut Canary</p>",
    )
    make_invitation(actor=people.admin, email="zyxwvut@example.org", expires_at=timezone.now() + timedelta(days=9))
    run = PeopleImport.objects.create(user=people.admin, name="t.csv", content=b"zyxwvut@example.org", state="done")
    PeopleImportRow.objects.create(
        run=run,
        number=1,
        cells=["Zyxwvut Canary"],
        name="Zyxwvut Canary",
        email="zyxwvut@example.org",
        verdict="create",
    )
    suspend_user(actor=people.admin, user=busy, reason="Canary shouted")
    restore_user(actor=people.admin, user=User.objects.get(pk=busy.pk))
    ask_export(actor=people.admin, user=busy, reason="Zyxwvut Canary asked")
    return User.objects.get(pk=busy.pk)


def erased(user, admin):
    run_erasure(erasure=ask_erasure(actor=admin, user=user, reason="Asked by letter", at_once=True))
    return User.objects.get(pk=user.pk)


def test_nothing_personal_is_left_anywhere_and_figures_are_what_they_were(everywhere, people):
    assert len(found_anywhere()) > 12
    before = figures()
    gone = erased(everywhere, people.admin)
    assert found_anywhere() == []
    assert figures() == before
    assert (str(gone), gone.is_active, gone.role, gone.avatar, gone.bio) == ("Former member", False, "student", "", "")
    assert gone.email.endswith("@erased.invalid")
    assert not gone.has_usable_password()
    assert (Device.objects.filter(user=gone).count(), ApiKey.objects.filter(user=gone).count()) == (0, 0)
    assert StoredFile.objects.filter(name="picture.webp").count() == 0
    assert Invitation.objects.get(note="Former member").is_open is False
    record = Erasure.objects.get()
    assert (record.state, record.reason, record.user_id) == ("done", "Asked by letter", gone.pk)
    assert PersonalExport.objects.count() == 0


def test_the_event_log_holds_and_does_not_tell_what_was_written_in_words(everywhere, people, client):
    # As entries were before they only pointed to the words.
    EventLog.objects.create(
        name="accounts.UserSuspended", person_id=everywhere.pk, body={"user_id": everywhere.pk, "reason": "Because"}
    )
    audit.seal_events()
    client.force_login(people.admin)
    pages = ("/operations/events/", f"/people/{everywhere.public_id}/")
    for page in pages:
        told = client.get(page).content.decode()
        assert ("Because" in told, "Canary shouted" in told) == (True, True)
    erased(everywhere, people.admin)
    audit.seal_events()
    verdict = audit.verify()
    assert (verdict.holds, verdict.waiting) == (True, 0)
    for page in pages:
        told = client.get(page).content.decode()
        assert ("Because" in told, "Canary shouted" in told) == (False, False)


def test_nobody_signs_in_any_more(everywhere, people, client):
    client.force_login(everywhere)
    assert client.get("/profile/").status_code == 200
    erased(everywhere, people.admin)
    assert client.get("/profile/").status_code == 302
    with pytest.raises(Conflict):
        restore_user(actor=people.admin, user=everywhere)
    with pytest.raises(Conflict) as error:
        change_user(actor=people.admin, user=User.objects.get(pk=everywhere.pk), name="Back again")
    assert error.value.code == "person_erased"


def test_the_person_has_days_to_take_it_back_and_is_told(busy):
    erasure = ask_erasure(actor=busy, user=busy)
    assert (erasure.state, (erasure.due_at - timezone.now()).days) == ("waiting", 13)
    mail = OutgoingMail.objects.get(recipients=["zyxwvut@example.org"])
    assert "will be erased" in mail.subject
    assert run_erasure(erasure=erasure).state == "waiting"
    assert ask_erasure(actor=busy, user=busy) == erasure
    assert take_back(actor=busy, erasure=erasure).state == "taken_back"
    Erasure.objects.update(due_at=timezone.now() - timedelta(days=1))
    assert run_erasure(erasure=erasure).state == "taken_back"
    assert User.objects.get(pk=busy.pk).name == busy.name
    assert ask_erasure(actor=busy, user=busy) != erasure


@pytest.mark.parametrize("away", [False, True], ids=["sent", "the mail server is away"])
def test_who_is_erased_at_once_is_told_while_the_address_is_known(busy, people, settings, monkeypatch, away):
    settings.JOBS_EAGER = False
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    if away:
        monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", lambda *_a: 1 / 0)
    asked = ask_erasure(actor=people.admin, user=busy, reason="Letter", at_once=True)
    mail = OutgoingMail.objects.get(recipients=["zyxwvut@example.org"])
    assert "It happens now and cannot be undone" in mail.text
    # The job that erases may come before the one that sends.
    assert run_erasure(erasure=asked).state == "done"
    send_queued(mail.pk)
    assert OutgoingMail.objects.filter(pk=mail.pk).count() == 0
    assert [sent.to for sent in django_mail.outbox] == ([] if away else [["zyxwvut@example.org"]])
    assert found_anywhere() == []


def test_what_has_begun_cannot_be_taken_back(busy, people):
    erasure = ask_erasure(actor=people.admin, user=busy, reason="Letter", at_once=True)
    run_erasure(erasure=erasure)
    with pytest.raises(Conflict) as error:
        take_back(actor=people.admin, erasure=erasure)
    assert error.value.code == "erasure_began"


@pytest.mark.parametrize("stop", range(0, 18, 3))
def test_one_that_breaks_off_anywhere_goes_on_where_it_was(settings, everywhere, people, monkeypatch, stop):
    settings.JOBS_EAGER = False
    before = figures()
    erasure = ask_erasure(actor=people.admin, user=everywhere, reason="Letter", at_once=True)
    real, done = erasing._run_step, []

    def breaks(row, name):
        if len(done) == stop:
            done.append("broke")
            raise KeyboardInterrupt
        done.append(name)
        real(row, name)

    monkeypatch.setattr(erasing, "_run_step", breaks)
    with pytest.raises(KeyboardInterrupt):
        run_erasure(erasure=erasure)
    assert User.objects.get(pk=everywhere.pk).is_active is False
    assert Erasure.objects.get().state == "running"
    assert run_erasure(erasure=erasure).state == "done"
    assert [name for name in done if name != "broke"] == step_names()
    assert (found_anywhere(), figures()) == ([], before)
    assert run_erasure(erasure=erasure).steps == step_names()


def test_who_alone_owns_a_course_hands_it_over_first(people, taught):
    with pytest.raises(Conflict) as error:
        ask_erasure(actor=people.owner, user=people.owner)
    assert error.value.code == "hand_over_first"
    assert "Statistics" in str(error.value.message)
    MembershipFactory(course=taught.course, user=people.outsider, role=Role.OWNER)
    erasure = ask_erasure(actor=people.owner, user=people.owner)
    Membership.objects.filter(user=people.outsider).update(ended_at=timezone.now())
    Erasure.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert run_erasure(erasure=erasure).state == "blocked"
    assert User.objects.get(pk=people.owner.pk).is_active is True
    Membership.objects.filter(user=people.outsider).update(ended_at=None)
    assert tend_erasures() == 1
    assert run_erasure(erasure=erasure).state == "done"


def test_the_last_admin_stays(people):
    with pytest.raises(Conflict) as error:
        ask_erasure(actor=people.admin, user=people.admin)
    assert error.value.code == "last_admin"


def test_who_may_have_somebody_erased(people):
    for name in ("owner", "teacher", "student", "outsider"):
        with pytest.raises(NotAllowed):
            ask_erasure(actor=getattr(people, name), user=people.other_student, reason="No")
    with pytest.raises(Invalid):
        ask_erasure(actor=people.admin, user=people.other_student)


def test_a_reason_that_names_the_person_does_not_stay(busy, people):
    run_erasure(erasure=ask_erasure(actor=people.admin, user=busy, reason="zyxwvut canary wrote", at_once=True))
    assert Erasure.objects.get().reason == "Reason removed: it named the person."
    assert EventLog.objects.filter(body__icontains="wrote").count() == 0


def test_an_archive_of_the_person_dies_with_the_account(busy, people):
    export = run_export(export=ask_export(actor=busy, user=busy))
    assert path_of(export).exists()
    erased(busy, people.admin)
    assert not path_of(export).exists()
