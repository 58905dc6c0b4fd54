import pytest

from tests.contracts.world import World, build


@pytest.fixture
def world(taught, people) -> World:
    return build(taught, people)
