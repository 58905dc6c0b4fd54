from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Question
from assessments.question_types import TYPES
from courses.models import Block
from courses.services import content
from tests.factories.assessments import SHORT, put_question

pytestmark = pytest.mark.django_db


def url(name, taught, *args):
    return reverse(f"assessments:{name}", args=[taught.course.slug, *args])


def rows(*options, **extra):
    """A form with option rows as the page sends it."""
    data = {"option-TOTAL_FORMS": len(options), "option-INITIAL_FORMS": 0, "points": "1", "shuffle": "on"} | extra
    for n, option in enumerate(options):
        data |= {f"option-{n}-{name}": value for name, value in option.items()}
    return data


NEW = rows({"text": "Yes", "right": "on"}, {"text": "No", "feedback": "Think."}, {}, stem="Is it?")


@pytest.mark.parametrize("name", ["question-list", "question-new"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("teacher", 200), ("assistant", 403), ("student", 403), ("outsider", 403), ("other_owner", 403)],
)
def test_the_bank_is_for_authors(client, people, taught, name, who, status):
    client.force_login(getattr(people, who))
    assert client.get(url(name, taught)).status_code == status


def test_a_question_of_each_kind_is_written(client, people, taught):
    client.force_login(people.teacher)
    common = {"stem": "How many?", "points": "2", "hint": "Count.", "explanation": "Seven."}
    sent = {
        "single": NEW | common,
        "multiple": NEW | common,
        "numeric": common | {"answer": "7", "tolerance": "", "unit": "m"},
        "short": common | {"accept": "seven\r\n\r\n 7 "},
    }
    for kind, data in sent.items():
        response = client.post(f"{url('question-new', taught)}?kind={kind}", data)
        assert response.status_code == HTTPStatus.FOUND, response.content.decode()
    configs = {q.current.kind: q.current.config for q in Question.objects.select_related("current")}
    options = [
        {"id": "yes", "text": "Yes", "right": True, "feedback": ""},
        {"id": "no", "text": "No", "right": False, "feedback": "Think."},
    ]
    assert configs == {
        "single": {"options": options, "shuffle": True},
        "multiple": {"options": options, "shuffle": True},
        "numeric": {"answer": "7", "tolerance": "0", "unit": "m", "unit_required": False},
        "short": {"accept": ["seven", "7"], "case_sensitive": False},
    }


def test_a_question_is_changed_and_an_option_removed(client, people, taught, single):
    client.force_login(people.teacher)
    address = url("question-edit", taught, single.question.public_id)
    page = client.get(address).content.decode()
    assert ("FB-TOWN" in page, 'value="average"' in page) == (True, True)
    data = rows(
        {"option_id": "right-person", "text": "Somebody", "right": "on"},
        {"option_id": "average", "text": "The average"},
        {"option_id": "town", "text": "A town", "remove": "on"},
        {"text": "Somebody else"},
        stem="Who?",
        version="1",
    )
    assert client.post(address, data)["Location"] == reverse(
        "courses:item-edit", args=[taught.course.slug, taught.lesson.public_id]
    )
    single.question.refresh_from_db()
    ids = [option["id"] for option in single.question.current.config["options"]]
    assert (single.question.version, ids) == (2, ["right-person", "average", "somebody-else"])


def test_more_rows_keep_what_was_typed_and_save_nothing(client, people, taught):
    client.force_login(people.teacher)
    response = client.post(f"{url('question-new', taught)}?kind=single", NEW | {"more": "1", "stem": ""})
    page = response.content.decode()
    assert (response.status_code, "Think.</textarea>" in page, 'name="option-5-text"' in page) == (200, True, True)
    assert (
        "Write the question." in page.split("<main")[1].replace('data-msg-required="Write the question."', "")
    ) is False
    assert Question.objects.count() == 0


def test_what_has_to_be_mended_is_said(client, people, taught):
    client.force_login(people.teacher)
    response = client.post(
        f"{url('question-new', taught)}?kind=single",
        rows({"text": "Yes"}, {"text": "No"}, {"right": "on"}, stem="Is it?"),
    )
    assert (response.status_code, "Write the text of this option" in response.content.decode()) == (422, True)
    response = client.post(
        f"{url('question-new', taught)}?kind=single", rows({"text": "Yes"}, {"text": "No"}, stem="Is it?", points="x")
    )
    page = response.content.decode()
    assert ("Mark exactly one option as right." in page, "Write the points as a number" in page) == (True, True)
    assert Question.objects.count() == 0


def test_ten_thousand_characters_and_a_broken_form_are_refused(client, people, taught):
    client.force_login(people.teacher)
    long = rows({"text": "x" * 10_000, "right": "on"}, {"text": "No"}, stem="y" * 30_000)
    assert client.post(f"{url('question-new', taught)}?kind=single", long).status_code == 422
    assert client.post(f"{url('question-new', taught)}?kind=multiple", {"stem": "Is it?"}).status_code == 422
    many = rows(*[{"text": f"Option {n}", "right": "on"} for n in range(30)], stem="Which?")
    assert client.post(f"{url('question-new', taught)}?kind=multiple", many).status_code == 422
    assert Question.objects.count() == 0


def test_a_second_author_is_warned(client, people, taught, single):
    client.force_login(people.teacher)
    address = url("question-edit", taught, single.question.public_id)
    data = rows(
        {"option_id": "a", "text": "A", "right": "on"}, {"option_id": "b", "text": "B"}, stem="Mine", version="1"
    )
    client.post(address, data | {"stem": "Theirs"})
    response = client.post(address, data)
    page = response.content.decode()
    assert (response.status_code, "Somebody else changed this" in page, ">\nMine</textarea>" in page) == (
        422,
        True,
        True,
    )
    assert 'name="version" value="2"' in page


def test_sent_twice_it_is_one_question(client, people, taught):
    client.force_login(people.teacher)
    for _ in range(2):
        response = client.post(f"{url('question-new', taught)}?kind=single", NEW | {"form_key": "one"})
        assert response.status_code == HTTPStatus.FOUND
    assert Question.objects.count() == 1


def test_an_empty_block_gets_its_question(client, people, taught):
    client.force_login(people.teacher)
    block = content.add_block(actor=people.teacher, section=taught.section, kind="question")
    address = url("block-question", taught, block.public_id)
    assert "For the lesson “Who was asked”" in client.get(address).content.decode()
    client.post(f"{address}?kind=single", NEW)
    block = Block.objects.get(pk=block.pk)
    assert (block.draft.data, block.draft.text, block.live) == ({"revision": 1}, "Is it?", None)
    assert "Think.</textarea>" in client.get(address).content.decode()


def test_to_the_bin_and_back(client, people, taught):
    client.force_login(people.teacher)
    client.post(f"{url('question-new', taught)}?kind=single", NEW)
    question = Question.objects.get()
    page = client.post(url("question-bin", taught, question.public_id), follow=True).content.decode()
    assert ("The question is in the bin." in page, Question.objects.count()) == (True, 0)
    client.post(url("question-restore", taught, question.public_id))
    assert Question.objects.count() == 1


def test_a_question_in_a_lesson_stays_out_of_the_bin(client, people, taught, single):
    client.force_login(people.teacher)
    page = client.post(url("question-bin", taught, single.question.public_id), follow=True).content.decode()
    assert ("stands in the lesson" in page, Question.objects.count()) == (True, 1)


def test_another_course_s_question_is_not_there(client, people, taught):
    section = taught.other_course.items.first().sections.first()
    _block, foreign = put_question(section)
    client.force_login(people.teacher)
    for name in ("question-edit", "question-bin", "question-restore"):
        assert client.post(url(name, taught, foreign.public_id)).status_code == 404


def test_the_list_costs_the_same_for_one_and_ten(client, people, taught):
    client.force_login(people.teacher)
    counts = []
    for more in (1, 9):
        for _ in range(more):
            put_question(taught.section, **SHORT)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url("question-list", taught)).content.decode()
        counts.append((page.count("What is the spread"), len(queries)))
    assert counts == [(1, counts[0][1]), (10, counts[0][1])]


def saved(client, taught, kind, data):
    """The question that the page makes of a form: its revision."""
    response = client.post(f"{url('question-new', taught)}?kind={kind}", {"stem": "Is it?", "points": "1"} | data)
    assert response.status_code == HTTPStatus.FOUND, response.content.decode()
    return Question.objects.select_related("current").order_by("-pk").first().current


def table(prefix, *rows_of):
    data = {f"{prefix}-TOTAL_FORMS": len(rows_of), f"{prefix}-INITIAL_FORMS": 0}
    return data | {f"{prefix}-{n}-{name}": value for n, row in enumerate(rows_of) for name, value in row.items()}


def test_what_all_kinds_have_in_common(client, people, taught):
    client.force_login(people.teacher)
    hints = table("hint", {"text": "First"}, {"text": ""}, {"text": "Second"})
    revision = saved(client, taught, "short", {"accept": "a", "attempts": "3", "show_answer": "never", **hints})
    found = (revision.hints, revision.attempts_allowed, revision.show_answer)
    assert found == (["First", "Second"], 3, "never")


def test_every_setting_of_a_kind_can_be_written_and_comes_back(client, people, taught):
    client.force_login(people.teacher)
    options = table(
        "option",
        {"text": "A", "right": "on"},
        {"text": "B", "credit": "0.5", "feedback": "Nearly."},
        {"text": "None", "fixed": "on"},
    )
    several = table(
        "option",
        {"text": "A", "right": "on", "feedback_unchosen": "And A?"},
        {"text": ""},
        {"text": "B", "fixed": "on"},
    )
    together = table("combination", {"numbers": "1, 3", "feedback": "Both?"}, {})
    others = table(
        "other", {"value": "2", "credit": "0", "feedback": "A zero."}, {"value": "[5, 6)", "credit": "1"}, {}
    )
    words = table("other", {"accept": "mode\r\nmedian", "credit": "0.5"}, {})
    near = {"near_tolerance": "3", "near_credit": ""}
    sent = {
        "dropdown": options,
        "multiple": {**several, **together, "credit": "each", "shuffle": "on"},
        "numeric": {"answer": "20", "tolerance": "5%", "unit": "", "feedback": "Yes.", **near, **others},
        "short": {"accept": "", "pattern": "me.n", "feedback": "Yes.", **words},
    }
    expected = {
        "dropdown": {
            "shuffle": False,
            "options": [
                {"id": "a", "text": "A", "right": True},
                {"id": "b", "text": "B", "feedback": "Nearly.", "credit": "0.5"},
                {"id": "none", "text": "None", "fixed": True},
            ],
        },
        "multiple": {
            "credit": "each",
            "options": [
                {"id": "a", "text": "A", "right": True, "feedback_unchosen": "And A?"},
                {"id": "b", "text": "B", "fixed": True},
            ],
            "combinations": [{"options": ["a", "b"], "feedback": "Both?"}],
        },
        "numeric": {
            "answer": "20",
            "tolerance": "5%",
            "feedback": "Yes.",
            "near": {"tolerance": "3"},
            "others": [{"answer": "2", "feedback": "A zero."}, {"range": "[5, 6)", "credit": "1"}],
        },
        "short": {"pattern": "me.n", "feedback": "Yes.", "others": [{"accept": ["mode", "median"], "credit": "0.5"}]},
    }
    for kind, data in sent.items():
        revision = saved(client, taught, kind, data)
        assert TYPES[kind].settings(revision.config) == expected[kind]
        assert resent(client, taught, revision) == (1, revision.config)


def resent(client, taught, revision):
    """Save the page of a question as it came: nothing changes."""
    address = url("question-edit", taught, revision.question.public_id)
    editor = client.get(address).context["editor"]
    data = fields_of(editor.whole)
    for part in editor.parts:
        data |= fields_of(part)
    data |= {"hint-TOTAL_FORMS": 0, "hint-INITIAL_FORMS": 0}
    response = client.post(address, data)
    assert response.status_code == HTTPStatus.FOUND, response.context["editor"].form.errors
    question = Question.objects.select_related("current").get(pk=revision.question_id)
    return question.version, question.current.config


def fields_of(one):
    """What a browser sends for a form and its rows that nobody touched."""
    data = {}
    for form in [one.form, *(row for rows in one.rows.values() for row in rows)]:
        for field in form:
            value = field.value()
            if value not in (None, False, ""):
                data[field.html_name] = "on" if value is True else value
    for rows_of in one.rows.values():
        data |= {f"{rows_of.prefix}-TOTAL_FORMS": len(rows_of), f"{rows_of.prefix}-INITIAL_FORMS": 0}
    return data


def test_parts_are_added_written_and_removed_without_a_script(client, people, taught):
    client.force_login(people.teacher)
    new = f"{url('question-new', taught)}?kind=parts"
    part = {"part-0-kind": "numeric", "part-0-text": "How many?", "part-0-answer": "4", "part-0-part_points": "2"}
    page = client.post(new, {"stem": "Two things", "more": "part", "new_part": "single", **part}).content.decode()
    assert ('value="4"' in page, 'name="part-1-option-3-text"' in page, Question.objects.count()) == (True, True, 0)
    second = {"part-1-kind": "single", "part-1-part_points": "1", "part-1-shuffle": "on"}
    second |= table("part-1-option", {"text": "A", "right": "on"}, {"text": "B"})
    revision = saved(client, taught, "parts", part | second)
    assert TYPES["parts"].settings(revision.config)["parts"] == [
        {"id": "part", "kind": "numeric", "points": 2, "text": "How many?", "answer": "4"},
        {
            "id": "part-2",
            "kind": "single",
            "options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B"}],
        },
    ]
    assert resent(client, taught, revision) == (1, revision.config)
    address = url("question-edit", taught, revision.question.public_id)
    ids = {"part-0-part_id": "part", "part-1-part_id": "part-2", "part-0-remove": "on", "points": "1", "version": "1"}
    page = client.post(address, {"stem": "One", "more": "hint", **part, **second, **ids}).content.decode()
    assert ("part-1-kind" in page, 'value="part-2"' in page) == (False, True)
    assert client.post(address, {"stem": "One", **part, **second, **ids}).status_code == HTTPStatus.FOUND
    left = Question.objects.get(pk=revision.question_id).current.config["parts"]
    assert [one["id"] for one in left] == ["part-2"]


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("short", {"accept": "a", "attempts": "0"}, "Give a whole number of tries"),
        ("short", {"accept": "a", "attempts": "x"}, "Give a whole number of tries"),
        ("short", {"accept": "", "pattern": ""}, "Write at least one accepted answer."),
        ("short", {"pattern": "("}, "The pattern is no regular expression"),
        ("numeric", {"answer": "[20, 10)"}, "A range has two bounds"),
        ("multiple", rows({"text": "A", "right": "on"}, {"text": "B"}) | table("combination", {"numbers": "7", "feedback": "x"}), "names the option “7”"),
        ("parts", {}, "Give between 1 and 20 parts."),
        ("parts", {"part-0-kind": "numeric", "part-0-answer": "much"}, "Part 1: The answer must be a number"),
        ("parts", {"part-0-kind": "essay"}, "Give between 1 and 20 parts."),
    ],
)  # fmt: skip
def test_what_is_refused_is_said(client, people, taught, kind, data, sentence):
    client.force_login(people.teacher)
    response = client.post(f"{url('question-new', taught)}?kind={kind}", {"points": "1"} | data | {"stem": "Is it?"})
    assert (response.status_code, sentence in response.content.decode()) == (422, True)
