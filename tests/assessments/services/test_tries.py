"""How often one may answer, what counts, when the key is shown, and what is still to be done."""

import json
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from rest_framework.test import APIClient

from assessments.models import Answer, Attempt
from assessments.selectors import seen_token
from assessments.services import attempt as attempts
from assessments.services import authoring
from core.authz import SYSTEM
from core.errors import Conflict
from core.slots import BLOCK_KINDS
from courses.models import Block, Experiment, ExperimentGroup, ExperimentPlace, ItemProgress, Result
from courses.services import publishing
from tests.assessments.conftest import Asked
from tests.factories import SectionFactory
from tests.factories.assessments import SINGLE, put_question

pytestmark = pytest.mark.django_db

KIND = BLOCK_KINDS["question"]
PARTS = {
    "kind": "parts",
    "stem": "Two things:",
    "settings": {
        "parts": [
            {
                "id": "which",
                "kind": "single",
                "points": 3,
                "text": "Which?",
                "options": [
                    {"id": "yes", "text": "Yes", "right": True, "feedback": "FB-YES"},
                    {"id": "no", "text": "No", "feedback": "FB-NO"},
                ],
            },
            {"id": "much", "kind": "numeric", "text": "How much?", "answer": "7.5", "feedback": "FB-MUCH"},
        ]
    },
    "explanation": "EXPLAIN-PARTS",
}


def put(taught, **fields):
    return Asked(*put_question(taught.section, **(SINGLE | fields)))


def check(user, one, answer, **extra):
    return attempts.answer_check(actor=user, block=one.block, given=one.given(user, answer), **extra)


def page_of(user, one):
    """Everything that reaches a reader of the lesson page."""
    block = Block.objects.select_related("section__item__course", "live").get(pk=one.block.pk)
    block.shown = block.live
    context = KIND.context([block], user)[block.pk]
    request = RequestFactory().get("/")
    request.user = user
    return render_to_string(KIND.template, context, request) + json.dumps(context, default=str)


def answered_page(client, user, one, answer):
    """What comes back at once."""
    client.force_login(user)
    item = one.block.section.item
    address = f"/learn/{item.course.slug}/{item.public_id}/questions/{one.block.public_id}/"
    return client.post(address, one.given(user, answer), headers={"hx-request": "true"}).content.decode()


def api_of(user, one):
    """What the API tells of this person's attempts."""
    client = APIClient()
    client.force_authenticate(user)
    found = client.get("/api/v1/attempts/").json()["results"]
    return json.dumps([client.get(f"/api/v1/attempts/{row['id']}/").json() for row in found])


def test_no_more_tries_than_allowed(people, taught):
    one = put(taught, attempts=2)
    for answer in ("average", "town"):
        check(people.student, one, answer)
    assert check(people.student, one, "town").answer.attempt.number == 2
    with pytest.raises(Conflict) as error:
        check(people.student, one, "right-person")
    assert error.value.code == "no_tries_left"
    with pytest.raises(Conflict) as error:
        attempts.start_attempt(actor=people.student, block=one.block)
    assert error.value.code == "no_tries_left"
    assert Attempt.objects.count() == 2


def test_tries_of_a_lesson_s_attempt_and_of_its_checks_are_counted_together(people, taught):
    one = put(taught, attempts=1)
    other = put(taught)
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    question = {"actor": people.student, "attempt": attempt, "question": one.question}
    attempts.save_answer(**question, given=one.given(people.student, "average"))
    given = other.given(people.student, "right-person")
    attempts.save_answer(actor=people.student, attempt=attempt, question=other.question, given=given)
    check(people.student, one, "town")
    with pytest.raises(Conflict) as error:
        attempts.save_answer(**question, given=one.given(people.student, "right-person"))
    assert error.value.code == "no_tries_left"
    attempts.submit_attempt(actor=people.student, attempt=attempt)
    verdicts = Answer.objects.filter(attempt=attempt).order_by("pk").values_list("verdict", "points")
    assert list(verdicts) == [("", Decimal(0)), ("right", Decimal(1))]
    assert Result.objects.get(block=one.block).tries == 1


def test_an_older_page_does_not_bring_tries_back(people, taught):
    one = put(taught)
    seen = seen_token(one.question.current, people.student.pk)
    authoring.change_question(actor=SYSTEM, question=one.question, attempts=1)
    publishing.publish_item(actor=SYSTEM, item=taught.lesson)
    one.block.refresh_from_db()
    check(people.student, one, "average", seen=seen)
    with pytest.raises(Conflict):
        check(people.student, one, "right-person", seen=seen)


def test_an_author_tries_as_often_as_they_like(people, taught):
    one = put(taught, attempts=1)
    assert [check(people.teacher, one, "average").answer for _ in range(3)] == [None] * 3


def test_the_best_try_counts(people, taught):
    options = [
        option | ({"credit": "0.4"} if option["id"] == "town" else {}) for option in SINGLE["settings"]["options"]
    ]
    one = put(taught, settings={"options": options}, points="5")
    counted = []
    for answer in ("average", "town", "average", "right-person", "town"):
        check(people.student, one, answer)
        counted.append(Result.objects.values_list("points", "max_points", "tries").get())
    assert counted == [
        (Decimal(points), Decimal(5), tries) for points, tries in ((0, 1), (2, 2), (2, 3), (5, 4), (5, 5))
    ]
    assert Answer.objects.order_by("-pk").values_list("verdict", "points").first() == ("partly", Decimal(2))


@pytest.mark.parametrize(
    ("rule", "before", "wrong", "spent", "right"),
    [
        ("always", True, True, True, True),
        ("attempted", False, True, True, True),
        ("finished", False, False, True, True),
        ("right", False, False, False, True),
        ("never", False, False, False, False),
    ],
)
def test_when_the_key_is_shown(client, people, taught, rule, before, wrong, spent, right):
    one = put(taught, attempts=2, show_answer=rule)
    secrets = ("EXPLAIN-1", "FB-TOWN")

    def seen(user):
        page, told = page_of(user, one), api_of(user, one)
        assert [text for text in (page, told) if "right-person" in text] == []
        return [secret in page for secret in secrets], ["EXPLAIN-1" in told]

    student, other = people.student, people.other_student
    assert seen(student)[0] == [before] * 2
    assert ("EXPLAIN-1" in answered_page(client, student, one, "average")) == wrong
    assert seen(student) == ([wrong] * 2, [wrong])
    assert ("EXPLAIN-1" in answered_page(client, other, one, "right-person")) == right
    assert seen(other) == ([right] * 2, [right])
    answered_page(client, student, one, "town")
    page = page_of(student, one)
    assert (("EXPLAIN-1" in page), "No tries left" in page, "Try again" in page) == (spent, True, False)


def test_a_refused_answer_shows_no_key(client, people, taught):
    one = put(taught, attempts=1, show_answer="attempted")
    client.force_login(people.student)
    item = one.block.section.item
    address = f"/learn/{item.course.slug}/{item.public_id}/questions/{one.block.public_id}/"
    page = client.post(address, {"option": "nonsense"}, headers={"hx-request": "true"}).content.decode()
    assert ("Choose one of the options" in page, "EXPLAIN-1" in page, "1 of 1 tries left" in page) == (
        True,
        False,
        True,
    )


def test_who_looks_on_is_shown_the_bare_question(people, taught):
    one = put(taught, show_answer="always")
    page = page_of(people.observer, one)
    assert [word for word in ("EXPLAIN-1", "HINT-1", "FB-", "Correct") if word in page] == []


def test_hints_may_be_asked_for_before_answering_and_go_with_the_right_answer(people, taught):
    one = put(taught, hints=["HINT-A", "HINT-B"])
    page = page_of(people.student, one)
    assert (page.index("HINT-A") < page.index("HINT-B"), "Hint 2" in page) == (True, True)
    check(people.student, one, "right-person")
    assert "HINT-A" not in page_of(people.student, one)


def test_parts_are_scored_together_and_told_apart(people, taught):
    one = Asked(*put_question(taught.section, **PARTS, points="4"))
    student = people.student
    before = page_of(student, one)
    assert [word for word in ("EXPLAIN-PARTS", "FB-", "7.5", '"yes"') if word in before] == []
    check(student, one, {"which": "yes", "much": "8"})
    page = page_of(student, one)
    told = [word in page for word in ("FB-YES", "FB-NO", "FB-MUCH", "EXPLAIN-PARTS", "7.5", "3 of 4 points")]
    assert told == [True, False, False, False, False, True]
    assert Result.objects.values_list("points", "max_points").get() == (Decimal(3), Decimal(4))
    check(student, one, {"which": "yes", "much": "7,5"})
    page = page_of(student, one)
    assert [word in page for word in ("FB-YES", "FB-NO", "FB-MUCH", "EXPLAIN-PARTS")] == [True] * 4


@pytest.mark.parametrize(
    ("fields", "answers", "waits"),
    [
        ({}, [], True),
        ({}, ["average"], True),
        ({}, ["average", "right-person", "average"], False),
        ({"attempts": 2}, ["average"], True),
        ({"attempts": 2}, ["average", "town"], False),
        ({"points": "0"}, [], True),
        ({"points": "0"}, ["average"], False),
    ],
)
def test_what_still_waits_for_an_answer(people, taught, fields, answers, waits):
    one = put(taught, **fields)
    for answer in answers:
        check(people.student, one, answer)
    pairs = {(people.student.pk, taught.lesson.pk)} if waits else set()
    assert KIND.open_work([taught.lesson.pk], [people.student.pk]) == pairs


def test_the_published_rules_decide_what_waits(people, taught):
    one = put(taught, attempts=1)
    check(people.student, one, "average")
    authoring.change_question(actor=SYSTEM, question=one.question, attempts=5)
    assert KIND.open_work([taught.lesson.pk], [people.student.pk]) == set()
    publishing.publish_item(actor=SYSTEM, item=taught.lesson)
    assert KIND.open_work([taught.lesson.pk], [people.student.pk]) != set()


def test_a_lesson_is_finished_with_the_last_try(people, taught):
    one = put(taught, attempts=1)
    taught.lesson.needs_end, taught.lesson.needs_answers = False, True
    taught.lesson.save()
    one.block.section.item.refresh_from_db()
    check(people.student, one, "average")
    assert ItemProgress.objects.get(user=people.student, item=taught.lesson).state == "done"


def test_a_question_in_a_branch_waits_only_for_the_people_of_its_group(people, taught):
    experiment = Experiment.objects.create(course=taught.course, name="Words")
    groups = [ExperimentGroup.objects.create(experiment=experiment, name=name) for name in "AB"]
    branch = SectionFactory(item=taught.lesson, inside=taught.block, group=groups[0])
    put_question(branch, **SINGLE)
    users = [people.student.pk, people.other_student.pk]
    for user, group in zip(users, groups, strict=True):
        ExperimentPlace.objects.create(user_id=user, experiment=experiment, group=group)
    assert KIND.open_work([taught.lesson.pk], users) == {(users[0], taught.lesson.pk)}
    with pytest.raises(Conflict) as error:
        attempts.start_attempt(actor=people.other_student, item=taught.lesson)
    assert error.value.code == "no_questions"


def test_practice_says_that_it_is_not_counted(people, taught):
    assert "Not counted" in page_of(people.student, put(taught, points="0"))
