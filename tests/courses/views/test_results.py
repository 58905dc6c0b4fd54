import re
from decimal import Decimal

import pytest

from core.authz import SYSTEM
from courses.services.results import record
from tests.courses.views.conftest import page
from tests.factories import ItemFactory, MembershipFactory, SectionFactory
from tests.factories.assessments import put_question


@pytest.fixture
def scored(people, taught):
    """Two lessons with two points; the student has one of them, after three tries."""
    blocks = [put_question(taught.section)[0], put_question(SectionFactory(item=ItemFactory(module=taught.module)))[0]]
    record(actor=SYSTEM, user=people.student, block=blocks[0], points=Decimal(1), max_points=Decimal(1), tries=3)
    return blocks


def cells(response):
    """The text of each cell, by row."""
    html = response.content.decode()
    rows = re.findall(r"<tr>(.*?)</tr>", html[html.index("<main") :], re.DOTALL)
    return [[re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", c)).strip() for c in re.findall(r"<t[hd].*?</t[hd]>", r, re.DOTALL)] for r in rows]  # fmt: skip


def test_a_student_sees_points_tries_and_lessons(sign_in, people, taught, scored):
    response = sign_in(people.student).get(page("results", "statistics"))
    head, first, second = cells(response)
    assert head == ["Lesson", "Points", "Tries", "Last answer"]
    assert (first[:3], second[1:]) == (["1.1 Who was asked", "1 of 1", "3"], ["0 of 1", "–", "–"])
    assert "1 of 2 points" in response.content.decode()
    assert 'aria-current="page">Results<' in response.content.decode()


def test_the_score_is_explained(sign_in, people, taught, scored):
    taught.lesson.grade_category = "Work"
    taught.lesson.save()
    taught.course.grading = {
        "categories": [{"name": "Work", "weight": "0.25"}, {"name": "Exam", "weight": "0.75"}],
        "pass": "0.5",
    }
    taught.course.save()
    response = sign_in(people.student).get(page("results", "statistics"))
    assert cells(response)[1:3] == [["Work", "25%", "1 of 1", "100%", "–"], ["Exam", "75%", "0 of 0", "–", "–"]]
    text = response.content.decode()
    assert re.findall(r'class="stat"><b class="num">(.*?)</b><span>(.*?)</span>', text) == [
        ("100%", "score so far"),
        ("25%", "if nothing more is done"),
        ("50%", "is needed to pass"),
    ]
    assert "Nothing was tried yet in: Exam." in text
    assert "Passed" not in text


def test_a_course_without_points_says_so(sign_in, people, taught):
    assert "No points yet" in sign_in(people.student).get(page("results", "statistics")).content.decode()


@pytest.mark.parametrize(("who", "status"), [("student", 200), ("teacher", 403), ("observer", 403), ("outsider", 403)])
def test_results_are_for_those_who_learn(sign_in, people, taught, who, status):
    assert sign_in(getattr(people, who)).get(page("results", "statistics")).status_code == status


def test_staff_see_a_person_s_progress_and_results(sign_in, people, taught, scored):
    member = people.student.memberships.get(course=taught.course)
    response = sign_in(people.assistant).get(page("member-results", "statistics", member.public_id))
    assert cells(response)[1][:4] == ["1.1 Who was asked", "–", "1 of 1", "3"]
    refused = [sign_in(getattr(people, who)).get(page("member-results", "statistics", member.public_id)) for who in ("student", "observer", "outsider")]  # fmt: skip
    assert [answer.status_code for answer in refused] == [403, 404, 404]


def test_the_list_of_people_shows_points_and_sorts_by_them(sign_in, people, taught, scored):
    response = sign_in(people.teacher).get(page("people", "statistics"), {"role": "student", "sort": "-points"})
    shown = [(row[0][2:6].strip(), row[3]) for row in cells(response)[1:]]
    assert shown == [("Sam", "1 / 2"), ("Suri", "0 / 2")]
    member = people.student.memberships.get(course=taught.course)
    assert page("member-results", "statistics", member.public_id) in response.content.decode()


def test_queries_do_not_grow(queries, people, taught, scored):
    few = queries(people.student, page("results", "statistics"))
    for _ in range(5):
        block = put_question(SectionFactory(item=ItemFactory(module=taught.module)))[0]
        for user in (people.student, MembershipFactory(course=taught.course).user):
            record(actor=SYSTEM, user=user, block=block, points=Decimal(1), max_points=Decimal(1), tries=1)
    assert queries(people.student, page("results", "statistics")) == few
