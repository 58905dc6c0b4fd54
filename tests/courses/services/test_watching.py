"""What was seen of a film: a union that only grows by what was played, whoever tells it twice."""

import itertools
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from courses.models import Watching
from courses.selectors.watching import Watched, watched_by, watched_share
from courses.services.publishing import unpublish_item
from courses.services.watching import MOST_RANGES, longest, merge, record
from tests.factories import BlockFactory

SECONDS = st.floats(0, 5000, allow_nan=False)
PAIRS = st.lists(st.tuples(SECONDS, SECONDS).map(sorted), max_size=30)


@pytest.fixture
def film(taught):
    return BlockFactory(section=taught.section, kind="video", text="", data={"title": "Film"})


def told(who, film, ranges, *, position=0.0, duration=100.0):
    return record(actor=who, block=film, position=position, duration=duration, ranges=ranges)


# The union


@pytest.mark.parametrize(
    ("ranges", "union"),
    [
        ([], []),
        ([[3, 3]], []),
        ([[5, 9], [0, 4]], [[0, 9]]),
        ([[0, 4], [5.1, 9]], [[0, 4], [5.1, 9]]),
        ([[0, 50], [10, 20]], [[0, 50]]),
        ([[90, 400], [-5, 1]], [[0, 1], [90, 100]]),
    ],
)
def test_ranges_become_a_union(ranges, union):
    assert merge(ranges, duration=100) == union


@given(PAIRS, PAIRS, st.floats(1, 6000), st.randoms())
def test_a_union_knows_no_order_and_never_exceeds_the_film(first, second, duration, random):
    union = merge([*first, *second], duration=duration)
    shuffled = [*first, *second]
    random.shuffle(shuffled)
    assert merge(shuffled, duration=duration) == union
    assert merge(union, duration=duration) == union
    assert merge([*merge(first, duration=duration), *second], duration=duration) == union
    assert sum(end - start for start, end in union) <= duration
    assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(union))


def test_of_too_many_ranges_the_longest_stay():
    ranges = [[n * 10, n * 10 + (5 if n < 3 else 2)] for n in range(MOST_RANGES + 2)]
    kept = longest(ranges)
    assert (len(kept), kept[:3], kept == sorted(kept)) == (MOST_RANGES, ranges[:3], True)


@pytest.mark.parametrize(
    ("watched", "percent", "goes_on_at"),
    [
        (Watched(), 0, 0),
        (Watched(30.7, 100, [[0, 30.7]]), 31, 30),
        (Watched(99, 100, [[0, 99.6]]), 100, 0),
        (Watched(96, 100, [[0, 96]]), 96, 0),
        (Watched(1, 2, [[0, 1]]), 51, 0),
    ],
)
def test_how_much_and_where_to_go_on(watched, percent, goes_on_at):
    assert (watched.percent, watched.goes_on_at) == (percent, goes_on_at)


# Recording


def test_what_is_told_twice_counts_once(people, film, django_assert_max_num_queries):
    told(people.student, film, [[0, 10]], position=10)
    told(people.student, film, [[0, 10]], position=10)
    with django_assert_max_num_queries(10):
        row = told(people.student, film, [[40, 45.557]], position=45.557)
    assert (row.ranges, row.position, row.duration) == ([[0.0, 10.0], [40.0, 45.56]], 45.56, 100.0)
    told(people.other_student, film, [[0, 100]])
    assert watched_by(people.student, [film.pk]) == {film.pk: Watched(45.56, 100.0, [[0.0, 10.0], [40.0, 45.56]])}
    assert watched_by(AnonymousUser(), [film.pk]) == {}
    both = [people.student.pk, people.other_student.pk, people.owner.pk]
    share = {(people.student.pk, film.pk): 16, (people.other_student.pk, film.pk): 100}
    assert watched_share(both, [film.pk]) == share


def test_a_shorter_film_in_its_place_keeps_what_it_still_has(people, film):
    told(people.student, film, [[0, 90]], position=90)
    row = told(people.student, film, [], position=80, duration=60)
    assert (row.ranges, row.position, row.duration) == ([[0.0, 60.0]], 60.0, 60.0)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"position": -1}, ["position"]),
        ({"position": None}, ["position"]),
        ({"position": float("nan")}, ["position"]),
        ({"position": float("inf"), "duration": 0}, ["position", "duration"]),
        ({"duration": 86401}, ["duration"]),
        ({"duration": True}, ["duration"]),
        ({"duration": 10**400}, ["duration"]),
        ({"ranges": None}, ["ranges"]),
        ({"ranges": "[[0, 1]]"}, ["ranges"]),
        ({"ranges": [[0, 1, 2]]}, ["ranges"]),
        ({"ranges": [[2, 1]]}, ["ranges"]),
        ({"ranges": [[0, "1"]]}, ["ranges"]),
        ({"ranges": [0, 1]}, ["ranges"]),
        ({"ranges": [[0, 1]] * 501}, ["ranges"]),
    ],
)
def test_other_values_are_refused_and_nothing_is_stored(people, film, values, named):
    with pytest.raises(Invalid) as refused:
        record(actor=people.student, block=film, **{"position": 1, "duration": 10, "ranges": [[0, 1]], **values})
    assert (list(refused.value.fields), Watching.objects.count()) == (named, 0)


@pytest.mark.parametrize("who", ["owner", "teacher", "assistant", "observer", "outsider"])
def test_only_students_watch_to_be_counted(people, film, who):
    with pytest.raises(NotAllowed):
        told(getattr(people, who), film, [[0, 1]])


def test_what_is_not_open_or_not_a_film_counts_nothing(people, taught, film):
    for actor, block, code in ((people.student, taught.block, "not_a_film"), (SYSTEM, film, "not_a_person")):
        with pytest.raises(Conflict) as refused:
            told(actor, block, [[0, 1]])
        assert refused.value.code == code
    unpublish_item(actor=SYSTEM, item=taught.lesson)
    film.refresh_from_db()
    with pytest.raises(NotAllowed):
        told(people.student, film, [[0, 1]])
    assert Watching.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_tabs_lose_nothing_of_each_other(people, film):
    troubles: list[BaseException] = []

    def tab(number: int) -> None:
        try:
            for step in range(5):
                start = (step * 2 + number) * 10
                told(people.student, film, [[start, start + 5]])
        except BaseException as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab, args=(number,)) for number in range(2)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    assert troubles == []
    assert Watching.objects.get().ranges == [[n * 10.0, n * 10.0 + 5] for n in range(10)]
