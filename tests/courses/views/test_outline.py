import re

import pytest

from courses.models import Item, Module
from courses.services import content, outline
from tests.courses.views.conftest import page, said
from tests.factories import BlockFactory, ItemFactory, ModuleFactory, SectionFactory, put_branches


def titles(course):
    return [(m.title, [i.title for i in Item.objects.filter(module=m)]) for m in Module.objects.filter(course=course)]


@pytest.fixture
def owner(sign_in, people):
    return sign_in(people.owner)


def test_the_builder_shows_drafts_and_states(owner, people, taught):
    content.change_block(actor=people.owner, block=taught.block, text="Newer.")
    response = owner.get(page("builder", "statistics"))
    rows = [(row["title"], row["tag"]) for row in response.context["rows"][0].rows]
    assert rows == [("Who was asked", "Unpublished changes"), ("Not ready", "Draft")]
    assert "Publish 1 change" in response.content.decode()


def test_add_a_module_and_a_lesson(owner, taught):
    owner.post(page("module-new", "statistics"), {"title": "Probability", "form_key": "a"})
    module = Module.objects.get(title="Probability")
    answer = owner.post(page("item-new", "statistics", module.public_id), {"title": "The long run", "form_key": "b"})
    item = Item.objects.get(title="The long run")
    assert answer["Location"] == page("item-edit", "statistics", item.public_id)
    assert titles(taught.course)[1] == ("Probability", ["The long run"])
    assert (item.state, item.sections.count()) == ("draft", 1)


@pytest.mark.parametrize("name", ["module-new", "item-new"])
def test_fifteen_equal_submits_add_one(owner, taught, name):
    args = ["statistics"] if name == "module-new" else ["statistics", taught.module.public_id]
    answers = {owner.post(page(name, *args), {"title": "Once", "form_key": "k"})["Location"] for _ in range(15)}
    model = Module if name == "module-new" else Item
    assert (len(answers), model.objects.filter(title="Once").count()) == (1, 1)


@pytest.mark.parametrize("title", ["", "   ", "x" * 10_000])
def test_a_wrong_title_is_said_where_it_stands(owner, taught, title):
    for url in (page("module-new", "statistics"), page("item-new", "statistics", taught.module.public_id)):
        answer = owner.post(url, {"title": title})
        assert (answer.status_code, 'class="note error-summary"' in answer.content.decode()) == (422, True)
    assert (Module.objects.filter(course=taught.course).count(), Item.objects.filter(course=taught.course).count()) == (
        1,
        2,
    )


def test_move_by_buttons_and_by_dragging(owner, taught):
    third = ItemFactory(module=taught.module, title="Third")
    move = page("item-move", "statistics", third.public_id)
    orders = []
    for sent in (
        {"direction": "up"},
        {"position": "1"},
        {"direction": "up"},
        {"direction": "down"},
        {},
        {"position": "x"},
    ):
        assert owner.post(move, sent).status_code == 302
        orders.append([i.title for i in Item.objects.filter(module=taught.module)].index("Third"))
    assert orders == [1, 0, 0, 1, 1, 1]


def test_a_script_moves_without_a_page(owner, taught):
    move = page("item-move", "statistics", taught.draft_lesson.public_id)
    assert owner.post(move, {"direction": "up"}, headers={"HX-Request": "true"}).status_code == 204
    assert titles(taught.course) == [("Collecting data", ["Not ready", "Who was asked"])]


def test_move_to_another_module_of_the_course_only(owner, taught):
    other = ModuleFactory(course=taught.course, title="Other")
    move = page("item-move", "statistics", taught.lesson.public_id)
    owner.post(move, {"module": str(other.public_id)})
    assert titles(taught.course) == [("Collecting data", ["Not ready"]), ("Other", ["Who was asked"])]
    foreign = taught.other_course.modules.get()
    assert [owner.post(move, {"module": m}).status_code for m in (str(foreign.public_id), "nonsense")] == [404, 404]


def test_move_a_module(owner, taught):
    ModuleFactory(course=taught.course, title="Second")
    owner.post(page("module-move", "statistics", taught.module.public_id), {"direction": "down"})
    assert [title for title, _items in titles(taught.course)] == ["Second", "Collecting data"]


def test_rename_a_module_and_two_at_once(owner, people, taught):
    url = page("module-edit", "statistics", taught.module.public_id)
    typed = {"title": "Typed by me", "summary": "", "version": taught.module.version}
    outline.change_module(actor=people.teacher, module=taught.module, title="Saved by him")
    answer = owner.post(url, typed)
    text = answer.content.decode()
    assert (answer.status_code, 'value="Typed by me"' in text, "Saved by him" in text) == (409, True, True)
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    assert owner.post(url, typed | {"version": version}).status_code == 302
    assert titles(taught.course)[0][0] == "Typed by me"


def test_publish_and_withdraw(owner, taught):
    item = taught.draft_lesson
    states = []
    for name in ("item-publish", "item-unpublish"):
        owner.post(page(name, "statistics", item.public_id))
        item.refresh_from_db()
        states.append(item.state)
    assert states == ["published", "draft"]


def test_publish_all_changes_leaves_drafts_alone(owner, people, taught):
    content.change_block(actor=people.owner, block=taught.block, text="Newer.")
    owner.post(page("publish-changes", "statistics"))
    taught.block.refresh_from_db()
    taught.draft_lesson.refresh_from_db()
    assert (taught.block.live.text, taught.draft_lesson.state) == ("Newer.", "draft")


def test_into_the_bin_with_undo(owner, taught):
    answer = owner.post(page("item-bin", "statistics", taught.lesson.public_id))
    restore = page("item-restore", "statistics", taught.lesson.public_id)
    assert f'action="{restore}"' in said(answer)[0]
    assert f'action="{restore}"' in owner.get(page("builder", "statistics")).content.decode()
    assert "Who was asked" in owner.get(page("bin", "statistics")).content.decode()
    owner.post(restore)
    assert titles(taught.course) == [("Collecting data", ["Who was asked", "Not ready"])]


def test_a_module_takes_its_lessons_along_and_back(owner, taught):
    owner.post(page("module-bin", "statistics", taught.module.public_id))
    assert titles(taught.course) == []
    shown = owner.get(page("bin", "statistics")).context["bin"]
    assert ([m.title for m in shown.modules], shown.items) == (["Collecting data"], [])
    owner.post(page("module-restore", "statistics", taught.module.public_id))
    assert titles(taught.course) == [("Collecting data", ["Who was asked", "Not ready"])]


POSTS = [
    ("module-new", "course"),
    ("publish-changes", "course"),
    ("item-new", "module"),
    ("module-edit", "module"),
    ("module-move", "module"),
    ("module-bin", "module"),
    ("module-restore", "module"),
    ("item-move", "lesson"),
    ("item-bin", "lesson"),
    ("item-restore", "lesson"),
    ("item-publish", "lesson"),
    ("item-unpublish", "lesson"),
]


@pytest.mark.parametrize(("name", "what"), POSTS, ids=[name for name, _ in POSTS])
def test_nobody_else_builds(sign_in, people, taught, name, what):
    before = titles(taught.course)
    args = [] if what == "course" else [getattr(taught, what).public_id]
    sent = {"title": "Mine now", "direction": "down", "version": 1, "summary": ""}
    everybody = (people.assistant, people.student, people.outsider, people.other_owner)
    found = {sign_in(who).post(page(name, "statistics", *args), sent).status_code for who in everybody}
    assert found <= {403, 404}
    assert (titles(taught.course), Item.objects.get(pk=taught.lesson.pk).state) == (before, "published")


def test_ids_of_another_course_are_not_found(sign_in, people, taught):
    client = sign_in(people.other_owner)
    assert client.post(page("item-bin", "ecology", taught.lesson.public_id)).status_code == 404
    assert client.post(page("module-restore", "ecology", taught.module.public_id)).status_code == 404


def test_queries_do_not_grow(queries, people, taught):
    def more(count):
        for _ in range(count):
            module = ModuleFactory(course=taught.course)
            for _ in range(9):
                ItemFactory(module=module)

    more(2)
    few = queries(people.owner, page("builder", "statistics"))
    more(20)
    assert (few <= 9, queries(people.owner, page("builder", "statistics"))) == (True, few)


SCRIPT = {"HX-Request": "true"}


def test_a_lesson_is_dragged_to_a_place_in_another_module(sign_in, people, taught):
    module = ModuleFactory(course=taught.course)
    stays = [ItemFactory(module=module) for _ in range(2)]
    sent = {"module": module.public_id, "position": "2"}
    client = sign_in(people.teacher)
    answer = client.post(page("item-move", "statistics", taught.lesson.public_id), sent, headers=SCRIPT)
    assert answer.status_code == 204
    assert list(module.items.order_by("rank")) == [stays[0], taught.lesson, stays[1]]


def test_a_script_is_told_why_a_move_was_refused(sign_in, people, taught):
    client = sign_in(people.teacher)
    block, (text, _other) = put_branches(taught.section)
    sent = {"section": text.section.public_id, "position": "1"}
    answer = client.post(page("block-move", "statistics", block.public_id), sent, headers=SCRIPT)
    assert (answer.status_code, answer.content.decode()) == (
        400,
        "A branch cannot hold branches. Put this block beside the other one.",
    )
    assert client.post(page("block-move", "statistics", text.public_id), {"section": "none"}).status_code == 404


def test_a_block_is_dragged_into_another_section(sign_in, people, taught):
    section = SectionFactory(item=taught.lesson)
    stays = BlockFactory(section=section)
    sent = {"section": section.public_id, "position": "1"}
    client = sign_in(people.teacher)
    assert (
        client.post(page("block-move", "statistics", taught.block.public_id), sent, headers=SCRIPT).status_code == 204
    )
    assert list(section.blocks.order_by("rank")) == [taught.block, stays]
