import re
from html import unescape
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Attempt
from tests.factories.assessments import ALL, SHORT, SINGLE, put_question

pytestmark = pytest.mark.django_db

HTMX = {"hx-request": "true"}


def address(one):
    item = one.block.section.item
    return reverse("assessments:answer", args=[item.course.slug, item.public_id, one.block.public_id])


def back_to(one):
    return f"{one.block.section.item.get_absolute_url()}#question-{one.block.public_id}"


def test_without_a_script_an_answer_leads_back_to_the_question(client, people, single):
    client.force_login(people.student)
    response = client.post(address(single), single.given(people.student, "average"))
    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, back_to(single))
    page = client.get(response["Location"]).content.decode()
    assert ("FB-AVERAGE" in page, "EXPLAIN-1" in page, "HINT-1" in page) == (True, False, True)


def test_with_a_script_only_the_question_comes_back(client, people, single):
    client.force_login(people.student)
    response = client.post(address(single), single.given(people.student, "right-person"), headers=HTMX)
    page = response.content.decode()
    assert (response.status_code, page.count("<form"), "<html" in page, "EXPLAIN-1" in page) == (200, 1, False, True)
    assert f'id="question-{single.block.public_id}"' in page


def test_the_lesson_page_has_no_secret(client, people, asked):
    client.force_login(people.student)
    page = client.get(asked["single"].block.section.item.get_absolute_url()).content.decode()
    secrets = ("right-person", "FB-", "EXPLAIN", "2.75", "SECRETWORD", "standard error<")
    assert [secret for secret in secrets if secret in page] == []
    assert page.count('data-module="inline-check') == 4


@pytest.mark.parametrize("who", ["owner", "teacher"])
def test_an_author_is_told_the_verdict_and_nothing_is_kept(client, people, single, who):
    user = getattr(people, who)
    client.force_login(user)
    page = client.post(address(single), single.given(user, "average")).content.decode()
    assert ("Not yet" in page, "EXPLAIN-1" in page, "Back to the lesson" in page) == (True, True, True)
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("single", {}, "Give an answer first."),
        ("single", {"option": "average"}, "Choose one of the options that are shown."),
        ("multiple", {"option": ["a", "b"]}, "Choose among the options that are shown."),
        ("numeric", {"answer": "about three"}, "Write a number, such as 12.5 or 3e-4."),
        ("short", {"answer": "x" * 10_000}, "Write at most 200 characters."),
        ("short", {"answer": "a\x00"}, "Leave out the control characters."),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_no_answer_is_said_and_not_kept(client, people, asked, kind, data, sentence, headers):
    client.force_login(people.student)
    response = client.post(address(asked[kind]), data, headers=headers)
    assert (response.status_code, sentence in response.content.decode()) == (422, True)
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize(("who", "status"), [("observer", 403), ("assistant", 403), ("outsider", 404)])
def test_who_may_not_answer(client, people, single, who, status):
    user = getattr(people, who)
    client.force_login(user)
    assert client.post(address(single), single.given(user, "average")).status_code == status


def test_a_visitor_signs_in_first_and_comes_back_to_the_question(client, people, single):
    response = client.post(address(single), {"option": "x"})
    assert response["Location"].startswith(reverse("account_login"))
    client.force_login(people.student)
    assert client.get(address(single))["Location"] == back_to(single)


def test_a_block_of_another_lesson_or_kind_is_not_there(client, people, taught, single):
    client.force_login(people.student)
    slug, item = taught.course.slug, taught.lesson.public_id
    for args in (
        [slug, item, taught.block.public_id],
        [slug, taught.draft_lesson.public_id, single.block.public_id],
        [taught.other_course.slug, item, single.block.public_id],
    ):
        assert client.post(reverse("assessments:answer", args=args), {"option": "x"}).status_code == 404


def test_answering_costs_the_same_however_often_it_was_answered(client, people, taught):
    from tests.assessments.conftest import Asked  # noqa: PLC0415 -- a class of the fixtures

    client.force_login(people.student)
    one = Asked(*put_question(taught.section, **SHORT))
    counts = []
    for n in range(12):
        with CaptureQueriesContext(connection) as queries:
            client.post(address(one), {"answer": f"try {n}"}, headers=HTMX)
        counts.append(len(queries))
    assert counts[2] == counts[-1]


EVERY_KIND = {
    **ALL,
    "dropdown": SINGLE | {"kind": "dropdown"},
    "parts": {
        "kind": "parts",
        "stem": "Two things",
        "settings": {
            "parts": [
                {"id": "a", "kind": "short", "accept": ["yes"]},
                {"id": "b", **SINGLE["settings"], "kind": "single", "text": "And?"},
            ]
        },
    },
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_question_of_each_kind_is_answered_by_its_form_alone(client, people, taught, kind):
    client.force_login(people.student)
    block, question = put_question(taught.section, **EVERY_KIND[kind])
    page = client.get(taught.lesson.get_absolute_url()).content.decode()
    names = dict.fromkeys(re.findall(r'name="((?:parts\.\w+\.)?(?:option|answer))"', page))
    options = re.findall(r'(?:name="[\w.]*option"|<option) value="([0-9a-f]{16})"', page)
    data = {name: options[0] if name.endswith("option") else "3" for name in names}
    response = client.post(unescape(re.search(r'method="post" action="(/learn/[^"]+/questions/[^"]+)"', page)[1]), data)
    assert (response.status_code, response["Location"].endswith(f"#question-{block.public_id}")) == (302, True)
    assert Attempt.objects.get().answers.get().question == question


def test_a_list_holds_plain_text_and_formulas_are_shown_as_round_buttons(client, people, taught):
    client.force_login(people.student)
    options = [{"id": "a", "text": "$x^2$", "right": True}, {"id": "b", "text": "x & y"}]
    put_question(taught.section, kind="dropdown", stem="Which?", settings={"options": options})
    page = client.get(taught.lesson.get_absolute_url()).content.decode()
    assert ("<select" in page.split("<main")[1], page.count('type="radio"')) == (False, 2)


def test_what_was_entered_stays_in_the_form_when_a_part_is_refused(client, people, taught):
    client.force_login(people.student)
    from tests.assessments.conftest import Asked  # noqa: PLC0415 -- a class of the fixtures

    one = Asked(*put_question(taught.section, **EVERY_KIND["parts"]))
    response = client.post(address(one), {"parts.a.answer": "my words"}, headers=HTMX)
    page = response.content.decode()
    assert (response.status_code, 'value="my words"' in page, "Part 2: Give an answer first." in page) == (
        422,
        True,
        True,
    )
    assert Attempt.objects.count() == 0
