import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from assessments.models import Attempt
from tests.factories.assessments import SHORT, put_question

pytestmark = pytest.mark.django_db

LIST = "/api/v1/attempts/"
SECRETS = ("right-person", '"average"', "FB-", "EXPLAIN", "2.75", "SECRETWORD", '"two"')


def api(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def start(user, taught):
    return api(user).post(LIST, {"lesson": str(taught.lesson.public_id)})


def put(user, attempt, one, answer, **extra):
    address = f"{LIST}{attempt['id']}/answers/{one.question.public_id}/"
    return api(user).put(address, {"response": one.given(user, answer), **extra})


def submit(user, attempt):
    return api(user).post(f"{LIST}{attempt['id']}/submit/")


def test_started_answered_submitted_and_read(people, taught, asked):
    student = people.student
    made = start(student, taught)
    attempt = made.json()
    assert (made.status_code, made["Location"]) == (201, f"{LIST}{attempt['id']}/")
    assert start(student, taught).json() == attempt
    saved = put(student, attempt, asked["single"], "average")
    assert (saved.status_code, saved["ETag"]) == (200, '"1"')
    assert {name: saved.json()[name] for name in ("verdict", "points", "key", "feedback", "explanation")} == {
        "verdict": None,
        "points": None,
        "key": None,
        "feedback": {},
        "explanation": None,
    }
    put(student, attempt, asked["numeric"], "2,75 min")
    done = submit(student, attempt).json()
    assert (done["state"], done["points"], done["max_points"], done["number"]) == ("submitted", "1", "4", 1)
    verdicts = {answer["kind"]: answer["verdict"] for answer in done["answers"]}
    assert verdicts == {"single": "wrong", "multiple": None, "numeric": "right", "short": None}
    assert submit(student, attempt).json() == done
    assert api(student).get(made["Location"]).json() == done


def test_what_may_be_seen_when(people, taught, asked):
    student = people.student
    attempt = start(student, taught).json()
    assert [secret for secret in SECRETS if secret in json.dumps(attempt)] == []
    put(student, attempt, asked["single"], "average")
    put(student, attempt, asked["multiple"], ["two"])
    put(student, attempt, asked["short"], "standard error")
    answers = {answer["kind"]: answer for answer in submit(student, attempt).json()["answers"]}
    single, short = answers["single"], answers["short"]
    assert single["feedback"] == {asked["single"].option(student, "average"): "FB-AVERAGE would be a single dot."}
    assert (single["hints"], single["key"], single["explanation"]) == (["HINT-1 look at the axes."], None, None)
    assert (answers["multiple"]["verdict"], answers["multiple"]["key"]) == ("partly", None)
    assert (short["key"], short["explanation"]) == ({"accept": ["standard error", "SECRETWORD"]}, "EXPLAIN-4")
    assert (answers["numeric"]["key"], answers["numeric"]["explanation"]) == (None, None)


def test_who_grades_sees_answers_and_who_writes_sees_the_key(people, taught, single):
    attempt = start(people.student, taught).json()
    put(people.student, attempt, single, "average")
    submit(people.student, attempt)
    address = f"{LIST}{attempt['id']}/"
    graded, written = (api(who).get(address).json()["answers"][0] for who in (people.assistant, people.teacher))
    assert (graded["verdict"], graded["key"]) == ("wrong", None)
    assert written["key"] == {"options": [single.option(people.student, "right-person")]}
    assert written["response"] == {"option": single.option(people.student, "average")}


@pytest.mark.parametrize("who", ["observer", "other_student", "outsider", "other_owner"])
def test_attempts_of_others_are_not_there(people, taught, single, who):
    attempt = start(people.student, taught).json()
    client = api(getattr(people, who))
    assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}{attempt['id']}/").status_code == 404
    assert put(getattr(people, who), attempt, single, "average").status_code == 404
    assert submit(getattr(people, who), attempt).status_code == 404


def test_who_grades_does_not_answer(people, taught, single):
    attempt = start(people.student, taught).json()
    assert put(people.assistant, attempt, single, "average").status_code == 403
    assert submit(people.teacher, attempt).status_code == 403


@pytest.mark.parametrize(("who", "status"), [("teacher", 409), ("observer", 403), ("outsider", 404)])
def test_who_starts_no_attempt(people, taught, single, who, status):
    assert start(getattr(people, who), taught).status_code == status
    body = {"block": str(single.block.public_id)}
    assert api(getattr(people, who)).post(LIST, body).status_code == status
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [{}, {"lesson": "x"}, {"lesson": None}, {"lesson": [], "block": {}}, {"lesson": 1.5}, {"block": "a" * 10_000}],
)
def test_an_attempt_at_nothing(people, taught, single, body):
    assert api(people.student).post(LIST, body).status_code == 400


def test_an_attempt_at_both(people, taught, single):
    body = {"lesson": str(taught.lesson.public_id), "block": str(single.block.public_id)}
    response = api(people.student).post(LIST, body)
    assert (response.status_code, response.json()["errors"]) == (
        400,
        {"": ["Name a lesson or a block, one of the two."]},
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"response": None},
        {"response": []},
        {"response": "average"},
        {"response": {}},
        {"response": {"option": "average"}},
        {"response": {"option": 1}},
        {"response": {"option": "x" * 10_000}},
        {"response": {"answer": "One person"}},
        {"response": {"option": {"right": True}}},
        {"response": {"option": "x"}, "version": "new"},
    ],
)
def test_what_is_no_answer(people, taught, single, body):
    attempt = start(people.student, taught).json()
    address = f"{LIST}{attempt['id']}/answers/{single.question.public_id}/"
    response = api(people.student).put(address, body)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert Attempt.objects.get().answers.get().response is None


def test_an_older_version_and_a_submitted_attempt_are_refused(people, taught, asked):
    attempt = start(people.student, taught).json()
    put(people.student, attempt, asked["short"], "first", version=0)
    stale = put(people.student, attempt, asked["short"], "second", version=0)
    assert (stale.status_code, stale.json()["code"], stale.json()["current_version"]) == (409, "stale_version", 1)
    submit(people.student, attempt)
    late = put(people.student, attempt, asked["short"], "third")
    assert (late.status_code, late.json()["code"]) == (409, "attempt_submitted")


def test_a_question_of_another_lesson_is_not_asked(people, taught, single):
    attempt = api(people.student).post(LIST, {"block": str(single.block.public_id)}).json()
    _block, other = put_question(taught.section)
    response = api(people.student).put(
        f"{LIST}{attempt['id']}/answers/{other.public_id}/", {"response": {"option": "x"}}
    )
    assert (response.status_code, response.json()["code"]) == (409, "question_not_asked")


def test_the_same_key_starts_one_attempt(people, taught, single):
    body = {"block": str(single.block.public_id)}
    client = api(people.student)
    answers = [client.post(LIST, body, headers={"idempotency-key": "k"}).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Attempt.objects.count() == 1


def test_the_list_is_filtered_and_costs_the_same_for_one_and_ten(people, taught):
    counts = []
    for more in (1, 9):
        for _ in range(more):
            block, _question = put_question(taught.section, **SHORT)
            api(people.student).post(LIST, {"block": str(block.public_id)})
        query = {
            "course": "statistics",
            "lesson": taught.lesson.public_id,
            "user": people.student.public_id,
            "state": "open",
        }
        with CaptureQueriesContext(connection) as queries:
            body = api(people.assistant).get(LIST, query).json()
        counts.append((body["count"], len(queries)))
    assert counts == [(1, counts[0][1]), (10, counts[0][1])]
    assert api(people.assistant).get(LIST, {"state": "submitted"}).json()["results"] == []
    assert api(people.assistant).get(LIST, {"user": "x"}).status_code == 400


def test_reading_an_attempt_costs_the_same_for_one_and_ten(people, taught):
    counts = []
    for more in (1, 9):
        for _ in range(more):
            put_question(taught.section, **SHORT)
        attempt = start(people.student, taught).json()
        submit(people.student, attempt)
        with CaptureQueriesContext(connection) as queries:
            body = api(people.student).get(f"{LIST}{attempt['id']}/").json()
        counts.append((len(body["answers"]), len(queries)))
    assert counts == [(1, counts[0][1]), (10, counts[0][1])]
