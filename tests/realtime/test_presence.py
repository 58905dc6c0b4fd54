"""Who is at a topic: by sockets of running servers, also when one of them is killed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import Presence, ServerLease
from core.realtime import presence
from core.realtime.company import Company
from core.realtime.presence import Attendance
from tests.factories import UserFactory
from tests.realtime.conftest import Dial, Socket, session_of, started

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def topic(taught) -> str:
    return f"editing.{taught.lesson.public_id}"


def enter(client: Socket, topic: str) -> list[str]:
    client.ask("sub", "sync", topic=topic, here="enter")
    return names(client.next("here"))


def names(frame: dict) -> list[str]:
    assert frame["count"] == len(frame["people"])
    return [person["name"] for person in frame["people"]]


def test_who_comes_is_told_once_however_the_looks_fall(monkeypatch):
    """A look at who is there falls between the question of who comes and its answer."""
    told: list[str] = []
    company = Company()
    alone = Attendance(1, ())

    class Coming:
        user_id, connection = 1, "c"

        async def hand_out_here(self, _topic: str, text: str) -> None:
            told.append(text)

    async def answered(function, *args):
        if function is presence.attendance and not told and not company._shown:
            monkeypatch.setattr("core.realtime.company.in_thread", at_once)
            await company.look()
        return await at_once(function, *args)

    async def at_once(function, *args):
        return {"t": alone} if function is presence.attendance else None

    async def run() -> Attendance:
        found = await company.join(Coming(), "t", enters=False)
        await company.look()
        return found

    monkeypatch.setattr("core.realtime.company.in_thread", answered)
    # The browser of other tests has a loop in this thread.
    with ThreadPoolExecutor(1) as apart:
        assert (apart.submit(lambda: asyncio.run(run())).result(), told) == (alone, [])


class TestOneServer:
    def test_who_comes_is_seen_and_who_goes_is_not_any_more(self, dial: Dial, people, topic):
        owner = dial(people.owner)
        assert enter(owner, topic) == ["Olga Owner"]
        teacher = dial(people.teacher)
        assert enter(teacher, topic) == ["Olga Owner", "Tariq Teacher"]
        assert names(owner.next("here")) == ["Olga Owner", "Tariq Teacher"]
        teacher.connection.close()
        assert names(owner.next("here")) == ["Olga Owner"]

    def test_a_page_that_is_loaded_again_is_not_seen_to_leave(self, dial: Dial, people, topic):
        owner = dial(people.owner)
        enter(owner, topic)
        session = session_of(people.teacher)
        teacher = dial(session)
        enter(teacher, topic)
        assert names(owner.next("here")) == ["Olga Owner", "Tariq Teacher"]
        teacher.connection.close()
        assert enter(dial(session), topic) == ["Olga Owner", "Tariq Teacher"]
        assert owner.hears_nothing()

    def test_two_windows_are_one_person(self, dial: Dial, people, topic):
        session = session_of(people.owner)
        first, second = dial(session), dial(session)
        assert (enter(first, topic), enter(second, topic)) == (["Olga Owner"], ["Olga Owner"])
        second.connection.close()
        assert first.hears_nothing()

    def test_who_watches_is_not_there(self, dial: Dial, people, topic):
        owner, teacher = dial(people.owner), dial(people.teacher)
        owner.ask("sub", "sync", topic=topic, here="watch")
        assert names(owner.next("here")) == []
        enter(teacher, topic)
        assert names(owner.next("here")) == ["Tariq Teacher"]

    def test_who_may_not_edit_is_told_nothing(self, dial: Dial, people, topic):
        student = dial(people.student)
        student.send("sub", topic=topic, here="enter")
        assert student.next("error")["code"] == "no_topic"
        assert not Presence.objects.exists()

    def test_of_other_topics_nobody_is_told(self, dial: Dial, people, taught):
        owner = dial(people.owner)
        owner.send("sub", topic=f"course.{taught.course.public_id}", here="enter")
        assert owner.next("error")["code"] == "no_presence"

    def test_a_word_that_is_none(self, dial: Dial, people, topic):
        owner = dial(people.owner)
        owner.send("sub", topic=topic, here="loudly")
        assert owner.next("error")["code"] == "bad_value"


@pytest.mark.chaos
def test_who_came_by_a_server_that_is_killed_is_gone_with_its_lease(dial: Dial, people, topic):
    with started() as first, started() as second:
        here = dial(people.owner, at=second)
        enter(here, topic)
        enter(dial(people.teacher, at=first), topic)
        assert names(here.next("here")) == ["Olga Owner", "Tariq Teacher"]
        first.kill()
        assert names(here.next("here", timeout=30)) == ["Olga Owner"]


@pytest.mark.django_db
class TestRows:
    def test_of_more_than_are_named_the_number_is_told(self, monkeypatch):
        monkeypatch.setattr(presence, "MOST_NAMED", 2)
        for number, user in enumerate(UserFactory.create_batch(3)):
            presence.enter("a.b", user_id=user.pk, connection=str(number), server="s")
        found = presence.attendance(["a.b", "a.c"])
        assert (found["a.b"].count, len(found["a.b"].people), found["a.c"].count) == (3, 2, 0)

    def test_what_a_dead_process_left_is_cleared_away_by_the_next_one(self):
        presence.enter("a.b", user_id=UserFactory().pk, connection="1", server="dead")
        ServerLease.objects.update(until=timezone.now() - timedelta(minutes=1))
        presence.renew("alive")
        assert (Presence.objects.count(), list(ServerLease.objects.values_list("server", flat=True))) == (0, ["alive"])

    def test_who_was_erased_is_counted_and_not_named(self):
        presence.enter("a.b", user_id=10**9, connection="1", server="s")
        assert presence.attendance(["a.b"])["a.b"] == presence.Attendance(1, ())
