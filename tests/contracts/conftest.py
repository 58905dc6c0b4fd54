import pytest
from django.db import transaction

from tests.conftest import make_people, make_taught
from tests.contracts.world import World, build


@pytest.fixture
def world(taught, people) -> World:
    return build(taught, people)


@pytest.fixture(scope="module")
def shared_world(django_db_setup, django_db_blocker):
    """One world for all tests of a module that undo what they do; each test's transaction is a savepoint in its."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = make_people()
        yield build(make_taught(people), people)
        transaction.set_rollback(True)
