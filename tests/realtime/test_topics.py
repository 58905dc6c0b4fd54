"""Who may listen to what: whoever may open the page that it is about."""

import pytest

from core.realtime.messages import last_numbers, said_after
from core.realtime.topics import may_listen, own_topic
from courses.services.exporting import start_export
from tests.contracts.world import World, build

NAMES = ("owner", "teacher", "assistant", "observer", "student", "outsider", "other_owner", "admin")


@pytest.fixture
def world(taught, people) -> World:
    return build(taught, people)


def listeners(world: World, topic: str) -> set[str]:
    return {name for name in NAMES if may_listen(getattr(world.people, name), topic)}


@pytest.mark.django_db
class TestTopics:
    @pytest.mark.parametrize(
        ("kind", "thing", "wanted"),
        [
            ("import", "import", {"owner", "admin"}),
            ("export", "export", {"owner", "teacher", "admin"}),
            ("people_table", "people_import", {"admin"}),
            ("people_action", "people_action", {"admin"}),
        ],
    )
    def test_of_rows(self, world: World, kind, thing, wanted):
        topic = f"{kind}.{world.objects[thing].public_id}"
        assert listeners(world, topic) == wanted
        assert listeners(world, f"{kind}.not-a-number") == set()

    def test_ones_own(self, world: World):
        assert listeners(world, own_topic(world.people.student)) == {"student"}


@pytest.mark.django_db(transaction=True)
def test_a_run_says_that_it_goes_on_and_that_it_is_over(taught, people):
    run = start_export(actor=people.owner, course=taught.course)
    topic = f"export.{run.public_id}"
    assert last_numbers([topic]) == {topic: 2}
    assert [said.body for said in said_after({topic: 0})] == [{"changed": "export"}] * 2
