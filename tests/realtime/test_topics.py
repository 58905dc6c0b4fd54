"""Who may listen to what: whoever may open the page that it is about."""

import pytest

from core.events import publish
from core.realtime.messages import last_numbers, said_after
from core.realtime.topics import may_listen, own_topic
from core.worker import Worker
from courses.events import ItemCompleted
from courses.models import Membership
from courses.services.content import add_block
from courses.services.enrolment import end_membership, enrol
from courses.services.exporting import start_export
from courses.services.publishing import publish_item
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
            ("course", "course", set(NAMES)),
            ("course_people", "course", {"owner", "teacher", "assistant", "admin"}),
            ("editing", "lesson", {"owner", "teacher", "admin"}),
        ],
    )
    def test_of_rows(self, world: World, kind, thing, wanted):
        topic = f"{kind}.{(world.objects.get(thing) or getattr(world.taught, thing)).public_id}"
        assert listeners(world, topic) == wanted
        assert listeners(world, f"{kind}.not-a-number") == set()

    def test_ones_own(self, world: World):
        assert listeners(world, own_topic(world.people.student)) == {"student"}
        assert listeners(world, f"learning.{world.people.student.public_id}") == {"student"}

    def test_the_site(self, world: World):
        assert listeners(world, "operations.site") == {"admin"}
        assert listeners(world, "operations.other") == set()


def said(topic: str) -> list[str]:
    return [message.body["changed"] for message in said_after({topic: 0})]


class TestFacts:
    """Events that are hints as well."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_a_lesson_that_is_published(self, taught, people):
        publish_item(actor=people.owner, item=taught.draft_lesson)
        assert said(f"course.{taught.course.public_id}") == ["outline"]

    def test_a_draft_is_nobodys_news(self, taught, people):
        add_block(actor=people.owner, section=taught.section, kind="text", data={}, text="New.")
        assert said(f"course.{taught.course.public_id}") == []

    def test_a_place_in_a_course(self, taught, people):
        enrol(actor=people.outsider, course=taught.course, user=people.outsider)
        assert said(f"learning.{people.outsider.public_id}") == ["places"]
        assert said(f"course_people.{taught.course.public_id}") == ["places"]

    def test_who_leaves_is_asked_again_what_they_may_hear(self, taught, people):
        membership = Membership.objects.get(course=taught.course, user=people.student)
        end_membership(actor=people.owner, membership=membership)
        assert said(own_topic(people.student)) == ["sign-in"]

    def test_a_lesson_that_is_finished(self, taught, people):
        publish(
            ItemCompleted(
                actor_id=None, course_id=taught.course.pk, item_id=taught.lesson.pk, user_id=people.student.pk
            )
        )
        assert said(f"course_people.{taught.course.public_id}") == ["progress"]

    def test_a_worker_that_has_come_to_rest(self):
        worker = Worker(name="w")
        worker._tell_operations(worked=True)
        worker._tell_operations(worked=True)
        worker._tell_operations(worked=False)
        worker._tell_operations(worked=False)
        # At once, and once more for all that came within the same second.
        assert said("operations.site") == ["jobs", "jobs"]


@pytest.mark.django_db(transaction=True)
def test_a_run_says_that_it_goes_on_and_that_it_is_over(taught, people):
    run = start_export(actor=people.owner, course=taught.course)
    topic = f"export.{run.public_id}"
    assert last_numbers([topic]) == {topic: 2}
    assert [said.body for said in said_after({topic: 0})] == [{"changed": "export"}] * 2
