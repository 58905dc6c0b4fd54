from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Consent, PolicyVersion, User
from accounts.selectors.consents import due_policies, forget_policies
from accounts.services.consents import answer_policies, change_policy_version, write_policy
from core import append_only
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog

pytestmark = pytest.mark.django_db


def write(people, kind="terms", days=0, **fields):
    values = {"title": "Terms of use", "text": "Be **kind**.", "asks": "required", "changes": "Kinder."}
    moment = timezone.now() + timedelta(days=days)
    version = write_policy(actor=people.admin, kind=kind, effective_from=moment, **values | fields)
    forget_policies()
    return version


def due(user):
    return [(policy.kind, policy.number) for policy in due_policies(User.objects.get(pk=user.pk))]


def say(user, **answers):
    return answer_policies(actor=user, user=user, answers=answers, way="page")


def test_versions_follow_each_other_and_stay_as_they_are(people):
    first = write(people)
    assert (first.number, first.html) == (1, "<p>Be <strong>kind</strong>.</p>\n")
    with pytest.raises(Conflict) as error:
        change_policy_version(actor=people.admin, version=first, text="Be unkind.")
    assert error.value.code == "policy_in_force"
    second = write(people, days=3)
    assert change_policy_version(actor=people.admin, version=second, text="Be kinder.").text == "Be kinder."
    with pytest.raises(Invalid):
        write(people, days=2)
    with pytest.raises(Invalid):
        write(people, kind="privacy", days=-1)
    with pytest.raises(NotAllowed):
        write_policy(actor=people.owner, kind="terms", effective_from=timezone.now(), title="T", text="T")
    facts = EventLog.objects.filter(name="accounts.PolicyWritten").order_by("pk").values_list("body", flat=True)
    assert [(fact["policy"], fact["version"]) for fact in facts] == [("terms", 1), ("terms", 2), ("terms", 2)]


def test_a_new_version_asks_again_only_if_it_says_so(people):
    write(people)
    student = people.student
    assert due(student) == [("terms", 1)]
    say(student, terms=True)
    assert due(student) == []
    write(people, asks_again=False)
    assert (due(student), due(people.outsider)) == ([], [("terms", 2)])
    write(people)
    assert due(student) == [("terms", 3)]
    assert say(student, terms=True)[0].version.number == 3
    assert say(student, terms=True) == []
    assert list(Consent.objects.filter(user=student).order_by("pk").values_list("version__number", "given", "way")) == [
        (1, True, "page"),
        (3, True, "page"),
    ]


def test_one_that_is_to_come_asks_nobody_yet(people):
    write(people, days=2)
    assert due(people.student) == []


def test_consent_that_may_be_refused_is_taken_back_and_given_again(people):
    write(people, kind="research", asks="optional")
    student = people.student
    for given in (False, True, False):
        say(student, research=given)
    assert due(student) == []
    assert list(Consent.objects.order_by("pk").values_list("given", flat=True)) == [False, True, False]
    names = EventLog.objects.filter(name__startswith="accounts.Consent").order_by("pk").values_list("name", flat=True)
    assert list(names) == ["accounts.ConsentRefused", "accounts.ConsentGiven", "accounts.ConsentRefused"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE accounts_consent SET given = NOT given", "DELETE FROM accounts_consent"],
)
def test_what_was_said_stays_in_the_database_too(people, statement):
    write(people)
    say(people.student, terms=True)
    append_only.guard(connection.alias)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    write(people, asks="optional")
    say(people.student, terms=False)
    assert list(Consent.objects.order_by("pk").values_list("given", flat=True)) == [True, False]
    append_only.unguard(connection.alias)
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_no_cannot_be_said_to_what_is_required_nor_for_others(people):
    write(people)
    with pytest.raises(Conflict) as error:
        say(people.student, terms=False)
    assert error.value.code == "consent_required"
    with pytest.raises(Conflict):
        say(people.student, privacy=True)
    with pytest.raises(NotAllowed):
        answer_policies(actor=people.student, user=people.outsider, answers={"terms": True}, way="page")
    assert Consent.objects.count() == 0


def test_the_next_page_asks_and_goes_on(client, people, taught):
    write(people)
    client.force_login(people.student)
    asked = client.get("/courses/statistics/?a=b")
    assert asked["Location"] == "/accounts/consent/?next=%2Fcourses%2Fstatistics%2F%3Fa%3Db"
    page = client.get(asked["Location"]).content.decode()
    assert ("Kinder." in page, "/policies/terms/1/" in page) == (True, True)
    refused = client.post(asked["Location"], {"next": "/courses/statistics/?a=b"})
    assert (refused.status_code, Consent.objects.count()) == (422, 0)
    gone_on = client.post("/accounts/consent/", {"terms": "on", "next": "/courses/statistics/?a=b"})
    assert gone_on["Location"] == "/courses/statistics/?a=b"
    assert client.get("/courses/statistics/").status_code == 200
    assert client.post("/accounts/consent/", {"next": "https://evil.example/"})["Location"] == "/"


def test_nothing_that_somebody_typed_or_a_program_does_is_held_up(client, people, taught):
    write(people)
    client.force_login(people.student)
    assert client.post("/profile/", {"name": "Sam Changed", "email": "x"}).status_code in (200, 302, 422)
    assert client.get("/courses/", headers={"HX-Request": "true"}).status_code == 200
    assert client.get("/courses/", headers={"Accept": "*/*"}).status_code == 200
    assert client.get("/api/v1/courses/").status_code == 200
    assert client.get("/policies/terms/").status_code == 200
    assert client.get("/profile/data/").status_code == 200
    assert client.get("/accounts/logout/").status_code == 200


def test_a_page_costs_no_query_more(client, people, taught):
    client.force_login(people.student)
    client.get("/courses/")
    with CaptureQueriesContext(connection) as without:
        client.get("/courses/")
    write(people)
    say(people.student, terms=True)
    client.get("/courses/")
    with CaptureQueriesContext(connection) as with_policy:
        assert client.get("/courses/").status_code == 200
    assert len(with_policy) == len(without)


def test_signing_up_agrees(client, people, settings):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"
    write(people)
    write(people, kind="research", asks="optional", title="Research")
    form = {"name": "New Person", "email": "new@example.org", "password1": "a quiet lake in the morning"}
    refused = client.post("/accounts/signup/", form)
    assert refused.status_code in (200, 422)
    assert not User.objects.filter(email="new@example.org").exists()
    client.post("/accounts/signup/", {**form, "policy_terms": "on"})
    person = User.objects.get(email="new@example.org")
    assert list(Consent.objects.values_list("user", "version__kind", "given", "way")) == [
        (person.pk, "terms", True, "registration")
    ]
    assert due(person) == [("research", 1)]


def test_people_see_what_they_said_and_take_it_back(client, people):
    write(people, kind="research", asks="optional", title="Research")
    say(people.student, research=True)
    client.force_login(people.student)
    assert "Take it back" in client.get("/profile/consents/").content.decode()
    client.post("/profile/consents/research/", {"given": "no"})
    assert "Agree after all" in client.get("/profile/consents/").content.decode()
    assert Consent.objects.count() == 2
    assert client.post("/profile/consents/nothing/", {"given": "no"}).status_code == 404


def test_everybody_reads_every_version_that_was_in_force(client, people):
    write(people, text="First words.")
    write(people, text="Second words.")
    write(people, text="Third words.", days=5)
    assert "Second words." in client.get("/policies/terms/").content.decode()
    assert "First words." in client.get("/policies/terms/1/").content.decode()
    assert client.get("/policies/terms/3/").status_code == 404
    client.force_login(people.admin)
    say(people.admin, terms=True)
    assert "Third words." in client.get("/policies/terms/3/").content.decode()


def test_administrators_write_on_pages(client, people):
    client.force_login(people.admin)
    form = {"kind": "terms", "title": "Terms", "text": "Be kind.", "asks": "required", "asks_again": "on"}
    assert client.post("/operations/policies/new/", form)["Location"] == "/operations/policies/"
    later = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    client.post("/operations/policies/new/", {**form, "text": "Be kinder.", "effective_from": later})
    assert client.post("/operations/policies/terms/1/", form).status_code == 422
    changed = client.post("/operations/policies/terms/2/", {**form, "text": "Kindest.", "effective_from": later})
    assert changed["Location"] == "/operations/policies/"
    assert list(PolicyVersion.objects.order_by("number").values_list("text", flat=True)) == ["Be kind.", "Kindest."]


def test_programs_read_write_and_answer(people):
    write(people)
    client = APIClient()
    client.force_authenticate(people.student)
    state = client.get("/api/v1/me/consents/").json()
    assert state == {
        "due": [{"kind": "terms", "number": 1, "title": "Terms of use", "is_required": True}],
        "consents": [],
    }
    answered = client.post("/api/v1/me/consents/", {"kind": "terms", "given": True}).json()
    assert ([(c["kind"], c["given"], c["way"]) for c in answered["consents"]], answered["due"]) == (
        [("terms", True, "api")],
        [],
    )
    assert client.get("/api/v1/policies/").json()["results"][0]["text"] == "Be **kind**."
    assert client.post("/api/v1/policies/", {}).status_code == 403
    client.force_authenticate(people.admin)
    moment = (timezone.now() + timedelta(days=1)).isoformat()
    body = {"kind": "terms", "title": "T", "text": "New.", "effective_from": moment}
    made = client.post("/api/v1/policies/", body)
    assert (made.status_code, made["Location"]) == (201, "/api/v1/policies/terms/2/")
    assert client.patch(made["Location"], {"text": "Newer."}).json()["text"] == "Newer."
