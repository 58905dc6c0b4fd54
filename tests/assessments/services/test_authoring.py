from decimal import Decimal

import pytest

from assessments.models import BlockQuestion, Question, QuestionRevision
from assessments.services import authoring
from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.models import EventLog
from courses.models import Block
from courses.services import content, publishing
from tests.factories.assessments import NUMERIC, SHORT, SINGLE, put_question

pytestmark = pytest.mark.django_db


def test_a_question_is_written_with_its_first_revision(people, taught):
    question = authoring.create_question(actor=people.teacher, course=taught.course, **NUMERIC, points="2.5")
    revision = question.current
    assert (revision.number, revision.kind, revision.points, revision.created_by) == (
        1,
        "numeric",
        Decimal("2.5"),
        people.teacher,
    )
    assert revision.config == {"answer": "2.75", "tolerance": "0.05", "unit": "min", "unit_required": False}
    assert list(EventLog.objects.values_list("name", "body__change")) == [("assessments.QuestionChanged", "created")]


@pytest.mark.parametrize("who", ["assistant", "observer", "student", "outsider", "other_owner"])
def test_only_authors_write_questions(people, taught, single, who):
    actor = getattr(people, who)
    with pytest.raises(NotAllowed):
        authoring.create_question(actor=actor, course=taught.course, **SINGLE)
    with pytest.raises(NotAllowed):
        authoring.change_question(actor=actor, question=single.question, stem="Mine")
    with pytest.raises(NotAllowed):
        authoring.bin_question(actor=actor, question=single.question)
    with pytest.raises(NotAllowed):
        authoring.attach_to_block(actor=actor, block=single.block, question=single.question)
    assert QuestionRevision.objects.count() == 1


def test_everything_to_mend_is_said_at_once(people, taught):
    with pytest.raises(Invalid) as error:
        authoring.create_question(
            actor=people.owner,
            course=taught.course,
            kind="short",
            stem=" ",
            hints=["[x](javascript:alert(1))"],
            settings={"accept": []},
            points="1.000001",
        )
    assert error.value.fields == {
        "stem": ["Write the question."],
        "hints": ["This address cannot be used: javascript:alert(1. Use one that starts with https://"],
        "settings": ["Give between 1 and 50 accepted answers."],
        "points": ["Points have at most 5 decimals."],
    }
    assert Question.objects.count() == 0


@pytest.mark.parametrize("points", ["-1", "10001", "NaN", "Infinity", "abc", "1e99999999", None, [], True, ""])
def test_points_are_a_number_that_can_be_given(people, taught, points):
    with pytest.raises(Invalid) as error:
        authoring.create_question(actor=people.owner, course=taught.course, **(SHORT | {"points": points}))
    assert list(error.value.fields) == ["points"]


@pytest.mark.parametrize("stem", ["x" * 20_001, "a\x00b", "half \ud800"])
def test_what_no_text_can_be(people, taught, stem):
    with pytest.raises(Invalid) as error:
        authoring.create_question(actor=people.owner, course=taught.course, **(SHORT | {"stem": stem}))
    assert list(error.value.fields) == ["stem"]


def test_a_change_is_a_new_revision_and_the_old_one_stays(people, taught, single):
    authoring.change_question(actor=people.teacher, question=single.question, stem="And two dots?", version=1)
    rows = single.question.revisions.values_list("number", "stem", "explanation")
    assert list(rows) == [
        (1, SINGLE["stem"], SINGLE["explanation"]),
        (2, "And two dots?", SINGLE["explanation"]),
    ]


def test_saving_the_same_changes_nothing(people, single):
    question = authoring.change_question(actor=people.teacher, question=single.question, **SINGLE)
    assert (question.version, question.revisions.count()) == (1, 1)


def test_a_second_author_does_not_overwrite_the_first(people, single):
    authoring.change_question(actor=people.teacher, question=single.question, stem="First", version=1)
    with pytest.raises(Stale) as error:
        authoring.change_question(actor=people.owner, question=single.question, stem="Second", version=1)
    assert error.value.current_version == 2


def test_another_kind_needs_its_settings(people, single):
    with pytest.raises(Invalid) as error:
        authoring.change_question(actor=people.teacher, question=single.question, kind="short")
    assert error.value.code == "question_settings"
    question = authoring.change_question(
        actor=people.teacher, question=single.question, kind="short", settings={"accept": ["one"]}
    )
    assert question.current.kind == "short"


def test_students_see_a_change_when_the_lesson_is_published(people, taught, single):
    authoring.change_question(actor=people.teacher, question=single.question, stem="Changed")
    block = Block.objects.get(pk=single.block.pk)
    assert (block.live.data, block.draft.data, block.draft.text) == ({"revision": 1}, {"revision": 2}, "Changed")
    taught.lesson.refresh_from_db()
    assert taught.lesson.has_unpublished_changes
    publishing.publish_item(actor=people.teacher, item=taught.lesson)
    block.refresh_from_db()
    assert block.live.data == {"revision": 2}


def test_a_question_that_stands_in_a_lesson_is_not_binned(people, single):
    with pytest.raises(Conflict) as error:
        authoring.bin_question(actor=people.teacher, question=single.question)
    assert error.value.code == "question_in_use"
    content.bin_block(actor=people.teacher, block=single.block)
    authoring.bin_question(actor=people.teacher, question=single.question)
    assert not Question.objects.filter(pk=single.question.pk).exists()
    authoring.restore_question(actor=people.teacher, question=single.question)
    assert Question.objects.filter(pk=single.question.pk).exists()


def test_a_question_of_another_course_cannot_be_put_into_a_lesson(people, taught, single):
    section = taught.other_course.items.first().sections.first()
    _block, foreign = put_question(section)
    with pytest.raises(Conflict) as error:
        authoring.attach_to_block(actor=people.admin, block=single.block, question=foreign)
    assert error.value.code == "other_course"
    with pytest.raises(Conflict) as error:
        authoring.attach_to_block(actor=people.admin, block=taught.block, question=single.question)
    assert error.value.code == "not_a_question_block"


def test_a_copied_block_has_a_question_of_its_own(taught, single):
    copied, other = put_question(taught.section)
    BlockQuestion.objects.filter(question=other).delete()
    authoring.copy_question(block=single.block, copied=copied, ids={})
    copy = BlockQuestion.objects.get(block=copied).question
    assert copy.pk != single.question.pk
    assert (copy.current.stem, copy.current.config) == (SINGLE["stem"], single.question.current.config)
