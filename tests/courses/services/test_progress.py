from datetime import timedelta
from itertools import product
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog
from core.slots import BLOCK_KINDS
from courses.block_kinds.text import Text
from courses.enums import CourseState, ProgressState, PublishState
from courses.models import Course, Item, ItemProgress
from courses.services.outline import change_item
from courses.services.progress import mark_end, note_visit, recompute, save_place, settle, unmark
from tests.factories import ItemFactory, MembershipFactory, ModuleFactory, UserFactory

DONE, STARTED = ProgressState.DONE, ProgressState.STARTED


class Quiz(Text):
    """A kind of block whose open work a test decides."""

    open: set[tuple[int, int]] = set()

    def open_work(self, item_ids, user_ids):
        return {(user, item) for user, item in self.open if user in user_ids and item in item_ids}


@pytest.fixture
def quiz(monkeypatch):
    kind = Quiz()
    kind.open = set()
    monkeypatch.setitem(BLOCK_KINDS._entries, "test-quiz", (999, kind))
    return kind


def completed():
    return list(EventLog.objects.filter(name="courses.ItemCompleted").values_list("body", flat=True))


def test_marking_the_end_finishes_a_lesson_and_says_so_once(people, taught):
    moment = timezone.now()
    row = mark_end(actor=people.student, item=taught.lesson, now=moment)
    again = mark_end(actor=people.student, item=taught.lesson)
    assert (row.state, row.ended_at, row.done_at, row.share) == (DONE, moment, moment, 100)
    assert (again.pk, again.done_at) == (row.pk, moment)
    assert completed() == [{"course_id": taught.course.pk, "item_id": taught.lesson.pk, "user_id": people.student.pk}]


@pytest.mark.parametrize("name", ["owner", "teacher", "assistant", "observer", "outsider", "other_owner"])
def test_only_students_make_progress(people, taught, name):
    actor = getattr(people, name)
    for attempt in (mark_end, unmark):
        with pytest.raises(NotAllowed):
            attempt(actor=actor, item=taught.lesson)
    with pytest.raises(NotAllowed):
        save_place(actor=actor, item=taught.lesson, place="s-1", share=10)
    assert not ItemProgress.objects.exists()


def test_a_draft_or_binned_lesson_takes_no_progress(people, taught):
    with pytest.raises(Conflict) as refused:
        mark_end(actor=people.student, item=taught.draft_lesson)
    assert refused.value.code == "item_not_open"


def test_an_archived_course_takes_no_progress(people, taught):
    Course.objects.filter(pk=taught.course.pk).update(state=CourseState.ARCHIVED)
    with pytest.raises(NotAllowed):
        mark_end(actor=people.student, item=Item.objects.get(pk=taught.lesson.pk))


@pytest.mark.parametrize(("needs_end", "needs_answers", "ended", "answered"), list(product([False, True], repeat=4)))
def test_finished_means_that_every_requirement_holds(people, taught, quiz, needs_end, needs_answers, ended, answered):
    item = ItemFactory(module=taught.module, needs_end=needs_end, needs_answers=needs_answers)
    if not answered:
        quiz.open.add((people.student.pk, item.pk))
    if ended:
        mark_end(actor=people.student, item=item)
    row = settle(user=people.student, item=item)
    expected = (ended or not needs_end) and (answered or not needs_answers)
    assert row.state == (DONE if expected else STARTED)
    assert len(completed()) == int(expected)


def test_other_peoples_open_questions_do_not_matter(people, taught, quiz):
    item = ItemFactory(module=taught.module, needs_end=False, needs_answers=True)
    quiz.open = {(people.other_student.pk, item.pk), (people.student.pk, taught.lesson.pk)}
    assert settle(user=people.student, item=item).state == DONE


def test_what_is_finished_stays_finished_when_more_is_asked_for(people, taught, quiz):
    mark_end(actor=people.student, item=taught.lesson)
    quiz.open.add((people.student.pk, taught.lesson.pk))
    item = change_item(actor=people.owner, item=taught.lesson, needs_answers=True)
    assert settle(user=people.student, item=item).state == DONE


def test_asking_for_less_finishes_who_has_it_already(people, taught, quiz):
    item = ItemFactory(module=taught.module, needs_end=True, needs_answers=True)
    quiz.open.add((people.student.pk, item.pk))
    assert mark_end(actor=people.student, item=item).state == STARTED
    change_item(actor=people.owner, item=item, needs_answers=False)
    assert ItemProgress.objects.get(user=people.student, item=item).state == DONE


def test_taking_the_mark_back(people, taught):
    mark_end(actor=people.student, item=taught.lesson)
    row = unmark(actor=people.student, item=taught.lesson)
    assert (row.state, row.ended_at, row.done_at) == (STARTED, None, None)
    assert unmark(actor=people.student, item=taught.lesson).pk == row.pk
    assert unmark(actor=people.other_student, item=taught.lesson) is None


def test_a_lesson_finished_by_answers_is_not_undone_by_the_mark(people, taught, quiz):
    item = ItemFactory(module=taught.module, needs_end=False, needs_answers=True)
    mark_end(actor=people.student, item=item)
    assert unmark(actor=people.student, item=item).state == DONE


def test_the_place_is_kept_and_the_share_only_grows(people, taught):
    save_place(actor=people.student, item=taught.lesson, place="s-2", share=60)
    row = save_place(actor=people.student, item=taught.lesson, place="s-1", share=10)
    assert (row.place, row.share, row.state) == ("s-1", 60, STARTED)


@pytest.mark.parametrize(
    ("place", "share", "field"),
    [("x" * 65, 1, "place"), ("a b", 1, "place"), ("\x00", 1, "place"), (None, 1, "place")]
    + [("s", share, "share") for share in (-1, 101, "5", None, True, 1.5)],
)
def test_a_strange_place_is_refused(people, taught, place, share, field):
    with pytest.raises(Invalid) as refused:
        save_place(actor=people.student, item=taught.lesson, place=place, share=share)
    assert list(refused.value.fields) == [field]


def test_a_visit_is_written_at_most_once_in_five_minutes(people, taught, django_assert_num_queries):
    start = timezone.now()
    note_visit(user=people.student, item=taught.lesson, now=start)
    row = ItemProgress.objects.get()
    assert (row.state, row.started_at, row.seen_at) == (STARTED, start, start)
    with django_assert_num_queries(1):
        note_visit(user=people.student, item=taught.lesson, now=start + timedelta(minutes=4))
    with django_assert_num_queries(0):
        note_visit(user=people.student, item=taught.lesson, known=row, now=start + timedelta(minutes=4))
    note_visit(user=people.student, item=taught.lesson, now=start + timedelta(minutes=5))
    assert ItemProgress.objects.get().seen_at == start + timedelta(minutes=5)


@pytest.mark.parametrize("name", ["owner", "assistant", "observer", "outsider", "admin"])
def test_other_readers_leave_no_trace(people, taught, name):
    note_visit(user=getattr(people, name), item=taught.lesson)
    assert not ItemProgress.objects.exists()


def test_opening_finishes_a_lesson_that_asks_for_nothing(people, taught):
    item = ItemFactory(module=taught.module, needs_end=False)
    note_visit(user=people.student, item=item)
    assert ItemProgress.objects.get(item=item).state == DONE


def test_a_database_that_cannot_be_written_to_never_breaks_the_page(people, taught, monkeypatch):
    def locked(*args):
        raise DatabaseError("database is locked")

    monkeypatch.setattr("courses.services.progress._locked_row", locked)
    note_visit(user=people.student, item=taught.lesson)
    assert not ItemProgress.objects.exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 3), st.sampled_from(["see", "end", "unmark", "answer"])),
        max_size=12,
    )
)
def test_recomputing_gives_what_was_decided_at_the_time(db, quiz, steps):
    # A course for each example: the database is not emptied between them.
    module = ModuleFactory()
    students = [MembershipFactory(course=module.course).user for _ in range(2)]
    items = [
        ItemFactory(module=module, needs_end=end, needs_answers=answers)
        for end, answers in product([False, True], repeat=2)
    ]
    quiz.open = {(student.pk, item.pk) for student in students for item in items}
    for who, what, step in steps:
        user, item = students[who], items[what]
        if step == "see":
            note_visit(user=user, item=item)
        elif step == "end":
            mark_end(actor=user, item=item)
        elif step == "unmark":
            unmark(actor=user, item=item)
        else:
            quiz.open.discard((user.pk, item.pk))
            settle(user=user, item=item)
    rows = ItemProgress.objects.filter(course=module.course).order_by("pk")
    decided = list(rows.values_list("user_id", "item_id", "state"))
    assert recompute(course=module.course) == 0
    rows.update(state=STARTED, done_at=None)
    recompute(course=module.course)
    assert list(rows.values_list("user_id", "item_id", "state")) == decided


def test_recomputing_asks_the_kinds_in_bulk(people, taught, quiz, django_assert_max_num_queries):
    item = ItemFactory(module=taught.module, needs_end=False, needs_answers=True)
    for _ in range(20):
        user = MembershipFactory(course=taught.course).user
        quiz.open.add((user.pk, item.pk))
        settle(user=user, item=item)
    with django_assert_max_num_queries(8):
        assert recompute(course=taught.course) == 0


@pytest.mark.django_db(transaction=True)
def test_fifteen_marks_at_once_finish_once():
    membership = MembershipFactory()
    item = ItemFactory(module__course=membership.course)
    start, states = Barrier(15), []

    def click() -> None:
        start.wait()
        try:
            states.append(mark_end(actor=User.objects.get(pk=membership.user_id), item=item).state)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == [DONE] * 15
    assert len(completed()) == 1


def test_an_unpublished_lesson_keeps_what_was_done(people, taught):
    mark_end(actor=people.student, item=taught.lesson)
    Item.objects.filter(pk=taught.lesson.pk).update(state=PublishState.DRAFT)
    assert recompute(course=taught.course) == 0
    assert ItemProgress.objects.get().state == DONE
    assert UserFactory().progress.count() == 0


def test_keeping_a_place_is_having_opened_it(people, taught):
    item = ItemFactory(module=taught.module, needs_end=False)
    row = save_place(actor=people.student, item=item, place="s-1", share=5)
    assert (row.state, row.done_at) == (DONE, row.seen_at)
