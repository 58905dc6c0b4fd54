"""An administrator sees the site as somebody else: with a reason, read-only, in the sight of the person, and for a while."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.events import UserChanged
from accounts.models import Device, Impersonation, User
from accounts.models.user import NEVER
from accounts.services.devices import end_device, sign_out_everywhere
from accounts.services.impersonation import end_expired_impersonations, end_impersonation, start_impersonation
from accounts.services.people import change_role, suspend_user
from accounts.services.tokens import issue_tokens
from assessments.models import Attempt
from core import audit
from core.authz import SYSTEM
from core.context import set_impersonator
from core.errors import Conflict, Invalid, LooksOnly, NotAllowed
from core.events import publish
from core.models import EventLog
from core.tasks import enqueue
from core.worker import Worker
from courses.models import ItemProgress
from tests.factories import UserFactory
from tests.factories.assessments import put_question

pytestmark = pytest.mark.django_db
REASON = "Cannot open lesson 3"


@pytest.fixture
def behind(people, taught) -> Client:
    """A browser in which the administrator has just signed in."""
    client = Client()
    client.force_login(people.admin)
    return client


def look(client: Client, person: User, **values):
    return client.post(f"/people/{person.public_id}/view-as/", {"reason": REASON, **values})


def stop(client: Client):
    return client.post("/impersonation/stop/")


def log(*names: str) -> list[tuple]:
    return list(
        EventLog.objects.filter(name__in=names)
        .order_by("pk")
        .values_list("name", "actor_id", "impersonator_id", "person_id")
    )


def code_of(response) -> str:
    return response.context["code"] if response.context else response.json()["code"]


def test_the_session_is_the_persons_until_it_is_stopped(behind, people, taught):
    assert look(behind, people.student).url == "/"
    page = behind.get("/").content.decode()
    assert (
        "Ada Admin</b> sees the site as <b" in page,
        "Sam Student</b>" in page,
        "Nothing can be changed." in page,
    ) == (
        True,
        True,
        True,
    )
    assert behind.get("/people/").status_code == 403
    assert behind.get("/").wsgi_request.user == people.student
    assert stop(behind).url == f"/people/{people.student.public_id}/"
    assert (behind.get("/people/").status_code, "impersonation" in behind.get("/").content.decode()) == (200, False)
    row = Impersonation.objects.get()
    assert (row.actor, row.user, row.reason, row.may_change, row.ended_by) == (
        people.admin,
        people.student,
        REASON,
        False,
        "stopped",
    )
    assert log("accounts.ImpersonationStarted", "accounts.ImpersonationEnded") == [
        ("accounts.ImpersonationStarted", people.admin.pk, None, people.student.pk),
        ("accounts.ImpersonationEnded", people.admin.pk, None, people.student.pk),
    ]


def test_nothing_is_changed_by_pages_or_the_api(behind, people, taught):
    put_question(taught.section)
    look(behind, people.student)
    for address in (
        f"/learn/statistics/{taught.lesson.public_id}/done/",
        f"/learn/statistics/{taught.lesson.public_id}/place/",
        "/courses/statistics/leave/",
    ):
        answer = behind.post(address)
        assert (answer.status_code, code_of(answer)) == (403, "view_only"), address
    tried = behind.post("/api/v1/attempts/", {"lesson": str(taught.lesson.public_id)}, content_type="application/json")
    assert (tried.status_code, tried.headers["Content-Type"], code_of(tried)) == (
        403,
        "application/problem+json",
        "view_only",
    )
    assert behind.get(taught.lesson.get_absolute_url()).status_code == 200
    assert (ItemProgress.objects.count(), Attempt.objects.count()) == (0, 0)


def test_what_publishes_is_refused_whatever_way_it_came(people):
    set_impersonator(people.admin.pk, only_looks=True)
    try:
        with pytest.raises(LooksOnly):
            publish(UserChanged(actor_id=people.student.pk, user_id=people.student.pk, fields=["name"]))
    finally:
        set_impersonator(None)
    assert EventLog.objects.count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "/profile/",
        "/profile/picture/",
        "/profile/security/",
        "/profile/security/app/",
        "/profile/security/email/",
        "/profile/keys/",
        "/profile/devices/",
        "/profile/access/",
        "/accounts/password/change/",
        "/accounts/reauthenticate/",
        "/api/v1/me/",
        "/api/v1/me/keys/",
        "/api/v1/me/devices/",
        "/api/v1/me/access-log/",
    ],
)
def test_what_belongs_to_the_person_alone_is_out_of_reach(behind, people, settings, address):
    settings.IMPERSONATION_MAY_CHANGE = True
    look(behind, people.student, may_change="on")
    answer = behind.get(address)
    assert (answer.status_code, code_of(answer)) == (403, "out_of_reach")
    assert "impersonation/stop" in answer.content.decode() or address.startswith("/api/")


def test_no_token_of_the_person_is_given_out_and_their_own_page_stays_closed(behind, people, settings):
    settings.IMPERSONATION_MAY_CHANGE = True
    look(behind, people.teacher, may_change="on")
    assert code_of(behind.post("/api/v1/auth/session/token/")) == "out_of_reach"
    assert code_of(behind.post("/api/v1/auth/session/refresh/", headers={"X-Requested-With": "x"})) == "out_of_reach"
    assert code_of(behind.get(f"/people/{people.teacher.public_id}/")) == "out_of_reach"
    assert behind.get(f"/people/{people.student.public_id}/").status_code == 200


def test_who_may_change_acts_as_the_person_and_the_log_names_both(behind, people, taught, settings):
    settings.IMPERSONATION_MAY_CHANGE = True
    look(behind, people.student, may_change="on")
    assert "What you do counts as theirs" in behind.get("/").content.decode()
    behind.post(f"/learn/statistics/{taught.lesson.public_id}/done/")
    assert ItemProgress.objects.get().user == people.student
    assert log("courses.ItemCompleted") == [
        ("courses.ItemCompleted", people.student.pk, people.admin.pk, people.student.pk)
    ]
    behind.post("/impersonation/stop/")
    behind.force_login(people.admin)
    page = behind.get("/operations/events/", {"person": people.admin.email}).content.decode()
    assert "<b>Ada Admin</b> as Sam Student" in page
    program = APIClient()
    program.force_authenticate(people.admin)
    first = program.get("/api/v1/events/", {"name": "courses.ItemCompleted"}).json()["results"][0]
    assert (first["actor"], first["impersonator"]) == ("Sam Student", "Ada Admin")


def test_what_a_job_does_because_of_it_names_both(people, settings):
    settings.JOBS_EAGER = False
    set_impersonator(people.admin.pk)
    try:
        enqueue("tests.core.tasks.boil")
    finally:
        set_impersonator(None)
    enqueue("tests.core.tasks.boil")
    Worker(name="w").drain()
    assert list(EventLog.objects.order_by("pk").values_list("impersonator_id", flat=True)) == [people.admin.pk, None]


def test_acting_must_be_allowed_by_the_site(behind, people):
    look(behind, people.student, may_change="on")
    assert Impersonation.objects.get().may_change is False
    end_impersonation(actor=people.admin, impersonation=Impersonation.objects.get())
    device = Device.objects.get(user=people.admin)
    with pytest.raises(Conflict) as refused:
        start_impersonation(actor=people.admin, user=people.student, device=device, reason=REASON, may_change=True)
    assert refused.value.code == "view_only_site"


def test_nobody_looks_as_an_admin_as_oneself_as_somebody_closed_or_without_a_reason(behind, people):
    behind.get("/")
    device = Device.objects.get(user=people.admin)
    other_admin = UserFactory(role="admin")
    suspend_user(actor=people.admin, user=people.outsider, reason="x")
    for person, code in (
        (other_admin, "not_an_admin"),
        (people.admin, "not_yourself"),
        (people.outsider, "account_ended"),
    ):
        with pytest.raises(Conflict) as refused:
            start_impersonation(actor=people.admin, user=person, device=device, reason=REASON)
        assert refused.value.code == code
    for reason in ("", "  ", "x" * 301, "a\u202eb"):
        with pytest.raises(Invalid):
            start_impersonation(actor=people.admin, user=people.student, device=device, reason=reason)
    with pytest.raises(NotAllowed):
        start_impersonation(actor=people.admin, user=people.student, device=None, reason=REASON)
    assert Impersonation.objects.count() == 0


@pytest.mark.parametrize("who", ["owner", "teacher", "student"])
def test_only_administrators_look(client, people, taught, who):
    client.force_login(getattr(people, who))
    assert look(client, people.other_student).status_code in (403, 404)
    device = Device.objects.get(user=getattr(people, who))
    with pytest.raises(NotAllowed):
        start_impersonation(actor=getattr(people, who), user=people.other_student, device=device, reason=REASON)


def test_it_asks_for_a_fresh_proof(behind, people):
    session = behind.session
    session["proved_at"] = 1
    session.save()
    assert look(behind, people.student).url.startswith("/accounts/reauthenticate/")
    assert Impersonation.objects.count() == 0


def test_it_ends_when_its_time_is_over_and_what_was_asked_for_last_is_not_done(behind, people, taught, settings):
    settings.IMPERSONATION_MAY_CHANGE = True
    look(behind, people.student, may_change="on")
    Impersonation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = behind.post(f"/learn/statistics/{taught.lesson.public_id}/done/")
    assert (answer.status_code, answer.url, ItemProgress.objects.count()) == (302, "/impersonation/over/", 0)
    assert behind.get("/impersonation/over/").wsgi_request.user == people.admin
    assert Impersonation.objects.get().ended_by == "time"


def test_the_api_says_that_it_is_over(behind, people):
    look(behind, people.student)
    end_impersonation(actor=people.admin, impersonation=Impersonation.objects.get())
    answer = behind.get("/api/v1/courses/")
    assert (answer.status_code, code_of(answer)) == (403, "view_over")
    assert behind.get("/api/v1/courses/").status_code == 200


def test_it_ends_with_the_administrators_sign_in(behind, people):
    look(behind, people.student)
    sign_out_everywhere(actor=people.admin, user=people.admin)
    assert behind.get("/").wsgi_request.user.is_authenticated is False
    assert Impersonation.objects.get().ended_by == "signed_out"


def test_signing_out_meanwhile_signs_the_administrator_out(behind, people):
    look(behind, people.student)
    behind.post("/accounts/logout/")
    assert (Impersonation.objects.get().ended_by, Device.objects.open().count()) == ("signed_out", 0)


@pytest.mark.parametrize("change", ["actor loses the role", "person becomes admin", "person is suspended"])
def test_it_ends_when_it_would_not_be_allowed_any_more(behind, people, change):
    other = UserFactory(role="admin")
    look(behind, people.student)
    if change == "actor loses the role":
        change_role(actor=other, user=people.admin, role="manager")
    elif change == "person becomes admin":
        change_role(actor=other, user=people.student, role="admin")
    else:
        suspend_user(actor=other, user=people.student, reason="x")
    assert behind.get("/").url == "/impersonation/over/"
    assert Impersonation.objects.get().ended_by == "refused"


def test_a_job_ends_what_nobody_came_back_to(behind, people):
    look(behind, people.student)
    assert end_expired_impersonations() == 0
    Impersonation.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert (end_expired_impersonations(), end_expired_impersonations()) == (1, 0)
    row = Impersonation.objects.get()
    assert (row.ended_at, row.ended_by) == (row.expires_at, "time")


def test_it_is_no_use_of_the_persons_devices(behind, people):
    look(behind, people.student)
    behind.get("/")
    student = User.objects.get(pk=people.student.pk)
    assert (student.last_seen_at, Device.objects.filter(user=student).count()) == (NEVER, 0)


def test_a_program_in_the_same_browser_is_who_its_token_says(behind, people):
    look(behind, people.student)
    token = issue_tokens(user=people.teacher).access
    answer = behind.get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["email"] == people.teacher.email


def test_tokens_and_keys_cannot_look(people):
    token = issue_tokens(user=people.admin).access
    program = APIClient(headers={"Authorization": f"Bearer {token}"})
    answer = program.post(f"/api/v1/users/{people.student.public_id}/view-as/", {"reason": REASON}, format="json")
    assert (answer.status_code, Impersonation.objects.count()) == (401, 0)


def test_the_person_reads_who_looked_and_others_do_not(behind, people):
    look(behind, people.student)
    stop(behind)
    reader = Client()
    reader.force_login(people.student)
    page = reader.get("/profile/access/").content.decode()
    assert ("Ada Admin" in page, REASON in page, "Only looked" in page) == (True, True, True)
    row = Impersonation.objects.get()
    expected = {
        "id": str(row.public_id),
        "actor": {"id": str(people.admin.public_id), "name": "Ada Admin"},
        "user": {"id": str(people.student.public_id), "name": "Sam Student"},
        "reason": REASON,
        "may_change": False,
        "ended_by": "stopped",
    }
    answer = reader.get("/api/v1/me/access-log/").json()
    assert (answer["count"], {key: answer["results"][0][key] for key in expected}) == (1, expected)
    reader.force_login(people.other_student)
    assert REASON not in reader.get("/profile/access/").content.decode()
    assert reader.get("/api/v1/me/access-log/").json()["results"] == []
    assert reader.get("/api/v1/impersonations/").status_code == 403
    assert reader.delete(f"/api/v1/impersonations/{row.public_id}/").status_code == 404


def test_another_administrator_ends_it(behind, people):
    look(behind, people.student)
    other = Client()
    other.force_login(UserFactory(role="admin"))
    row = Impersonation.objects.get()
    assert "End it now" in other.get("/people/views/").content.decode()
    assert other.post(f"/people/views/{row.public_id}/end/").url == "/people/views/"
    assert behind.get("/").url == "/impersonation/over/"


def test_the_session_of_a_page_begins_and_stops_over_the_api(behind, people):
    address = f"/api/v1/users/{people.student.public_id}/view-as/"
    made = behind.post(address, {"reason": REASON}, content_type="application/json")
    assert (made.status_code, made.json()["user"]["name"]) == (201, "Sam Student")
    assert behind.get("/").wsgi_request.user == people.student
    assert behind.post("/api/v1/impersonations/stop/").status_code == 204
    assert behind.get("/").wsgi_request.user == people.admin


def test_usual_pages_ask_nothing_more_and_looking_asks_twice_more(behind, people, client):
    def queries(browser: Client) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            browser.get("/courses/")
        return [query["sql"] for query in seen]

    client.force_login(people.student)
    client.get("/courses/")
    own = queries(client)
    look(behind, people.student)
    behind.get("/courses/")
    seen_by_admin = queries(behind)
    assert [sql for sql in own if "impersonation" in sql] == []
    # Who looks, and the bell, which otherwise comes along with the person.
    assert len(seen_by_admin) == len(own) + 2


def test_entries_from_before_hold_and_a_changed_name_behind_one_does_not(people):
    fact = UserChanged(actor_id=people.student.pk, user_id=people.student.pk, fields=["name"])
    old = publish(fact)
    assert "null]" not in audit._facts(old)
    set_impersonator(people.admin.pk)
    both = publish(fact)
    set_impersonator(None)
    audit.seal_events()
    assert audit.verify().holds
    for entry, value in ((both, None), (both, people.owner.pk), (old, people.admin.pk)):
        was = EventLog.objects.get(pk=entry.pk).impersonator_id
        EventLog.objects.filter(pk=entry.pk).update(impersonator_id=value)
        assert [(p.kind, p.event_id) for p in audit.verify().problems] == [("changed", entry.pk)]
        EventLog.objects.filter(pk=entry.pk).update(impersonator_id=was)


def test_ending_a_device_of_the_system_ends_it(behind, people):
    look(behind, people.student)
    end_device(actor=SYSTEM, device=Device.objects.get(user=people.admin))
    assert Impersonation.objects.get().ended_by == "signed_out"
