"""A poll on its page: before and after voting, with a script and without, and its editor."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import PollVote
from assessments.selectors.polls import lesson_polls, poll_blocks
from assessments.services.poll import vote
from core.slots import BLOCK_KINDS
from files.models import StoredFile
from files.services.kept import keep_file
from files.services.spaces import space_of
from tests.factories.assessments import POLL, SURVEY, put_poll
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in():
    def session(user):
        client = Client()
        client.force_login(user)
        return client

    return session


def picture():
    return SimpleUploadedFile("wave.png", png(), "image/png")


def address(block):
    item = block.section.item
    return reverse("assessments:poll", args=[item.course.slug, item.public_id, block.public_id])


def shown(block, user):
    return lesson_polls([poll_blocks().get(pk=block.pk)], user)[block.pk]["poll"]


def results(block, user):
    """Per question (words, votes, percent, own) of each row; None where they may not be seen."""
    return [
        None
        if q["results"] is None
        else [(re.sub("<[^>]+>", "", r["html"]), r["votes"], r["percent"], r["own"]) for r in q["results"]]
        for q in shown(block, user)["questions"]
    ]


@pytest.mark.parametrize(
    ("rule", "before", "after"), [("after", False, True), ("always", True, True), ("never", False, False)]
)
def test_who_sees_results_when(people, taught, rule, before, after):
    block = put_poll(taught.section, results=rule)
    vote(actor=people.other_student, block=block, choices={"how": "badly"})
    assert (results(block, people.student) != [None]) is before
    vote(actor=people.student, block=block, choices={"how": "well"})
    counted = [("😍", 1, 50, True), ("So so", 0, 0, False), ("Badly", 1, 50, False)]
    assert results(block, people.student) == [counted if after else None]
    assert (results(block, people.observer) != [None]) is (rule == "always")
    assert results(block, people.teacher) == [[(*row[:3], False) for row in counted]]
    assert shown(block, AnonymousUser())["asks"] is False


def test_votes_for_an_option_that_is_gone_are_shown_together(people, taught):
    block = put_poll(taught.section)
    for user, option in ((people.student, "so-so"), (people.other_student, "badly")):
        vote(actor=user, block=block, choices={"how": option})
    block.live.data = POLL | {"options": [POLL["options"][0], {"id": "new", "text": "New"}]}
    block.live.save()
    assert results(block, people.student) == [[("😍", 0, 0, False), ("New", 0, 0, False), ("Other", 2, 100, True)]]


def test_voting_by_a_plain_form_goes_back_to_the_poll(sign_in, people, taught):
    block = put_poll(taught.section, feedback="AFTERWARDS")
    client = sign_in(people.student)
    lesson = taught.lesson.get_absolute_url()
    assert "AFTERWARDS" not in client.get(lesson).content.decode()
    answer = client.post(address(block), {"q-how": "well"})
    assert (answer.status_code, answer["Location"]) == (302, f"{lesson}#poll-{block.public_id}")
    page = client.get(lesson).content.decode()
    assert ("AFTERWARDS" in page, "1 vote, 100%" in page, 'name="q-how"' in page) == (True, True, False)


def test_htmx_gets_the_poll_alone(sign_in, people, taught):
    block = put_poll(taught.section)
    answer = sign_in(people.student).post(address(block), {"q-how": "well"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content.decode().lstrip().startswith("<div")) == (200, True)


def test_a_survey_with_a_gap_comes_back_as_it_was_filled_in(sign_in, people, taught):
    block = put_poll(taught.section, **SURVEY)
    answer = sign_in(people.student).post(address(block), {"q-html": "much"})
    html = answer.content.decode()
    assert (answer.status_code, PollVote.objects.count()) == (422, 0)
    assert re.findall(r'name="(q-\w+)" value="(\w+)" required checked', html) == [("q-html", "much")]
    assert html.count("Choose one of the options.") == 1


def test_a_second_answer_is_refused_in_words(sign_in, people, taught):
    block = put_poll(taught.section)
    client = sign_in(people.student)
    client.post(address(block), {"q-how": "well"})
    answer = client.post(address(block), {"q-how": "badly"}, follow=True)
    assert "An answer cannot be changed." in answer.content.decode()
    assert PollVote.objects.get().option == "well"


def test_an_author_s_trial_is_shown_and_not_kept(sign_in, people, taught):
    block = put_poll(taught.section)
    answer = sign_in(people.teacher).post(address(block), {"q-how": "well"})
    assert (answer.status_code, "You have answered" in answer.content.decode()) == (200, True)
    assert PollVote.objects.count() == 0


def test_a_page_of_polls_takes_two_queries(people, taught):
    blocks = [put_poll(taught.section, results="always") for _ in range(5)]
    for block in blocks:
        vote(actor=people.student, block=block, choices={"how": "well"})
    rows = list(poll_blocks())
    people.student.has_perm("assessments.start_attempt", taught.lesson)
    with CaptureQueriesContext(connection) as seen:
        lesson_polls(rows, people.student)
    assert len(seen) == 2


# The editor


def editor(block):
    return reverse("assessments:block-poll", args=["statistics", block.public_id])


def sent(questions, options, **fields):
    data = {"results": "after", "version": "1", "text": "", "feedback": ""} | fields
    for name, rows in (("question", questions), ("option", options)):
        data |= {f"{name}-TOTAL_FORMS": str(len(rows)), f"{name}-INITIAL_FORMS": "0"}
        data |= {f"{name}-{n}-{key}": value for n, row in enumerate(rows) for key, value in row.items()}
    return data


def test_an_author_writes_a_poll(sign_in, people, taught):
    block = put_poll(taught.section, publish=False)
    options = [{"entry_id": "well", "text": "Well", "remove": "on"}, {"text": "So so"}, {"text": "So so"}, {"text": ""}]
    data = sent([{"entry_id": "how", "text": "How?"}], options, changes="on", feedback="Thanks")
    answer = sign_in(people.teacher).post(editor(block), data)
    assert answer.status_code == 302
    block.refresh_from_db()
    assert BLOCK_KINDS["poll"].export(block, block.draft)[0] == {
        "changes": True,
        "feedback": "Thanks",
        "questions": [{"id": "how", "text": "How?"}],
        "options": [{"id": "so-so", "text": "So so"}, {"id": "so-so-2", "text": "So so"}],
    }


def test_a_picture_needs_words(sign_in, people, taught):
    block = put_poll(taught.section, publish=False)
    client = sign_in(people.teacher)
    options = [{"text": "Well"}, {"picture": picture(), "alt": ""}]
    refused = client.post(editor(block), sent([{"text": "How?"}], options))
    assert (refused.status_code, "a picture with an alt" in refused.content.decode()) == (422, True)
    options = [{"text": "Well"}, {"picture": picture(), "alt": "A wave"}]
    assert client.post(editor(block), sent([{"text": "How?"}], options)).status_code == 302
    block.refresh_from_db()
    file = StoredFile.objects.get(usages__owner_kind="lesson_draft")
    assert block.draft.data["options"][1] == {"id": "a-wave", "image": f"file:{file.public_id}", "alt": "A wave"}


def test_a_picture_may_be_one_that_is_kept(sign_in, people, taught):
    teacher, block = people.teacher, put_poll(taught.section, publish=False)
    content = stored(png(), "wave.png", teacher)
    kept = keep_file(actor=teacher, space=space_of("person", teacher.pk), stored=content).file
    client = sign_in(teacher)
    options = [{"text": "Well"}, {"picture-kept": kept.get_absolute_url(), "alt": "A wave"}]
    more = client.post(editor(block), sent([{"text": "How?"}], options, more="option")).content.decode()
    assert (
        f'name="option-1-picture-kept" type="text" inputmode="url" autocomplete="off" value="{kept.get_absolute_url()}"'
        in more
    )
    lost = [{"text": "Well"}, {"picture-kept": "/files/kept/nowhere/", "alt": "A wave"}]
    refused = client.post(editor(block), sent([{"text": "How?"}], lost))
    assert (refused.status_code, "no file at this address" in refused.content.decode()) == (422, True)
    assert client.post(editor(block), sent([{"text": "How?"}], options)).status_code == 302
    block.refresh_from_db()
    assert block.draft.data["options"][1] == {"id": "a-wave", "image": f"file:{content.public_id}", "alt": "A wave"}
    assert content.usages.filter(owner_kind="lesson_draft").count() == 1


def test_more_rows_keep_what_was_typed(sign_in, people, taught):
    block = put_poll(taught.section, publish=False)
    answer = sign_in(people.teacher).post(editor(block), sent([{"text": "How?"}], [{"text": "Well"}], more="option"))
    html = answer.content.decode()
    assert (answer.status_code, 'name="option-TOTAL_FORMS" value="3"' in html, 'value="Well"' in html) == (
        200,
        True,
        True,
    )
    block.refresh_from_db()
    assert block.draft.data == POLL


def test_a_poll_with_one_option_and_an_old_page_are_refused(sign_in, people, taught):
    block = put_poll(taught.section, publish=False)
    client = sign_in(people.teacher)
    one = client.post(editor(block), sent([{"text": "How?"}], [{"text": "Well"}]))
    assert (one.status_code, "“options” is a list of 2 to 50 entries." in one.content.decode()) == (422, True)
    options = [{"text": "Well"}, {"text": "Badly"}]
    assert client.post(editor(block), sent([{"text": "How?"}], options)).status_code == 302
    old = client.post(editor(block), sent([{"text": "Why?"}], options))
    assert (old.status_code, "Somebody else changed this" in old.content.decode()) == (422, True)
