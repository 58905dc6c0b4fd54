"""What is said about topics has numbers without gaps, and is there for who was away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from core.models import Topic, TopicMessage
from core.realtime import announce, announce_many
from core.realtime.messages import MOST, forget_said, last_numbers, missed, said_after


def numbers(topic: str, since: int | None, up_to: int = 10**6) -> tuple[list[int], bool, bool]:
    found = missed(topic, since, up_to)
    return [said.seq for said in found.items], found.more, found.is_complete


@pytest.mark.django_db
class TestNumbers:
    def test_each_topic_counts_for_itself(self):
        assert [announce("user.a", {"n": 1}), announce("user.b", {}), announce("user.a", {"n": 2})] == [1, 1, 2]
        assert last_numbers(["user.a", "user.b", "user.c"]) == {"user.a": 2, "user.b": 1}
        assert [(said.topic, said.seq, said.body) for said in said_after({"user.a": 1, "user.b": 0})] == [
            ("user.a", 2, {"n": 2}),
            ("user.b", 1, {}),
        ]

    def test_what_was_missed(self):
        for _each in range(5):
            announce("user.a", {})
        assert numbers("user.a", 2, 5) == ([3, 4, 5], False, True)
        assert numbers("user.a", 2, 4) == ([3, 4], False, True)
        assert numbers("user.a", 5, 5) == ([], False, True)
        assert numbers("user.a", None, 5) == ([], False, True)

    def test_what_is_forgotten_asks_for_a_reload(self):
        for _each in range(3):
            announce("user.a", {})
        TopicMessage.objects.filter(seq__lte=2).update(at=timezone.now() - timedelta(days=2))
        assert forget_said(timezone.now() - timedelta(days=1)) == 2
        assert numbers("user.a", 2, 3) == ([3], False, True)
        assert numbers("user.a", 1, 3) == ([3], False, False)
        # From another life of the database.
        assert numbers("user.a", 99, 3) == ([], False, False)

    def test_more_than_fits_comes_in_pieces(self):
        topic = Topic.objects.create(name="user.a", last_seq=MOST + 7)
        at = timezone.now()
        rows = [TopicMessage(topic=topic, seq=seq, at=at, body={}) for seq in range(1, MOST + 8)]
        TopicMessage.objects.bulk_create(rows)
        found, more, complete = numbers("user.a", 0, MOST + 7)
        assert (found[0], found[-1], more, complete) == (1, MOST, True, True)
        assert numbers("user.a", MOST, MOST + 7) == (list(range(MOST + 1, MOST + 8)), False, True)

    def test_more_topics_than_one_question_takes(self):
        at = timezone.now()
        topics = Topic.objects.bulk_create([Topic(name=f"user.{n}", last_seq=1) for n in range(1500)])
        TopicMessage.objects.bulk_create([TopicMessage(topic=topic, seq=1, at=at, body={}) for topic in topics])
        said = said_after({topic.name: 0 for topic in topics})
        assert [message.topic for message in said] == [topic.name for topic in topics]

    def test_many_topics_at_once_count_each_for_itself(self, django_assert_num_queries):
        announce("user.b", {})
        with django_assert_num_queries(4):
            announce_many(["user.c", "user.a", "user.b", "user.a"], {"changed": "x"})
        assert last_numbers(["user.a", "user.b", "user.c"]) == {"user.a": 1, "user.b": 2, "user.c": 1}
        assert [(one.topic, one.seq) for one in said_after({"user.b": 1, "user.c": 0})] == [
            ("user.b", 2),
            ("user.c", 1),
        ]

    def test_many_values_are_no_hint(self):
        with pytest.raises(ValueError, match="a few plain values"):
            announce("user.a", {str(n): n for n in range(17)})


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    def test_it_belongs_into_one(self):
        with pytest.raises(RuntimeError, match="transaction"):
            announce("user.a", {})

    def test_a_change_that_is_taken_back_was_never_told(self, monkeypatch):
        hinted = []
        monkeypatch.setattr("core.realtime.messages.send_hint", hinted.append)
        with transaction.atomic():
            announce("user.a", {})
            transaction.set_rollback(True)
        with transaction.atomic():
            announce("user.a", {})
        assert (hinted, last_numbers(["user.a"])) == (["user.a"], {"user.a": 1})

    def test_fifteen_at_once_leave_no_gap(self):
        def say(_number: int) -> int:
            try:
                with transaction.atomic():
                    return announce("user.a", {})
            finally:
                connections.close_all()

        with ThreadPoolExecutor(15) as threads:
            assert sorted(threads.map(say, range(15))) == list(range(1, 16))
        assert list(TopicMessage.objects.values_list("seq", flat=True)) == list(range(1, 16))
