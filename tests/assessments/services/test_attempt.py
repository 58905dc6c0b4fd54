from decimal import Decimal

import pytest

from assessments.models import Answer, Attempt
from assessments.selectors import seen_token
from assessments.services import attempt as attempts
from assessments.services import authoring
from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.models import EventLog
from courses.enums import CourseState, ProgressState
from courses.models import ItemProgress
from courses.rules import forget_roles
from courses.services import enrolment, publishing
from tests.factories.assessments import MULTIPLE, put_question

pytestmark = pytest.mark.django_db


def check(actor, asked, answer, **extra):
    return attempts.answer_check(actor=actor, block=asked.block, given=asked.given(actor, answer), **extra)


def test_an_answer_is_scored_and_kept(people, single):
    checked = check(people.student, single, "average")
    answer = checked.answer
    assert (checked.score.verdict, answer.verdict, answer.points) == ("wrong", "wrong", Decimal(0))
    attempt = answer.attempt
    assert (attempt.number, attempt.state, attempt.points, attempt.max_points) == (1, "submitted", 0, 1)
    event = EventLog.objects.get(name="assessments.AttemptSubmitted")
    assert event.body == {
        "course_id": attempt.course_id,
        "item_id": attempt.item_id,
        "attempt_id": attempt.pk,
        "user_id": people.student.pk,
        "points": "0",
        "max_points": "1.00000",
    }


def test_another_answer_is_another_attempt_and_the_same_answer_is_not(people, single):
    first = check(people.student, single, "average").answer
    again = check(people.student, single, "average").answer
    right = check(people.student, single, "right-person").answer
    assert (first.pk, first.attempt.number, right.attempt.number) == (again.pk, 1, 2)
    assert Attempt.objects.count() == 2


def test_partly_right_gets_part_of_the_points(people, taught):
    block, question = put_question(taught.section, **(MULTIPLE | {"points": "0.33333"}))
    student = people.student
    from tests.assessments.conftest import Asked  # noqa: PLC0415 -- a class of the fixtures

    answer = check(student, Asked(block, question), ["two"]).answer
    assert (answer.verdict, answer.points) == ("partly", Decimal("0.16666"))


@pytest.mark.parametrize("who", ["owner", "teacher", "admin"])
def test_an_author_s_trial_is_scored_and_not_kept(people, single, who):
    checked = check(getattr(people, who), single, "right-person")
    assert (checked.score.verdict, checked.answer) == ("right", None)
    assert (Attempt.objects.count(), ItemProgress.objects.count()) == (0, 0)


@pytest.mark.parametrize("who", ["assistant", "observer", "outsider", "other_owner"])
def test_who_does_not_learn_here_does_not_answer(people, single, who):
    with pytest.raises(NotAllowed):
        check(getattr(people, who), single, "average")


def test_who_has_left_does_not_answer(people, taught, single):
    membership = people.student.memberships.get(course=taught.course)
    enrolment.end_membership(actor=people.owner, membership=membership)
    forget_roles(people.student)
    with pytest.raises(NotAllowed):
        check(people.student, single, "average")


def test_a_closed_course_takes_no_answers(people, taught, single):
    taught.course.state = CourseState.ARCHIVED
    taught.course.save()
    single.block.section.item.course.refresh_from_db()
    with pytest.raises(NotAllowed):
        check(people.student, single, "average")


def test_an_unpublished_question_takes_no_student_s_answer(people, taught):
    from tests.assessments.conftest import Asked  # noqa: PLC0415 -- a class of the fixtures

    hidden = Asked(*put_question(taught.section, publish=False))
    with pytest.raises(Conflict) as error:
        check(people.student, hidden, "average")
    assert error.value.code == "no_questions"
    assert check(people.teacher, hidden, "average").score.verdict == "wrong"


def test_what_was_seen_is_what_counts(people, taught, single):
    """The author turns the key round after the student opened the page."""
    seen = seen_token(single.question.current, people.student.pk)
    options = [o | {"right": o["id"] == "town"} for o in single.question.current.config["options"]]
    authoring.change_question(actor=people.teacher, question=single.question, settings={"options": options})
    publishing.publish_item(actor=people.teacher, item=taught.lesson)
    single.block.refresh_from_db()
    old = check(people.student, single, "right-person", seen=seen)
    assert (old.answer.verdict, old.answer.revision.number) == ("right", 1)
    new = check(people.student, single, "right-person")
    assert (new.answer.verdict, new.answer.revision.number) == ("wrong", 2)


def test_a_revision_that_was_shown_to_somebody_else_does_not_count(people, taught, single):
    seen = seen_token(single.question.current, people.other_student.pk)
    authoring.change_question(actor=people.teacher, question=single.question, stem="New")
    publishing.publish_item(actor=people.teacher, item=taught.lesson)
    single.block.refresh_from_db()
    assert check(people.student, single, "average", seen=seen).answer.revision.number == 2


def test_an_open_attempt_keeps_its_revisions(people, taught, asked):
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    question = asked["short"].question
    authoring.change_question(actor=people.teacher, question=question, settings={"accept": ["variance"]})
    publishing.publish_item(actor=people.teacher, item=taught.lesson)
    attempts.save_answer(actor=people.student, attempt=attempt, question=question, given={"answer": "Standard  error"})
    attempts.submit_attempt(actor=people.student, attempt=attempt)
    answer = Answer.objects.get(attempt=attempt, question=question)
    assert (answer.revision.number, answer.verdict) == (1, "right")


def test_a_lesson_s_attempt_asks_every_question_once(people, taught, asked):
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    again = attempts.start_attempt(actor=people.student, item=taught.lesson)
    assert (attempt.pk, attempt.number) == (again.pk, 1)
    kinds = attempt.answers.order_by("pk").values_list("revision__kind", flat=True)
    assert list(kinds) == ["single", "multiple", "numeric", "short"]


def test_a_lesson_without_questions_has_no_attempt(people, taught):
    with pytest.raises(Conflict) as error:
        attempts.start_attempt(actor=people.student, item=taught.lesson)
    assert error.value.code == "no_questions"


def test_authors_start_no_attempt(people, taught, asked):
    with pytest.raises(Conflict) as error:
        attempts.start_attempt(actor=people.teacher, item=taught.lesson)
    assert error.value.code == "answers_not_kept"


def test_saving_counts_versions_and_refuses_older_ones(people, taught, asked):
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    short = {"actor": people.student, "attempt": attempt, "question": asked["short"].question}
    assert attempts.save_answer(**short, given={"answer": "a"}, version=0).version == 1
    assert attempts.save_answer(**short, given={"answer": "a"}, version=0).version == 1
    with pytest.raises(Stale) as error:
        attempts.save_answer(**short, given={"answer": "b"}, version=0)
    assert error.value.current_version == 1
    assert attempts.save_answer(**short, given={"answer": "b"}).version == 2


def test_a_submitted_attempt_is_closed_and_submitting_again_is_the_same(people, taught, asked):
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    first = attempts.submit_attempt(actor=people.student, attempt=attempt)
    again = attempts.submit_attempt(actor=people.student, attempt=attempt)
    assert (first.submitted_at, first.points, first.max_points) == (again.submitted_at, Decimal(0), Decimal(4))
    assert EventLog.objects.filter(name="assessments.AttemptSubmitted").count() == 1
    with pytest.raises(Conflict) as error:
        attempts.save_answer(
            actor=people.student, attempt=attempt, question=asked["short"].question, given={"answer": "a"}
        )
    assert error.value.code == "attempt_submitted"


def test_nobody_answers_in_another_s_attempt(people, taught, asked):
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    for who in (people.other_student, people.teacher, people.assistant, people.admin):
        with pytest.raises(NotAllowed):
            attempts.submit_attempt(actor=who, attempt=attempt)


def test_a_question_that_was_not_asked_is_refused(people, taught, single):
    attempt = attempts.start_attempt(actor=people.student, block=single.block)
    _block, other = put_question(taught.section)
    with pytest.raises(Conflict) as error:
        attempts.save_answer(actor=people.student, attempt=attempt, question=other, given={"option": "x"})
    assert error.value.code == "question_not_asked"


def test_options_of_another_question_or_person_are_refused(people, asked, single):
    for given in (
        {"option": asked["single"].option(people.student, "average")},
        {"option": single.option(people.other_student, "average")},
        {"option": "average"},
    ):
        with pytest.raises(Invalid):
            attempts.answer_check(actor=people.student, block=single.block, given=given)


def test_the_last_right_answer_finishes_the_lesson(people, taught, asked):
    lesson = taught.lesson
    lesson.needs_end, lesson.needs_answers = False, True
    lesson.save()
    for one in asked.values():
        one.block.section.item.refresh_from_db()
    states = []
    for kind, answer in (
        ("single", "right-person"),
        ("multiple", ["two", "four"]),
        ("numeric", "2,75 min"),
        ("short", "wrong"),
        ("short", "Standard Error"),
    ):
        check(people.student, asked[kind], answer)
        states.append(ItemProgress.objects.get(user=people.student, item=lesson).state)
    assert states == [ProgressState.STARTED] * 4 + [ProgressState.DONE]
    assert EventLog.objects.filter(name="courses.ItemCompleted").count() == 1
