"""Enrolments and progress."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Accommodation
from core.authz import SYSTEM
from courses.enums import Role
from courses.models import ItemProgress, Membership
from courses.services.results import record
from tests.factories import CourseFactory, ItemFactory, MembershipFactory
from tests.factories.assessments import SINGLE, put_question

V1 = "/api/v1"


def of(user, course):
    return Membership.objects.get(user=user, course=course)


def at(membership):
    return f"{V1}/enrolments/{membership.public_id}/"


def finish(user, item):
    now = timezone.now()
    return ItemProgress.objects.create(
        user=user, item=item, course=item.course, state="done", started_at=now, seen_at=now, done_at=now
    )


def test_ones_own_enrolments(api, taught, people):
    old = MembershipFactory(user=people.student, course=taught.other_course, ended_at=timezone.now())
    client = api(people.student)
    assert [row["course"] for row in client.get(f"{V1}/enrolments/").json()["results"]] == ["statistics"]
    ended = client.get(f"{V1}/enrolments/?ended=true").json()["results"]
    assert [row["id"] for row in ended] == [str(old.public_id)]


def test_one_enrolment(api, taught, people):
    membership = of(people.student, taught.course)
    body = api(people.assistant).get(at(membership)).json()
    assert body == {
        "id": str(membership.public_id),
        "course": "statistics",
        "user": {"id": str(people.student.public_id), "name": "Sam Student", "email": "student@example.org"},
        "role": "student",
        "started_at": body["started_at"],
        "ended_at": None,
        "points": "0",
        "possible": "0",
        "accommodation": None,
    }


def test_what_students_are_given_is_for_those_who_look_after_them(api, taught, people, django_assert_num_queries):
    day = timezone.localdate()
    Accommodation.objects.create(user=people.student, time_factor="1.5", starts_on=day, note="Dyslexia")
    address = f"{V1}/courses/statistics/enrolments/?role=student"
    given = {"time_factor": "1.50", "extra_attempts": 0, "extra_days": 0, "break_minutes": 0}
    none = given | {"time_factor": "1"}
    found = {
        name: [row["accommodation"] for row in api(getattr(people, name)).get(address).json()["results"]]
        for name in ("owner", "assistant", "student")
    }
    assert found == {"owner": [given, none], "assistant": [None, None], "student": [None]}
    row = of(people.student, taught.course)
    assert api(people.owner).get(at(row)).json()["accommodation"] == given
    assert api(people.student).get(at(row)).json()["accommodation"] is None


def test_a_foreign_enrolment_does_not_exist(api, taught, people):
    membership = of(people.other_student, taught.course)
    statuses = [api(user).get(at(membership)).status_code for user in (people.student, people.outsider)]
    assert statuses == [404, 404]


def test_staff_change_a_role(api, taught, people):
    response = api(people.teacher).patch(at(of(people.student, taught.course)), {"role": "assistant"})
    assert (response.status_code, response.json()["role"]) == (200, "assistant")


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("teacher", {"role": "owner"}, 403, "not_allowed"),
        ("assistant", {"role": 0}, 403, "not_allowed"),
        ("student", {"role": "owner"}, 403, "not_allowed"),
        ("owner", {"role": "king"}, 400, "invalid"),
        ("owner", {}, 400, "invalid"),
        (None, {"role": "owner"}, 401, "not_signed_in"),
    ],
)
def test_who_changes_a_role_and_how_not(api, taught, people, name, body, status, code):
    membership = of(people.student, taught.course)
    response = api(name and getattr(people, name)).patch(at(membership), body)
    membership.refresh_from_db()
    assert (response.status_code, response.json()["code"], membership.role) == (status, code, "student")


def test_the_last_owner_stays(api, taught, people):
    membership = of(people.owner, taught.course)
    answers = [api(people.owner).patch(at(membership), {"role": "teacher"}), api(people.owner).delete(at(membership))]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(409, "last_owner")] * 2


def test_leaving_twice_is_leaving_once(api, taught, people):
    membership = of(people.student, taught.course)
    statuses = [api(people.student).delete(at(membership)).status_code for _ in range(2)]
    membership.refresh_from_db()
    assert (statuses, membership.is_active) == ([204, 204], False)


def test_nobody_ends_anothers_enrolment_but_staff(api, taught, people):
    membership = of(people.other_student, taught.course)
    assert api(people.student).delete(at(membership)).status_code == 404
    assert api(people.assistant).delete(at(membership)).status_code == 403
    assert api(people.teacher).delete(at(membership)).status_code == 204


def test_own_progress(api, taught, people):
    row = finish(people.student, taught.lesson)
    ItemFactory(module=taught.module)
    finish(people.other_student, taught.lesson)
    [summary] = api(people.student).get(f"{V1}/progress/").json()["results"]
    seen = dt.datetime.fromisoformat(summary.pop("last_seen_at"))
    assert summary == {"course": "statistics", "lessons": 2, "done": 1, "percent": 50}
    assert abs(seen - row.seen_at) < dt.timedelta(milliseconds=1)


def test_own_progress_in_one_course_and_for_staff(api, taught, people):
    assert api(people.student).get(f"{V1}/progress/?course=ecology").json()["count"] == 0
    assert api(people.teacher).get(f"{V1}/progress/").json()["count"] == 0
    assert api(people.student).get(f"{V1}/progress/?course=no slug").status_code == 400


def test_own_progress_takes_the_same_queries_for_more_courses(api, taught, people, django_assert_num_queries):
    for rows in (1, 10):
        for course in CourseFactory.create_batch(rows):
            MembershipFactory(course=course, user=people.student)
        client = api(people.student)
        with django_assert_num_queries(3):
            client.get(f"{V1}/progress/")


def test_progress_of_students_for_staff(api, taught, people):
    finish(people.student, taught.lesson)
    response = api(people.assistant).get(f"{V1}/courses/statistics/progress/?ordering=-done")
    rows = [(row["user"]["name"], row["done"], row["percent"]) for row in response.json()["results"]]
    assert rows == [("Sam Student", 1, 100), ("Suri Second", 0, 0)]


@pytest.mark.parametrize(("name", "status"), [("student", 403), ("observer", 403), ("outsider", 403), (None, 401)])
def test_progress_of_students_is_for_staff(api, taught, people, name, status):
    client = api(name and getattr(people, name))
    assert client.get(f"{V1}/courses/statistics/progress/?ordering=x").status_code == status


def test_progress_of_students_takes_the_same_queries_for_more(api, taught, people, django_assert_num_queries):
    for rows in (1, 20):
        MembershipFactory.create_batch(rows, course=taught.course)
        client = api(people.teacher)
        with django_assert_num_queries(5):
            client.get(f"{V1}/courses/statistics/progress/")


def test_marking_and_unmarking_a_lesson(api, taught, people):
    client, address = api(people.student), f"{V1}/lessons/{taught.lesson.public_id}/progress/"
    untouched = client.get(address).json()
    marked = [client.post(f"{address}mark/").json() for _ in range(2)]
    unmarked = client.post(f"{address}unmark/").json()
    assert (untouched["state"], untouched["started_at"]) == ("not_started", None)
    assert (marked[0]["state"], marked[0]["share"], marked[0]) == ("done", 100, marked[1])
    assert (unmarked["state"], unmarked["done_at"], client.get(address).json()) == ("started", None, unmarked)


def test_unmarking_what_was_never_opened(api, taught, people):
    response = api(people.student).post(f"{V1}/lessons/{taught.lesson.public_id}/progress/unmark/")
    assert (response.json()["state"], ItemProgress.objects.count()) == ("not_started", 0)


@pytest.mark.parametrize(
    ("name", "status"), [("teacher", 403), ("observer", 403), ("outsider", 404), ("other_owner", 404), (None, 401)]
)
def test_only_students_mark(api, taught, people, name, status):
    client = api(name and getattr(people, name))
    address = f"{V1}/lessons/{taught.lesson.public_id}/progress/mark/"
    assert (client.post(address).status_code, ItemProgress.objects.count()) == (status, 0)


def test_a_role_in_another_course_gives_nothing(api, taught, people):
    MembershipFactory(course=taught.other_course, user=people.student, role=Role.TEACHER)
    assert api(people.student).delete(at(of(people.other_student, taught.course))).status_code == 404


def test_results_are_one_s_own_or_those_of_the_students_one_teaches(api, taught, people):
    block, _question = put_question(taught.section, **(SINGLE | {"points": "2.5"}))
    record(actor=SYSTEM, user=people.student, block=block, points=Decimal("1"), max_points=Decimal("2.5"), tries=2)
    taught.lesson.grade_category = "Work"
    taught.lesson.save()
    taught.course.grading = {"categories": [{"name": "Work", "weight": "1"}], "pass": "0.5"}
    taught.course.save()
    address = "/api/v1/courses/statistics/results/"
    own = api(people.student).get(address).json()["results"]
    assert own == [
        {
            "enrolment": str(of(people.student, taught.course).public_id),
            "user": {"id": str(people.student.public_id), "name": "Sam Student", "email": "student@example.org"},
            "points": "1",
            "possible": "2.5",
            "percent": 40,
            "score_so_far": "0.4",
            "score_sure": "0.4",
            "passed": False,
            "lessons": [
                {
                    "lesson": str(taught.lesson.public_id),
                    "category": "Work",
                    "points": "1",
                    "possible": "2.5",
                    "tries": 2,
                    "scored_at": own[0]["lessons"][0]["scored_at"],
                }
            ],
        }
    ]
    seen = {
        who: [row["user"]["name"] for row in api(getattr(people, who)).get(address).json()["results"]]
        for who in ("assistant", "outsider", "observer")
    }
    assert seen == {"assistant": ["Sam Student", "Suri Second"], "outsider": [], "observer": []}
    rows = api(people.teacher).get("/api/v1/courses/statistics/enrolments/").json()["results"]
    assert {row["role"]: (row["points"], row["possible"]) for row in rows if row["id"] != own[0]["enrolment"]} == {
        "owner": (None, None),
        "teacher": (None, None),
        "assistant": (None, None),
        "observer": (None, None),
        "student": ("0", "2.5"),
    }
