from collections import deque
from threading import Barrier, Thread

import pytest
from django.db import connections

from accounts.models import User
from core.errors import NotAllowed
from courses.models import ExperimentPlace
from courses.selectors.branches import branches_of
from courses.services.experiment import place_of
from tests.factories import (
    BlockFactory,
    ExperimentFactory,
    ExperimentGroupFactory,
    MembershipFactory,
    SectionFactory,
    UserFactory,
    put_branches,
)


@pytest.fixture
def experiment(taught):
    found = ExperimentFactory(course=taught.course)
    for name in ("A", "B"):
        ExperimentGroupFactory(experiment=found, name=name)
    return found


def test_groups_are_filled_evenly_and_for_good(taught, experiment):
    students = [UserFactory() for _ in range(5)]
    for student in students:
        MembershipFactory(course=taught.course, user=student)
    first = [place_of(user=student, experiment=experiment).group.name for student in students]
    again = [place_of(user=student, experiment=experiment).group.name for student in reversed(students)]
    assert (first, again[::-1]) == (["A", "B", "A", "B", "A"], first)
    assert ExperimentPlace.objects.count() == 5


def test_a_closed_group_keeps_its_people_and_gets_no_more(people, experiment):
    first, second = experiment.groups.all()
    kept = place_of(user=people.student, experiment=experiment)
    first.is_closed = True
    first.save()
    assert (kept.group, place_of(user=people.student, experiment=experiment).group) == (first, first)
    assert place_of(user=people.other_student, experiment=experiment).group == second


def test_without_an_open_group_nobody_is_placed(people, experiment):
    experiment.groups.update(is_closed=True)
    assert place_of(user=people.student, experiment=experiment) is None
    assert not ExperimentPlace.objects.exists()


@pytest.mark.parametrize("name", ["owner", "assistant", "observer", "outsider"])
def test_only_students_have_a_place(people, experiment, name):
    with pytest.raises(NotAllowed):
        place_of(user=getattr(people, name), experiment=experiment)


def test_what_is_hidden_from_whom(people, taught, experiment):
    _outer, (mine, theirs) = put_branches(taught.section, experiment)
    place_of(user=people.student, experiment=experiment)
    branches = branches_of([taught.lesson.pk], [people.student.pk, people.other_student.pk])
    asked = [taught.block.pk, mine.pk, theirs.pk]
    # Who has not come to the branches yet has both before them.
    assert [branches.hides(people.student.pk, pk) for pk in asked] == [False, False, True]
    assert [branches.hides(people.other_student.pk, pk) for pk in asked] == [False, False, False]
    experiment.groups.update(is_closed=True)
    branches = branches_of([taught.lesson.pk], [people.other_student.pk])
    assert [branches.hides(people.other_student.pk, pk) for pk in asked] == [False, True, True]


def test_asking_who_sees_what_takes_as_many_queries_for_much_as_for_little(
    people, taught, experiment, django_assert_num_queries
):
    BlockFactory(section=SectionFactory(item=taught.lesson))
    with django_assert_num_queries(1):
        branches_of([taught.lesson.pk], [people.student.pk])
    for _ in range(3):
        put_branches(taught.section, experiment)
    with django_assert_num_queries(3):
        branches_of([taught.lesson.pk], [people.student.pk, people.other_student.pk])


def together(act):
    """What ``act`` gives in each of fifteen threads that start as one."""
    gate, given = Barrier(15), []

    def run():
        gate.wait()
        try:
            given.append(act())
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@pytest.mark.django_db(transaction=True)
def test_fifteen_first_visits_at_once_are_one_place(people, experiment):
    def visit():
        return place_of(user=User.objects.get(pk=people.student.pk), experiment=experiment).group_id

    first = experiment.groups.first()
    assert together(visit) == [first.pk] * 15
    assert ExperimentPlace.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifteen_students_at_once_fill_the_groups_evenly(taught, experiment):
    students = [UserFactory() for _ in range(15)]
    for student in students:
        MembershipFactory(course=taught.course, user=student)
    waiting = deque(students)
    together(lambda: place_of(user=waiting.popleft(), experiment=experiment))
    assert sorted(group.places.count() for group in experiment.groups.all()) == [7, 8]
