from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.models import EventLog
from courses.models import Block, Item, Module, Section
from courses.services.outline import (
    add_item,
    add_module,
    bin_item,
    bin_module,
    change_item,
    change_module,
    move_item,
    move_module,
    restore_item,
    restore_module,
)
from courses.services.rows import LONG_RANK
from tests.factories import CourseFactory, ItemFactory, ModuleFactory


def titles(rows):
    return [row.title for row in rows.order_by("rank")]


def changes():
    return list(EventLog.objects.order_by("pk").values_list("body__kind", "body__change"))


def test_modules_are_added_at_the_end(people, taught):
    module = add_module(actor=people.teacher, course=taught.course, title="Probability", summary="Chances.")
    assert titles(Module.objects.filter(course=taught.course)) == ["Collecting data", "Probability"]
    assert (module.summary, module.version) == ("Chances.", 1)
    assert changes() == [("module", "added")]


def test_a_lesson_starts_as_a_draft_with_one_empty_text(people, taught):
    item = add_item(actor=people.teacher, module=taught.module, title="New", minutes=8, needs_answers=True)
    block = Block.objects.get(section__item=item)
    assert (item.state, item.minutes, item.needs_end, item.needs_answers) == ("draft", 8, True, True)
    assert (block.kind, block.live, block.draft.text, block.section.title) == ("text", None, "", "")
    assert titles(Item.objects.filter(module=taught.module))[-1] == "New"


@pytest.mark.parametrize("name", ["student", "assistant", "observer", "outsider", "other_owner"])
def test_others_leave_the_outline_alone(people, taught, name):
    actor, module, item = getattr(people, name), taught.module, taught.lesson
    for attempt in (
        lambda: add_module(actor=actor, course=taught.course, title="Mine"),
        lambda: change_module(actor=actor, module=module, title="Mine"),
        lambda: move_module(actor=actor, module=module, position=0),
        lambda: bin_module(actor=actor, module=module),
        lambda: restore_module(actor=actor, module=module),
        lambda: add_item(actor=actor, module=module, title="Mine"),
        lambda: change_item(actor=actor, item=item, title="Mine"),
        lambda: move_item(actor=actor, item=item, position=0),
        lambda: bin_item(actor=actor, item=item),
        lambda: restore_item(actor=actor, item=item),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert changes() == []


def test_changes_count_versions_and_refuse_old_ones(people, taught):
    item = change_item(actor=people.owner, item=taught.lesson, version=1, title="Who answered", minutes=None)
    assert (item.title, item.version) == ("Who answered", 2)
    with pytest.raises(Stale):
        change_item(actor=people.teacher, item=taught.lesson, version=1, title="Other")
    with pytest.raises(Stale):
        change_module(actor=people.teacher, module=taught.module, version=7, title="Other")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": "x" * 10_000}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"minutes": -1}, ["minutes"]),
        ({"minutes": "soon"}, ["minutes"]),
        ({"needs_end": None}, ["needs_end"]),
        ({"objective": "x" * 301, "title": "\x00"}, ["objective", "title"]),
    ],
)
def test_values_that_make_no_lesson(people, taught, fields, wrong):
    with pytest.raises(Invalid) as refused:
        change_item(actor=people.owner, item=taught.lesson, **fields)
    assert list(refused.value.fields) == wrong


@pytest.mark.parametrize("position", [-5, 0, 1, 2, 3, 99])
@pytest.mark.parametrize("moved", range(4))
def test_moving_writes_one_row(people, taught, moved, position):
    module = ModuleFactory(course=taught.course)
    items = [ItemFactory(module=module, title=str(n)) for n in range(4)]
    ranks = dict(Item.objects.filter(module=module).values_list("pk", "rank"))
    move_item(actor=people.owner, item=items[moved], position=position)
    expected = [str(n) for n in range(4) if n != moved]
    expected.insert(min(max(position, 0), 3), str(moved))
    assert titles(Item.objects.filter(module=module)) == expected
    after = dict(Item.objects.filter(module=module).values_list("pk", "rank"))
    assert {pk for pk in ranks if ranks[pk] != after[pk]} <= {items[moved].pk}


def test_moving_to_the_same_place_is_nothing(people, taught):
    move_item(actor=people.owner, item=taught.lesson, position=0)
    move_item(actor=people.owner, item=taught.lesson, position=0)
    assert changes() == []


def test_modules_move(people):
    course = CourseFactory()
    modules = [ModuleFactory(course=course, title=title) for title in "abc"]
    move_module(actor=people.admin, module=modules[2], position=0)
    assert titles(Module.objects.filter(course=course)) == ["c", "a", "b"]


def test_an_item_moves_to_another_module_of_the_course_only(people, taught):
    target = ModuleFactory(course=taught.course)
    ItemFactory(module=target, title="there")
    moved = move_item(actor=people.owner, item=taught.lesson, module=target, position=0)
    assert (moved.module, titles(Item.objects.filter(module=target))) == (target, ["Who was asked", "there"])
    elsewhere = Module.objects.get(course=taught.other_course)
    with pytest.raises(Conflict) as refused:
        move_item(actor=people.owner, item=taught.lesson, module=elsewhere, position=0)
    assert refused.value.code == "other_course"


def test_what_is_in_the_bin_keeps_its_place(people, taught):
    module = ModuleFactory(course=taught.course)
    a, b, c = [ItemFactory(module=module, title=title) for title in "abc"]
    bin_item(actor=people.owner, item=b)
    move_item(actor=people.owner, item=c, position=0)
    move_item(actor=people.owner, item=c, position=1)
    restore_item(actor=people.owner, item=b)
    assert sorted(titles(Item.objects.filter(module=module))) == ["a", "b", "c"]
    assert len(set(Item.objects.filter(module=module).values_list("rank", flat=True))) == 3
    assert a.pk != b.pk


def test_a_binned_module_takes_its_items_along_and_brings_them_back(people, taught):
    bin_module(actor=people.owner, module=taught.module)
    bin_module(actor=people.owner, module=taught.module)
    assert not Item.objects.filter(course=taught.course).exists()
    with pytest.raises(Conflict) as refused:
        add_item(actor=people.owner, module=taught.module, title="New")
    assert refused.value.code == "in_bin"
    restore_module(actor=people.owner, module=taught.module)
    assert titles(Item.objects.filter(course=taught.course)) == ["Who was asked", "Not ready"]
    assert changes() == [("module", "binned"), ("module", "restored")]


def test_a_binned_item_cannot_be_changed_until_it_is_back(people, taught):
    bin_item(actor=people.owner, item=taught.lesson)
    with pytest.raises(Conflict):
        change_item(actor=people.owner, item=taught.lesson, title="No")
    restore_item(actor=people.owner, item=taught.lesson)
    assert change_item(actor=people.owner, item=taught.lesson, title="Yes").title == "Yes"
    assert Section.objects.filter(item=taught.lesson).count() == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 6)), min_size=1, max_size=25))
def test_any_sequence_of_moves_gives_the_order_of_a_list(people, moves):
    module = ModuleFactory()
    items = [ItemFactory(module=module, title=str(n)) for n in range(5)]
    order = list("01234")
    for which, position in moves:
        move_item(actor=people.admin, item=items[which], position=position)
        order.remove(str(which))
        order.insert(max(position, 0), str(which))
    assert titles(Item.objects.filter(module=module)) == order


def test_ranks_do_not_grow_for_ever(people):
    module = ModuleFactory()
    items = [ItemFactory(module=module, title=title) for title in "abc"]
    for _ in range(300):
        for which in (0, 2):
            move_item(actor=people.admin, item=items[which], position=1)
    assert max(map(len, Item.objects.filter(module=module).values_list("rank", flat=True))) <= LONG_RANK + 2
    assert tuple(titles(Item.objects.filter(module=module))) in set(permutations("abc"))
