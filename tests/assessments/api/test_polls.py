import pytest
from rest_framework.test import APIClient

from assessments.models import PollVote
from tests.factories.assessments import put_poll

pytestmark = pytest.mark.django_db


def client(user):
    found = APIClient()
    found.force_login(user)
    return found


def test_a_student_reads_a_poll_and_votes(people, taught):
    block = put_poll(taught.section, feedback="Thanks")
    address = f"/api/v1/polls/{block.public_id}/"
    before = client(people.student).get(address).json()
    question = before["questions"][0]
    assert (before["has_voted"], before["feedback"], question["choice"], question["results"]) == (False, "", None, None)
    after = client(people.student).post(f"{address}vote/", {"choices": {"how": "well"}}, format="json").json()
    assert after == before | {
        "has_voted": True,
        "feedback": "Thanks",
        "questions": [
            question
            | {
                "choice": "well",
                "votes": 1,
                "results": [
                    {"option": "well", "votes": 1, "percent": 100},
                    {"option": "so-so", "votes": 0, "percent": 0},
                    {"option": "badly", "votes": 0, "percent": 0},
                ],
            }
        ],
    }
    assert PollVote.objects.count() == 1


def test_what_cannot_be_counted_is_refused(people, taught):
    address = f"/api/v1/polls/{put_poll(taught.section).public_id}/vote/"
    student = client(people.student)
    bodies = [{}, {"choices": []}, {"choices": {"how": 3, "why": "x"}}, {"choices": {}}]
    codes = [student.post(address, body, format="json").json()["code"] for body in bodies]
    assert codes == ["invalid", "invalid", "vote_incomplete", "vote_incomplete"]
    student.post(address, {"choices": {"how": "well"}}, format="json")
    again = student.post(address, {"choices": {"how": "badly"}}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_voted")


def test_polls_of_a_lesson_and_nobody_else_s(people, taught):
    blocks = [put_poll(taught.section), put_poll(taught.section, publish=False)]
    address = f"/api/v1/polls/?lesson={taught.lesson.public_id}"
    seen = {
        who: [row["block"] for row in client(getattr(people, who)).get(address).json()["results"]]
        for who in ("student", "teacher", "outsider")
    }
    ids = [str(block.public_id) for block in blocks]
    assert seen == {"student": ids[:1], "teacher": ids, "outsider": []}


def test_the_settings_of_a_poll_are_not_shown_beside_its_gate(people, taught):
    put_poll(taught.section, feedback="AFTERWARDS")
    answer = client(people.student).get(f"/api/v1/lessons/{taught.lesson.public_id}/")
    assert (answer.status_code, "AFTERWARDS" in answer.content.decode()) == (200, False)
