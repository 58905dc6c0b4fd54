"""Lessons with a page for each section."""

import pytest

from courses.models import ItemProgress
from courses.services import outline, progress
from tests.courses.views.conftest import page
from tests.factories import BlockFactory, ItemFactory, SectionFactory, put_branches
from tests.factories.assessments import put_question


@pytest.fixture
def paged(taught):
    """Three pages: one without a title, "Middle" and "Last"."""
    taught.lesson.is_paged = True
    taught.lesson.save()
    sections = [taught.section]
    for title in ("Middle", "Last"):
        section = SectionFactory(item=taught.lesson, title=title)
        BlockFactory(section=section, text=f"Text of {title}.")
        sections.append(section)
    return sections


def at(section):
    return page("lesson-section", "statistics", section.item.public_id, section.public_id)


def test_a_page_holds_its_section_alone(sign_in, people, paged):
    response = sign_in(people.student).get(at(paged[1]))
    text = response.content.decode()
    assert [word in text for word in ("Ask four people.", "Text of Middle.", "Text of Last.")] == [False, True, False]
    links = [(link.title, link.current) for link in response.context["page"].links]
    assert links == [("Opening", False), ("Middle", True), ("Last", False)]
    assert text.count('aria-current="page" dir="auto"') == 1


def test_a_lesson_opens_where_the_reader_stopped(sign_in, people, taught, paged):
    client, url = sign_in(people.student), taught.lesson.get_absolute_url()
    assert client.get(url)["Location"] == at(paged[0])
    client.get(at(paged[1]))
    assert client.get(url)["Location"] == at(paged[1])
    assert sign_in(people.owner).get(url + "?draft=1")["Location"] == at(paged[0]) + "?draft=1"


def test_opening_pages_is_remembered_once_each(sign_in, writes, people, taught, paged):
    client = sign_in(people.student)
    for section in (paged[0], paged[2], paged[0]):
        client.get(at(section))
    row = ItemProgress.objects.get(user=people.student)
    assert (row.place, row.share) == (f"s-{paged[0].public_id}:5", 66)
    assert [link.seen for link in client.get(at(paged[0])).context["page"].links] == [True, False, True]
    assert writes(people.student, at(paged[0])) == []


def test_a_place_sent_by_a_program_keeps_what_was_opened(sign_in, people, taught, paged):
    sign_in(people.student).get(at(paged[1]))
    progress.save_place(actor=people.student, item=taught.lesson, place=f"s-{paged[2].public_id}", share=10)
    assert ItemProgress.objects.get(user=people.student).place == f"s-{paged[2].public_id}:2"


def test_the_way_goes_page_by_page_and_on_to_the_next_lesson(sign_in, people, taught, paged):
    following = ItemFactory(module=taught.module, title="Following")
    client = sign_in(people.student)
    ways = []
    for section in paged:
        response = client.get(at(section))
        way = response.context["way"]
        ends = "Mark as done" in response.content.decode()
        ways.append((way["previous"] and way["previous"]["url"], way["next"] and _url(way["next"]), ends))
    assert ways == [
        (None, at(paged[1]), False),
        (at(paged[0]), at(paged[2]), False),
        (at(paged[1]), following.get_absolute_url(), True),
    ]


def _url(way):
    return way["url"] if isinstance(way, dict) else way.url


def test_a_page_that_is_not_there(sign_in, people, taught, paged):
    client = sign_in(people.student)
    assert client.get(at(SectionFactory(item=ItemFactory(module=taught.module)))).status_code == 404
    _outer, texts = put_branches(paged[0])
    assert client.get(at(texts[0].section)).status_code == 404
    taught.lesson.is_paged = False
    taught.lesson.save()
    assert client.get(at(paged[1]))["Location"] == f"{taught.lesson.get_absolute_url()}#s-{paged[1].public_id}"


@pytest.mark.parametrize(("who", "status"), [("student", 200), ("assistant", 200), ("outsider", 404), (None, 404)])
def test_who_may_open_a_page(sign_in, people, paged, who, status):
    assert sign_in(getattr(people, who) if who else None).get(at(paged[1])).status_code == status


def test_a_group_is_given_at_the_page_with_the_branches(sign_in, people, paged):
    _outer, texts = put_branches(paged[1])
    client = sign_in(people.student)
    client.get(at(paged[0]))
    assert not people.student.experiment_places.exists()
    text = client.get(at(paged[1])).content.decode()
    assert [branch.live.text in text for branch in texts] == [True, False]


def test_the_queries_do_not_grow_with_pages(queries, people, taught, paged):
    few = queries(people.student, at(paged[1]))
    for number in range(6):
        section = SectionFactory(item=taught.lesson, title=f"Part {number}")
        BlockFactory.create_batch(2, section=section)
        put_question(section)
    assert queries(people.student, at(paged[1])) == few <= 8


def test_pages_are_chosen_in_the_settings_of_the_lesson(sign_in, people, taught):
    sent = {"title": "Who was asked", "needs_end": "on", "is_paged": "on", "version": taught.lesson.version}
    sign_in(people.owner).post(page("item-edit", "statistics", taught.lesson.public_id), sent)
    taught.lesson.refresh_from_db()
    assert taught.lesson.is_paged
    outline.change_item(actor=people.owner, item=taught.lesson, is_paged=False)
    taught.lesson.refresh_from_db()
    assert not taught.lesson.is_paged


@pytest.fixture
def long(paged):
    """The last section goes on: five blocks of half a page's text and a question."""
    for number in range(5):
        BlockFactory(section=paged[2], text=f"Paragraph {number}. " + "word " * 1_800)
    put_question(paged[2])
    return paged[2]


def test_a_section_that_is_too_long_goes_on_over_the_leaf(sign_in, people, taught, long):
    following = ItemFactory(module=taught.module, title="Following")
    client = sign_in(people.student)
    leaves = []
    for leaf in (1, 2, 3):
        response = client.get(f"{at(long)}?leaf={leaf}")
        text, way = response.content.decode(), response.context["way"]
        words = [number for number in range(5) if f"Paragraph {number}." in text]
        ends = ("Mark as done" in text, 'class="question"' in text)
        leaves.append((words, way["previous"]["url"], _url(way["next"]), *ends))
        assert len(response.content) < 35 * 1024

    assert leaves == [
        ([0, 1], at(leaves_before(long)), f"{at(long)}?leaf=2", False, False),
        ([2, 3], at(long), f"{at(long)}?leaf=3", False, False),
        ([4], f"{at(long)}?leaf=2", following.get_absolute_url(), True, True),
    ]


def leaves_before(section):
    return section.item.sections.order_by("rank")[1]


@pytest.mark.parametrize("leaf", ["0", "9", "-1", "99999999", "two", "²", ""])
def test_a_leaf_that_is_none_is_the_nearest(sign_in, people, long, leaf):
    response = sign_in(people.student).get(at(long), {"leaf": leaf})

    assert (response.status_code, response.context["page"].leaf) == (200, 3 if leaf == "9" else 1)


def test_marking_the_end_stays_on_its_leaf(sign_in, people, taught, long):
    done = page("lesson-done", "statistics", taught.lesson.public_id)

    response = sign_in(people.student).post(done, {"stay": "1", "at": str(long.public_id), "leaf": "3"})

    assert response["Location"] == f"{at(long)}?leaf=3"


def test_a_place_that_is_none_leads_to_the_lesson(sign_in, people, taught, paged):
    done = page("lesson-done", "statistics", taught.lesson.public_id)

    response = sign_in(people.student).post(done, {"stay": "1", "at": "https://example.org/"})

    assert response["Location"] == taught.lesson.get_absolute_url()
