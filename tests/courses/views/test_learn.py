import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from courses.models import ItemProgress
from courses.services import blocks, content, course, outline, progress, publishing, watching
from files.services import store_file
from tests.courses.test_video import FILM
from tests.courses.views.conftest import page, said
from tests.factories import BlockFactory, ItemFactory, ModuleFactory, SectionFactory, put_branches
from tests.factories.assessments import put_poll

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


@pytest.fixture
def url(taught):
    return taught.lesson.get_absolute_url()


def test_a_student_reads_the_published_text(sign_in, people, taught, url):
    content.change_block(actor=people.owner, block=taught.block, text="Newer words.")
    text = sign_in(people.student).get(url + "?draft=1").content.decode()
    assert "Ask four people." in text
    assert "Newer words." not in text


def test_authors_choose_between_both_texts(sign_in, people, taught, url):
    content.change_block(actor=people.owner, block=taught.block, text="Newer words.")
    client = sign_in(people.owner)
    published, draft = (client.get(address).content.decode() for address in (url, f"{url}?draft=1"))
    assert ("Ask four people." in published, "Newer words." in published) == (True, False)
    assert ("Ask four people." in draft, "Newer words." in draft) == (False, True)
    assert "This is the text being written." in draft


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200),
        ("teacher", 200),
        ("assistant", 200),
        ("observer", 200),
        ("student", 200),
        ("outsider", 404),
        (None, 404),
    ],
)
def test_who_may_read(sign_in, people, taught, url, who, status):
    assert sign_in(getattr(people, who) if who else None).get(url).status_code == status


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("assistant", 404), ("student", 404), (None, 404)])
def test_a_draft_lesson_is_its_authors_alone(sign_in, people, taught, who, status):
    client = sign_in(getattr(people, who) if who else None)
    assert client.get(taught.draft_lesson.get_absolute_url()).status_code == status


def test_a_lesson_has_one_address_only(sign_in, people, taught):
    assert sign_in(people.student).get(page("lesson", "ecology", taught.lesson.public_id)).status_code == 404


def test_visitors_read_a_preview_without_controls(sign_in, taught):
    preview = ItemFactory(module=taught.module, is_preview=True)
    BlockFactory(section=SectionFactory(item=preview), text="A taste.")
    text = sign_in(None).get(preview.get_absolute_url()).content.decode()
    assert ("A taste." in text, "You are reading a preview." in text, "Mark as done" in text) == (True, True, False)


def test_the_way_back_and_on(sign_in, people, taught):
    middle = ItemFactory(module=taught.module, title="Middle")
    last = ItemFactory(module=ModuleFactory(course=taught.course), title="Last")
    shown = sign_in(people.student).get(middle.get_absolute_url()).context["page"]
    assert (shown.previous.title, shown.next.title, shown.lesson.number) == ("Who was asked", "Last", "1.2")
    assert sign_in(people.student).get(last.get_absolute_url()).context["page"].next is None


def test_finishing_goes_on_and_counts(sign_in, people, taught):
    following = ItemFactory(module=taught.module)
    client = sign_in(people.student)
    answer = client.post(page("lesson-done", "statistics", taught.lesson.public_id))
    assert (answer.status_code, answer["Location"]) == (302, following.get_absolute_url())
    assert ItemProgress.objects.get(user=people.student, item=taught.lesson).state == "done"
    last = client.post(page("lesson-done", "statistics", following.public_id))
    assert last["Location"] == taught.course.get_absolute_url()


def test_fifteen_marks_are_one(sign_in, people, taught, url):
    client = sign_in(people.student)
    answers = {
        client.post(page("lesson-done", "statistics", taught.lesson.public_id), {"stay": 1})["Location"]
        for _ in range(15)
    }
    assert (answers, ItemProgress.objects.filter(user=people.student).count()) == ({url}, 1)


def test_taking_the_mark_back(sign_in, people, taught, url):
    progress.mark_end(actor=people.student, item=taught.lesson)
    client = sign_in(people.student)
    assert "Not done yet" in client.get(url).content.decode()
    assert client.post(page("lesson-undone", "statistics", taught.lesson.public_id))["Location"] == url
    assert ItemProgress.objects.get(user=people.student).state == "started"


def test_the_rule_is_said_in_words(sign_in, people, taught, url):
    taught.lesson.needs_answers = True
    taught.lesson.save()
    text = sign_in(people.student).get(url).content.decode()
    assert "This lesson is finished when you have answered its questions and marked it as done." in text


@pytest.mark.parametrize(("who", "status"), [("outsider", 404), ("teacher", 403), ("observer", 403)])
def test_only_students_mark(sign_in, people, taught, who, status):
    client = sign_in(getattr(people, who))
    assert client.post(page("lesson-done", "statistics", taught.lesson.public_id)).status_code == status
    assert not ItemProgress.objects.exists()


def test_marking_takes_a_post(sign_in, people, taught):
    assert sign_in(people.student).get(page("lesson-done", "statistics", taught.lesson.public_id)).status_code == 405


def test_where_one_stopped(sign_in, people, taught, url):
    section = SectionFactory(item=taught.lesson, title="Four people")
    BlockFactory(section=section)
    client = sign_in(people.student)
    sent = {"place": f"s-{section.public_id}", "share": "50"}
    assert client.post(page("lesson-place", "statistics", taught.lesson.public_id), sent).status_code == 204
    text = client.get(url).content.decode()
    assert f'<a href="#s-{section.public_id}">You stopped at <mark>“Four people”</mark></a>' in text


@pytest.mark.parametrize(
    "sent", [{}, {"place": "x" * 65, "share": "5"}, {"place": "s-1", "share": "101"}, {"place": "<b>", "share": "1"}]
)
def test_a_wrong_place_is_refused(sign_in, people, taught, sent):
    answer = sign_in(people.student).post(page("lesson-place", "statistics", taught.lesson.public_id), sent)
    assert (answer.status_code, ItemProgress.objects.exists()) == (400, False)


def test_a_second_view_within_five_minutes_writes_nothing(writes, people, taught, url):
    assert writes(people.student, url) == []
    assert ItemProgress.objects.filter(user=people.student, item=taught.lesson).count() == 1


def test_a_later_view_is_noted(sign_in, people, taught, url):
    client = sign_in(people.student)
    client.get(url)
    first = ItemProgress.objects.get(user=people.student).seen_at
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        client.get(url)
        later = ItemProgress.objects.get(user=people.student).seen_at
    assert later - first > timedelta(minutes=5)


def test_reading_a_draft_notes_nothing(sign_in, people, taught, url):
    sign_in(people.owner).get(f"{url}?draft=1")
    assert not ItemProgress.objects.exists()


def test_marking_says_what_happened(sign_in, people, taught):
    answer = sign_in(people.student).post(page("lesson-done", "statistics", taught.lesson.public_id))
    assert said(answer) == ["“Who was asked” is done."]


def test_queries_do_not_grow(queries, people, taught, url):
    def more(count):
        for _ in range(count):
            section = SectionFactory(item=taught.lesson, title="More")
            for kind in ("text", "callout", "image", "file", "video"):
                BlockFactory(section=section, kind=kind)
            ItemFactory(module=ModuleFactory(course=taught.course))

    more(1)
    few = queries(people.student, url)
    more(12)
    assert (few <= 8, queries(people.student, url)) == (True, few)


def test_queries_with_every_kind_of_block_at_once(sign_in, queries, people, taught, url):
    files = {
        name: str(store_file(actor=people.owner, content=held, name=name).public_id)
        for name, held in (("hedge.svg", SVG), ("film.webm", FILM), ("notes.txt", b"Words."))
    }

    def put_everything() -> None:
        section = SectionFactory(item=taught.lesson)
        data = {"file": files["hedge.svg"], "alt": "A hedge"}
        content.add_block(actor=people.owner, section=section, kind="image", data=data)
        data = {"file": files["film.webm"], "title": "A hedge"}
        film = content.add_block(actor=people.owner, section=section, kind="video", data=data)
        content.add_block(actor=people.owner, section=section, kind="file", data={"file": files["notes.txt"]})
        for kind in ("text", "callout", "html", "notice"):
            BlockFactory(section=section, kind=kind)
        asked = {"kind": "numeric", "answer": "4", "tolerance": "0"}
        blocks.create_block(actor=people.owner, section=section, kind="question", text="How many?", data=asked)
        put_poll(section)
        put_branches(section)
        publishing.publish_item(actor=people.owner, item=taught.lesson)
        film.refresh_from_db()
        watching.record(actor=people.student, block=film, position=1, duration=4, ranges=[[0, 2]])

    put_everything()
    client = sign_in(people.student)
    text = client.get(url).content.decode()
    address = re.search(r'<form class="question"[^>]*action="([^"]+)"', text)[1]
    assert client.post(address.replace("&amp;", "&"), {"answer": "5"}).status_code == 302
    few = queries(people.student, url)
    for _ in range(2):
        put_everything()
    text = client.get(url).content.decode()
    assert [text.count(words) for words in ("<video", "You have seen 51 % of it.", ' download="notes.txt"')] == [
        3,
        3,
        3,
    ]
    assert (queries(people.student, url), few <= 8) == (few, True), few


@pytest.mark.parametrize("gone", ["unpublished", "binned", "module binned", "course binned", "course a draft"])
def test_what_was_taken_away_is_not_found(sign_in, people, taught, url, gone):
    match gone:
        case "unpublished":
            publishing.unpublish_item(actor=people.owner, item=taught.lesson)
        case "binned":
            outline.bin_item(actor=people.owner, item=taught.lesson)
        case "module binned":
            outline.bin_module(actor=people.owner, module=taught.module)
        case "course binned":
            course.bin_course(actor=people.owner, course=taught.course)
        case "course a draft":
            course.unpublish_course(actor=people.owner, course=taught.course)
    assert sign_in(people.student).get(url).status_code == 404


def test_an_archived_course_is_read_without_controls(sign_in, people, taught, url):
    course.archive_course(actor=people.owner, course=taught.course)
    text = sign_in(people.student).get(url).content.decode()
    assert ("Ask four people." in text, "Mark as done" in text, "lesson-done" in text) == (True, False, False)
