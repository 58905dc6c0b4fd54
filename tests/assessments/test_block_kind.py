"""The question block: what is on the page when, in how many queries, and its way through a course folder."""

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from assessments.models import QuestionRevision
from assessments.services import attempt as attempts
from assessments.services import authoring
from core.authz import SYSTEM
from core.slots import BLOCK_KINDS
from courses.models import Block, Item
from courses.selectors.lesson import block_contexts
from courses.services import content, publishing
from tests.factories import BlockFactory
from tests.factories.assessments import ALL, SHORT, SINGLE, put_question

pytestmark = pytest.mark.django_db

KIND = BLOCK_KINDS["question"]
SECRETS = {
    "single": ["right-person", '"average"', "FB-", "EXPLAIN-1"],
    "multiple": ['"two"', '"four"', "FB-", "EXPLAIN-2"],
    "numeric": ["2.75", "0.05", "EXPLAIN-3"],
    "short": ["standard error", "SECRETWORD", "EXPLAIN-4"],
}


def lesson_blocks(lesson):
    """As a lesson page loads them: with the item, and the revision that is shown."""
    item = Item.objects.select_related("course").get(pk=lesson.pk)
    blocks = list(Block.objects.filter(section__item=item, kind="question").select_related("section", "live"))
    for block in blocks:
        block.section.item = item
        block.shown = block.live
    return blocks


def shown_to(user, block):
    """Everything that reaches a reader: the variables (the API shows from them) and the HTML."""
    blocks = [b for b in lesson_blocks(block.section.item) if b.pk == block.pk]
    context = block_contexts(blocks, user)[block.pk]
    request = RequestFactory().get("/")
    request.user = user
    html = render_to_string(KIND.template, context, request)
    return html + json.dumps(context, default=str)


def answer(user, one, given):
    attempts.answer_check(actor=user, block=one.block, given=one.given(user, given))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("who", ["student", "observer", "visitor"])
def test_before_answering_no_secret_is_on_the_page(people, asked, kind, who):
    user = AnonymousUser() if who == "visitor" else getattr(people, who)
    page = shown_to(user, asked[kind].block)
    secrets = [*SECRETS[kind], "right"] + ["HINT"] * (who != "student")
    assert [secret for secret in secrets if secret in page] == []
    assert str(asked[kind].question.current.stem.split()[0]) in page


def test_a_wrong_answer_tells_its_own_feedback_and_the_hint(people, asked):
    answer(people.student, asked["single"], "average")
    page = shown_to(people.student, asked["single"].block)
    told = {word: word in page for word in ("FB-AVERAGE", "HINT-1", "FB-RIGHT", "FB-TOWN", "EXPLAIN-1", "Correct")}
    assert told == {
        "FB-AVERAGE": True,
        "HINT-1": True,
        "FB-RIGHT": False,
        "FB-TOWN": False,
        "EXPLAIN-1": False,
        "Correct": False,
    }


def test_of_several_choices_none_is_marked_before_all_are_right(people, asked):
    answer(people.student, asked["multiple"], ["two", "five"])
    blocks = [b for b in lesson_blocks(asked["multiple"].block.section.item) if b.pk == asked["multiple"].block.pk]
    question = block_contexts(blocks, people.student)[asked["multiple"].block.pk]["question"]
    assert {option["verdict"] for option in question["options"]} == {""}
    assert sorted(o["feedback_html"] for o in question["options"]) == ["", "FB-FIVE", "FB-TWO"]
    assert question["verdict"] == "not-yet"


@pytest.mark.parametrize(
    ("kind", "right"),
    [("single", "right-person"), ("multiple", ["two", "four"]), ("numeric", "2.75"), ("short", "standard error")],
)
def test_after_a_right_answer_the_explanation_and_all_feedback_are_there(people, asked, kind, right):
    answer(people.student, asked[kind], right)
    page = shown_to(people.student, asked[kind].block)
    expected = [f"EXPLAIN-{1 + list(ALL).index(kind)}", "Correct"]
    expected += {"single": ["FB-RIGHT", "FB-AVERAGE", "FB-TOWN"], "multiple": ["FB-TWO", "FB-FIVE"]}.get(kind, [])
    assert [word for word in expected if word not in page] == []


def test_one_student_s_right_answer_tells_another_nothing(people, asked):
    answer(people.student, asked["single"], "right-person")
    assert "EXPLAIN-1" not in shown_to(people.other_student, asked["single"].block)


def test_a_wrong_answer_after_the_right_one_takes_nothing_back(people, single):
    answer(people.student, single, "right-person")
    answer(people.student, single, "average")
    assert "EXPLAIN-1" in shown_to(people.student, single.block)


def test_an_old_right_answer_does_not_give_away_a_changed_key(people, taught, single):
    answer(people.student, single, "right-person")
    options = [o | {"right": o["id"] == "town"} for o in single.question.current.config["options"]]
    authoring.change_question(
        actor=SYSTEM, question=single.question, settings={"options": options}, explanation="NEW-EXPLANATION"
    )
    publishing.publish_item(actor=SYSTEM, item=taught.lesson)
    page = shown_to(people.student, single.block)
    assert ("NEW-EXPLANATION" in page, "Correct" in page, "Changed since you answered" in page) == (False, False, True)


def test_a_mended_word_keeps_a_right_answer_right(people, taught, single):
    answer(people.student, single, "right-person")
    authoring.change_question(actor=SYSTEM, question=single.question, stem="What does a dot mean?")
    publishing.publish_item(actor=SYSTEM, item=taught.lesson)
    page = shown_to(people.student, single.block)
    assert ("What does a dot mean?" in page, "EXPLAIN-1" in page) == (True, True)


def test_a_draft_is_not_shown_to_students(people, single):
    authoring.change_question(actor=SYSTEM, question=single.question, stem="DRAFT WORDS")
    assert "DRAFT WORDS" not in shown_to(people.student, single.block)


def test_a_visitor_is_invited(taught, single):
    taught.lesson.is_preview = True
    taught.lesson.save()
    page = shown_to(AnonymousUser(), single.block)
    assert ("Sign in and enrol to answer." in page, "<form" in page) == (True, False)


@pytest.mark.parametrize("who", ["student", "teacher", "visitor"])
def test_queries_do_not_grow_with_the_questions(people, taught, who):
    user = AnonymousUser() if who == "visitor" else getattr(people, who)
    user.has_perm("courses.view_item", taught.lesson)
    counts = []
    for more in (1, 9):
        for _ in range(more):
            block, _question = put_question(taught.section, **SHORT)
            if who == "student":
                attempts.answer_check(actor=user, block=block, given={"answer": "no"})
        blocks = lesson_blocks(taught.lesson)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            contexts = KIND.context(blocks, user)
        counts.append((len(contexts), len(queries)))
    assert counts == [(1, counts[0][1]), (10, counts[0][1])]
    assert counts[0][1] <= 3


def test_open_work_is_what_is_not_answered_rightly(people, taught, asked):
    put_question(taught.section, publish=False)
    students = [people.student.pk, people.other_student.pk]
    lesson = taught.lesson.pk
    for kind, right in (("single", "right-person"), ("multiple", ["two", "four"]), ("numeric", "2.75")):
        answer(people.student, asked[kind], right)
    answer(people.student, asked["short"], "no")
    assert KIND.open_work([lesson], students) == {(pk, lesson) for pk in students}
    answer(people.student, asked["short"], "SECRETWORD")
    with CaptureQueriesContext(connection) as queries:
        assert KIND.open_work([lesson, taught.draft_lesson.pk], students) == {(people.other_student.pk, lesson)}
    assert len(queries) == 2


def test_a_binned_question_block_is_no_open_work(people, taught, single):
    content.bin_block(actor=people.teacher, block=single.block)
    assert KIND.open_work([taught.lesson.pk], [people.student.pk]) == set()


@pytest.mark.parametrize("kind", ALL)
def test_through_a_course_folder_and_back(taught, asked, kind):
    one = asked[kind]
    settings, text = KIND.export(one.block, one.block.live)
    fields = ALL[kind]
    common = {name: fields[name] for name in ("kind", "explanation") if name in fields}
    common |= {"hint": fields["hints"][0]} if "hints" in fields else {}
    assert (settings, text) == (common | fields["settings"], fields["stem"])
    copy = BlockFactory(section=taught.section, kind="question", text="", data={})
    data, words = KIND.load(copy, settings, text, SYSTEM)
    assert (data, words) == ({"revision": 1}, text)
    content.change_block(actor=SYSTEM, block=copy, text=words, data=data)
    copy.refresh_from_db()
    assert KIND.export(copy, copy.draft) == (settings, text)


def test_loading_the_same_again_writes_nothing_and_a_change_writes_a_revision(single):
    settings, text = KIND.export(single.block, single.block.live)
    assert KIND.load(single.block, settings, text, SYSTEM) == ({"revision": 1}, text)
    assert KIND.load(single.block, settings | {"points": 2.5}, text, SYSTEM) == ({"revision": 2}, text)
    numbers = QuestionRevision.objects.filter(question=single.question).values_list("number", "points")
    assert [(n, str(p)) for n, p in numbers] == [(1, "1.00000"), (2, "2.50000")]
    assert KIND.export(single.block, None)[0]["points"] == 2.5


@pytest.mark.parametrize(
    ("settings", "text", "problems"),
    [
        ({}, "Why?", ["“kind” must be one of single, multiple, numeric, short, dropdown, parts."]),
        ({"kind": "essay"}, "Why?", ["“kind” must be one of single, multiple, numeric, short, dropdown, parts."]),
        ({"kind": "short", "accept": ["a"], "hnt": "x"}, "Why?", ["There is no setting “hnt” here."]),
        ({"kind": "short", "accept": ["a"], "hint": 1}, "Why?", ["“hint” must be text."]),
        (
            {"kind": "short", "accept": [], "points": -1},
            "",
            [
                "“points”: Give between 0 and 10000 points.",
                "Write the question.",
                "Give between 1 and 50 accepted answers.",
            ],
        ),
        ({"revision": "2"}, "", ["“revision” must be a number from 1."]),
        ({}, "", []),
    ],
)
def test_what_a_course_folder_gets_wrong(settings, text, problems):
    assert KIND.validate(settings, text) == problems


def test_checks_and_search_never_use_the_key(asked):
    block = asked["numeric"].block
    assert KIND.check(block, block.live) == []
    assert KIND.search_text(block, block.live) == "What is the standard error?"
    single = asked["single"].block
    assert KIND.search_text(single, single.live) == "What does one dot stand for? One person The average A town"
    short = asked["short"].block
    assert "SECRETWORD" not in KIND.search_text(short, short.live)


def test_an_empty_block_waits_for_its_question(people, taught):
    block = content.add_block(actor=people.teacher, section=taught.section, kind="question")
    assert KIND.check(block, block.draft) == ["This question is not written yet."]
    assert KIND.open_work([taught.lesson.pk], [people.student.pk]) == set()
    publishing.publish_item(actor=people.teacher, item=taught.lesson)
    assert "not written yet" in shown_to(people.teacher, block)
    assert "not written yet" not in shown_to(people.student, block)


def test_stem_and_settings_of_the_example_are_what_the_format_says():
    assert KIND.validate({"kind": "single", **SINGLE["settings"]}, SINGLE["stem"]) == []
