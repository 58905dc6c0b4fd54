"""Many equal requests at the same moment: one effect, equal answers."""

import threading
from collections import Counter

import pytest
from django.db import connections

from accounts.models import User
from assessments.models import Answer, Attempt, PollVote
from assessments.selectors import question_blocks
from assessments.selectors.polls import poll_blocks
from assessments.services import attempt as attempts
from assessments.services.poll import Ballot, vote
from core.errors import Conflict
from core.models import EventLog
from courses.models import ItemProgress, Result
from tests.factories.assessments import SHORT, SURVEY, put_poll, put_question

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 15


def together(act):
    """What ``act`` gives in each of fifteen threads that start as one."""
    gate = threading.Barrier(AT_ONCE)
    outcomes: list[object] = []

    def run() -> None:
        try:
            gate.wait()
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_fifteen_equal_answers_are_one_attempt(people, single):
    given = single.given(people.student, "right-person")

    def answer():
        block = question_blocks().get(pk=single.block.pk)
        checked = attempts.answer_check(actor=User.objects.get(pk=people.student.pk), block=block, given=given)
        return checked.answer.pk, checked.answer.verdict, checked.score.verdict

    outcomes = together(answer)
    assert outcomes == [(Answer.objects.get().pk, "right", "right")] * AT_ONCE
    assert (Attempt.objects.count(), ItemProgress.objects.count()) == (1, 1)
    assert EventLog.objects.filter(name="assessments.AttemptSubmitted").count() == 1


def test_fifteen_starts_are_one_attempt(people, taught, single):
    def start():
        actor = User.objects.get(pk=people.student.pk)
        return attempts.start_attempt(actor=actor, item=type(taught.lesson).objects.get(pk=taught.lesson.pk)).pk

    assert together(start) == [Attempt.objects.get().pk] * AT_ONCE


def test_fifteen_submits_score_once(people, taught, single):
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    given = single.given(people.student, "right-person")
    attempts.save_answer(actor=people.student, attempt=attempt, question=single.question, given=given)

    def submit():
        actor = User.objects.get(pk=people.student.pk)
        done = attempts.submit_attempt(actor=actor, attempt=Attempt.objects.get(pk=attempt.pk))
        return done.submitted_at, done.points

    outcomes = together(submit)
    assert len(set(outcomes)) == 1
    assert EventLog.objects.filter(name="assessments.AttemptSubmitted").count() == 1


def test_fifteen_equal_votes_are_one_vote(people, taught):
    block = put_poll(taught.section, **SURVEY)
    choices = {"html": "much", "css": "none"}

    def cast():
        actor = User.objects.get(pk=people.student.pk)
        return vote(actor=actor, block=poll_blocks().get(pk=block.pk), choices=choices)

    assert together(cast) == [Ballot(choices, kept=True)] * AT_ONCE
    assert PollVote.objects.count() == 2
    assert EventLog.objects.filter(name="assessments.PollAnswered").count() == 1


def test_of_different_votes_at_once_one_counts(people, taught):
    block = put_poll(taught.section)
    wishes = iter(["well", "badly"] * AT_ONCE)

    def cast():
        actor = User.objects.get(pk=people.student.pk)
        try:
            return vote(actor=actor, block=poll_blocks().get(pk=block.pk), choices={"how": next(wishes)}).choices["how"]
        except Conflict as error:
            return error.code

    outcomes = together(cast)
    counted = PollVote.objects.get().option
    assert set(outcomes) == {counted, "already_voted"}


def test_fifteen_different_answers_are_three_tries_where_three_are_allowed(people, taught):
    block, question = put_question(taught.section, **SHORT, attempts=3)
    numbers = iter(range(AT_ONCE))

    def answer():
        place = question_blocks().get(pk=block.pk)
        actor = User.objects.get(pk=people.student.pk)
        try:
            attempts.answer_check(actor=actor, block=place, given={"answer": f"no {next(numbers)}"})
        except Conflict as error:
            return error.code
        return "counted"

    outcomes = together(answer)
    assert Counter(outcomes) == {"counted": 3, "no_tries_left": AT_ONCE - 3}
    assert (Answer.objects.filter(question=question).count(), Result.objects.get().tries) == (3, 3)
