import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from assessments.models import Question
from tests.factories.assessments import SHORT, put_question

pytestmark = pytest.mark.django_db

LIST = "/api/v1/questions/"
BODY = {
    "single": {"options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B", "feedback": "No."}]},
    "multiple": {"options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B"}], "shuffle": False},
    "numeric": {"answer": "7", "tolerance": "0.5", "unit": "m"},
    "short": {"accept": ["mean", "average"]},
}


def api(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def one(question):
    return f"{LIST}{question.public_id}/"


def test_a_question_as_its_author_reads_it(people, taught, single):
    body = api(people.teacher).get(one(single.question)).json()
    times = {name: body.pop(name) for name in ("created_at", "updated_at")}
    assert all(times.values())
    assert body == {
        "id": str(single.question.public_id),
        "course": "statistics",
        "kind": "single",
        "text": "What does **one dot** stand for?",
        "points": "1",
        "hints": ["HINT-1 look at the axes."],
        "explanation": "EXPLAIN-1 each dot is one person.",
        "attempts": None,
        "show_answer": "finished",
        "lessons": [
            {
                "lesson": str(taught.lesson.public_id),
                "title": "Who was asked",
                "block": str(single.block.public_id),
            }
        ],
        "version": 1,
        "options": single.question.current.config["options"],
        "shuffle": True,
    }


@pytest.mark.parametrize("kind", BODY)
def test_written_read_changed_and_binned(people, taught, kind):
    client = api(people.teacher)
    body = {"course": "statistics", "kind": kind, "text": "Why?", "points": "2.5", **BODY[kind]}
    made = client.post(LIST, body)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    address = made["Location"]
    read = client.get(address).json()
    assert (read, read["points"], read["text"]) == (made.json(), "2.5", "Why?")
    changed = client.patch(address, {"text": "Why not?", "version": 1})
    assert (changed.status_code, changed.json()["version"], changed.json()["points"]) == (200, 2, "2.5")
    assert client.patch(address, {"text": "Mine", "version": 1}).json()["code"] == "stale_version"
    assert client.patch(address, {"text": "Mine"}, headers={"if-match": '"1"'}).status_code == 412
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert Question.everything.count() == 1


def test_one_setting_is_changed_and_the_rest_stays(people, taught):
    client = api(people.teacher)
    body = {"course": "statistics", "kind": "numeric", "text": "How long?", **BODY["numeric"]}
    address = client.post(LIST, body)["Location"]
    changed = client.patch(address, {"tolerance": "0.25"}).json()
    assert {name: changed[name] for name in ("answer", "tolerance", "unit")} == {
        "answer": "7",
        "tolerance": "0.25",
        "unit": "m",
    }


def test_a_question_is_put_into_a_block(people, taught, single):
    body = {
        "course": "statistics",
        "kind": "short",
        "text": "Why?",
        "accept": ["so"],
        "block": str(single.block.public_id),
    }
    made = api(people.teacher).post(LIST, body).json()
    assert [place["block"] for place in made["lessons"]] == [str(single.block.public_id)]
    assert api(people.teacher).get(one(single.question)).json()["lessons"] == []


@pytest.mark.parametrize("who", ["assistant", "observer", "student", "outsider", "other_owner"])
def test_keys_are_for_authors(people, taught, single, who):
    client = api(getattr(people, who))
    assert client.get(LIST, {"course": "statistics"}).json()["results"] == []
    assert client.get(one(single.question)).status_code == 404
    assert client.patch(one(single.question), {"text": "x"}).status_code == 404
    assert client.delete(one(single.question)).status_code == 404
    assert client.post(LIST, {"course": "statistics", "kind": "short", "text": "x", "accept": ["x"]}).status_code == 403


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"kind": "essay"}, ["kind"]),
        ({"kind": None}, ["kind"]),
        ({"text": ""}, ["text"]),
        ({"text": {"a": 1}}, ["text"]),
        ({"text": "x" * 30_000}, ["text"]),
        ({"points": "-1"}, ["points"]),
        ({"points": []}, ["points"]),
        ({"accept": "mean"}, ["accept"]),
        ({"accept": []}, ["settings"]),
        ({"accept": ["x" * 10_000]}, ["accept.0"]),
        ({"course": 7}, None),
        ({"block": "nowhere"}, ["block"]),
    ],
)
def test_what_cannot_be_stored(people, taught, change, fields):
    body = {"course": "statistics", "kind": "short", "text": "Why?", "accept": ["so"]} | change
    response = api(people.teacher).post(LIST, body)
    assert response.status_code == (404 if fields is None else 400)
    assert fields is None or list(response.json()["errors"]) == fields
    assert Question.objects.count() == 0


def test_a_body_that_is_no_object(people, taught):
    response = api(people.teacher).post(LIST, ["question"])
    assert (response.status_code, response.json()["code"]) == (400, "not_an_object")


def test_the_same_key_writes_one_question(people, taught):
    client = api(people.teacher)
    body = {"course": "statistics", "kind": "short", "text": "Why?", "accept": ["so"]}
    answers = [client.post(LIST, body, headers={"idempotency-key": "one"}).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert Question.objects.count() == 1


def test_the_list_costs_the_same_for_one_and_ten(people, taught):
    client = api(people.teacher)
    counts = []
    for more in (1, 9):
        for _ in range(more):
            put_question(taught.section, **SHORT)
        with CaptureQueriesContext(connection) as queries:
            body = client.get(LIST, {"course": "statistics", "kind": "short", "search": "spread"}).json()
        counts.append((body["count"], len(queries)))
    assert counts == [(1, counts[0][1]), (10, counts[0][1])]


def test_parts_are_written_and_read_as_they_are_sent(people, taught):
    client = api(people.teacher)
    parts = [
        {"id": "a", "kind": "numeric", "text": "How many?", "points": 2.5, "answer": "7"},
        {"id": "b", "kind": "short", "pattern": "me.n"},
    ]
    body = {"course": "statistics", "kind": "parts", "text": "Two", "parts": parts, "attempts": 2, "hints": ["H"]}
    made = client.post(LIST, body)
    assert made.status_code == 201, made.json()
    read = made.json()
    assert (read["parts"], read["attempts"], read["hints"]) == ([parts[0] | {"points": "2.5"}, parts[1]], 2, ["H"])
    again = client.patch(made["Location"], {"parts": read["parts"], "attempts": None, "show_answer": "never"}).json()
    assert (again["parts"], again["attempts"], again["show_answer"]) == (read["parts"], None, "never")
    bad = client.patch(made["Location"], {"parts": [{"id": "a", "kind": "essay"}]})
    assert (bad.status_code, bad.json()["code"]) == (400, "question_settings")
