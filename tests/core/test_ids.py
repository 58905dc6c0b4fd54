"""Ranks keep the order of any moves, on each database; public ids are ordered by time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import new_public_id, rank_between, ranks_between
from courses.models import Module
from tests.factories import CourseFactory


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=80))
def test_ranks_follow_any_insertions_and_moves(steps):
    ranks: list[str] = []
    for moves, number in steps:
        if moves and ranks:
            ranks.pop(number % len(ranks))
        place = number % (len(ranks) + 1)
        before = ranks[place - 1] if place else None
        after = ranks[place] if place < len(ranks) else None
        ranks.insert(place, rank_between(before, after))
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


@given(st.integers(0, 200))
def test_many_ranks_at_once_ascend_between_their_neighbours(count):
    first, last = ranks_between(None, None, 2)
    ranks = [first, *ranks_between(first, last, count), last]
    assert ranks == sorted(set(ranks))


def test_an_upside_down_pair_is_refused():
    low, high = ranks_between(None, None, 2)
    with pytest.raises(Exception, match=">="):
        rank_between(high, low)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=25))
def test_the_database_sorts_ranks_as_python_does(places):
    """PostgreSQL's usual collation would put "a" before "B"."""
    course = CourseFactory()
    ranks: list[str] = []
    for number in places:
        place = number % (len(ranks) + 1)
        before = ranks[place - 1] if place else None
        after = ranks[place] if place < len(ranks) else None
        ranks.insert(place, rank_between(before, after))
    Module.everything.bulk_create(Module(course=course, title="m", rank=rank) for rank in reversed(ranks))
    stored = list(Module.everything.filter(course=course).order_by("rank").values_list("rank", flat=True))
    assert stored == ranks


def test_public_ids_are_version_7_and_ascend():
    ids = [new_public_id() for _ in range(500)]
    assert {value.version for value in ids} == {7}
    assert ids == sorted(set(ids))
