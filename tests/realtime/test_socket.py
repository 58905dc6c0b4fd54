"""Sockets of a running server: who may open one, what is heard, and when it ends."""

import contextlib
import json
import socket as network
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from accounts.models import Device, User
from accounts.services.devices import end_device, sign_out_everywhere
from accounts.services.keys import end_key, make_key
from accounts.services.people import change_role, suspend_user
from accounts.services.sockets import make_socket_ticket
from core.models import TopicMessage
from core.realtime import announce, own_topic
from tests.factories import UserFactory
from tests.realtime.conftest import Dial, Server, refused_status, session_of, started

pytestmark = pytest.mark.django_db(transaction=True)


def say(topic: str, count: int = 1) -> None:
    for number in range(count):
        with transaction.atomic():
            announce(topic, {"n": number})


def seqs(frame: dict) -> list[int]:
    return [item["seq"] for item in frame["items"]]


@pytest.fixture
def user(transactional_db) -> User:
    return UserFactory()


class TestDoor:
    def test_hello(self, dial: Dial, user):
        found = dial(user, hello=False).ask("hello", "welcome", id="a")
        assert found == {
            "v": 1,
            "t": "welcome",
            "id": "a",
            "you": str(user.public_id),
            "topic": own_topic(user),
            "limits": {"frame": 65536, "topics": 100, "burst": 40, "a_second": 10, "items": 500},
        }

    def test_nobody_is_told_to_sign_in(self, dial: Dial):
        assert dial(hello=False).close_code() == 4401

    def test_a_session_that_is_over_opens_nothing(self, dial: Dial, user):
        session = session_of(user)
        end_device(actor=user, device=Device.objects.get(user=user))
        assert dial(session, hello=False).close_code() == 4401

    def test_a_page_of_another_site_is_refused_before_it_is_open(self, dial: Dial, user):
        assert refused_status(dial, user, origin="https://evil.example") == 403
        assert refused_status(dial, user, origin="null") == 403

    def test_without_our_protocol_nothing_opens(self, dial: Dial, user):
        assert refused_status(dial, user, protocols=["graphql-ws"]) == 403

    def test_a_cookie_without_an_origin_is_not_enough(self, dial: Dial, user):
        assert dial(user, origin=None, hello=False).close_code() == 4401

    def test_the_same_address_as_a_page(self, client, user):
        client.force_login(user)
        answer = client.get("/ws/v1/")
        assert (answer.status_code, answer["Upgrade"]) == (426, "websocket")

    def test_who_says_nothing_is_let_go(self, dial: Dial, user):
        began = time.monotonic()
        assert dial(user, hello=False).close_code() == 4408
        assert time.monotonic() - began > 4

    def test_twenty_for_each_person(self, dial: Dial, user):
        session = session_of(user)
        for _each in range(20):
            dial(session)
        assert dial(session, hello=False).close_code() == 4409


class TestTickets:
    def test_one_opens_one_socket(self, dial: Dial, user):
        ticket = make_socket_ticket(user=user, session=self.device(user))
        assert dial(ticket=ticket, origin=None).connection.subprotocol == "aumbry.v1"
        assert dial(ticket=ticket, origin=None, hello=False).close_code() == 4401

    def test_ten_at_once_open_one(self, dial: Dial, user):
        ticket = make_socket_ticket(user=user, session=self.device(user))

        def open_one(_number: int) -> int:
            try:
                dial(ticket=ticket, origin=None)
            except ConnectionClosed as closed:
                return closed.rcvd.code
            return 0

        with ThreadPoolExecutor(10) as threads:
            assert sorted(threads.map(open_one, range(10))) == [0] + [4401] * 9

    def test_one_that_is_made_up_opens_nothing(self, dial: Dial, user):
        assert dial(ticket="made-up", origin=None, hello=False).close_code() == 4401

    def test_a_program_gets_one_by_its_key_and_loses_the_socket_with_the_key(self, dial: Dial, server, user):
        key, secret = make_key(
            actor=user, name="k", scopes=["account:write"], expires_at=timezone.now() + timedelta(days=7)
        )
        bearer = {"Authorization": f"Bearer {secret}"}
        answer = Client().post("/api/v1/realtime/ticket/", headers=bearer)
        found = answer.json()
        assert (answer.status_code, found["expires_in"], found["address"]) == (201, 60, "/ws/v1/")
        # Made in this process, used in that one: both have a cache of their own, and the ticket says all that is needed.
        opened = dial(protocols=found["protocols"], origin=None)
        end_key(actor=user, key=key)
        assert opened.close_code(timeout=5) == 4401

    @staticmethod
    def device(user: User) -> Device:
        session_of(user)
        return Device.objects.get(user=user)


class TestTopics:
    def test_what_is_said_is_heard_in_order(self, dial: Dial, user):
        found = dial(user)
        assert found.ask("sub", "sync", id=1, topic=own_topic(user)) == {
            "v": 1, "t": "sync", "id": 1, "topic": own_topic(user), "seq": 0, "items": [], "more": False, "reload": False,
        }  # fmt: skip
        say(own_topic(user), 30)
        heard: list[int] = []
        while len(heard) < 30:
            heard += seqs(found.next("items"))
        assert heard == list(range(1, 31))

    def test_after_a_break_what_was_missed_comes_once(self, dial: Dial, user):
        session, topic = session_of(user), own_topic(user)
        first = dial(session)
        first.ask("sub", "sync", topic=topic)
        say(topic, 2)
        heard = seqs(first.next("items"))
        while len(heard) < 2:
            heard += seqs(first.next("items"))
        first.connection.close()
        say(topic, 3)
        again = dial(session)
        found = again.ask("sub", "sync", topic=topic, since=2)
        heard = seqs(found)
        while len(heard) < 3:
            heard += seqs(again.next("items"))
        assert (heard, found["reload"]) == ([3, 4, 5], False)
        assert seqs(again.ask("sync.get", "sync", topic=topic, since=4)) == [5]

    def test_a_number_of_another_life_asks_for_a_reload(self, dial: Dial, user):
        say(own_topic(user), 2)
        assert dial(user).ask("sub", "sync", topic=own_topic(user), since=77)["reload"] is True

    def test_topics_of_others_are_as_if_they_were_not_there(self, dial: Dial, user):
        other = UserFactory()
        found = dial(user)
        answers = [
            found.ask("sub", "error", id=7, topic=topic)
            for topic in (own_topic(other), "user.00000000-0000-7000-8000-000000000000", "nothing.7", "user", "'; DROP")
        ]
        assert {(a["code"], a["id"], a["message"]) for a in answers} == {
            ("no_topic", 7, "There is no such topic, or it is not for you.")
        }
        say(own_topic(other))
        assert found.hears_nothing()

    def test_who_leaves_hears_nothing_more(self, dial: Dial, user):
        found = dial(user)
        found.ask("sub", "sync", topic=own_topic(user))
        found.ask("unsub", "ack", topic=own_topic(user))
        say(own_topic(user))
        assert found.hears_nothing()

    def test_a_hint_that_got_lost_is_made_up_for(self, dial: Dial, user, settings):
        settings.BRIDGE_PORT = 0
        found = dial(user)
        found.ask("sub", "sync", topic=own_topic(user))
        say(own_topic(user))
        assert seqs(found.next("items", timeout=10)) == [1]

    def test_a_burst_to_many_is_whole_and_in_order(self, dial: Dial, user):
        session, topic = session_of(user), own_topic(user)
        clients = [dial(session) for _each in range(12)]
        for client in clients:
            client.ask("sub", "sync", topic=topic)
        say(topic, 200)
        for client in clients:
            heard: list[int] = []
            while len(heard) < 200:
                heard += seqs(client.next("items"))
            assert heard == list(range(1, 201))

    def test_two_servers_say_the_same_and_one_outlives_the_other(self, dial: Dial, user):
        session, topic = session_of(user), own_topic(user)
        with started() as first, started() as second:
            here, there = dial(session, at=first), dial(session, at=second)
            for client in (here, there):
                client.ask("sub", "sync", topic=topic)
            say(topic, 5)
            first.kill()
            say(topic, 5)
            heard: list[int] = []
            while len(heard) < 10:
                heard += seqs(there.next("items"))
            assert heard == list(range(1, 11))
            # Whose server has gone comes to the other with the last number.
            again = dial(session, at=second)
            assert seqs(again.ask("sub", "sync", topic=topic, since=3)) == list(range(4, 11))


class TestEnds:
    """Within a second of the commit; the patience is for a busy machine."""

    def test_a_device_is_ended(self, dial: Dial, user):
        found = dial(user)
        end_device(actor=user, device=Device.objects.get(user=user))
        assert found.close_code(timeout=5) == 4401

    def test_the_other_device_goes_on(self, dial: Dial, user):
        one = session_of(user)
        device = Device.objects.get(user=user)
        found, other = dial(one), dial(session_of(user))
        end_device(actor=user, device=device)
        assert found.close_code(timeout=5) == 4401
        assert other.ask("ping", "pong", n=3)["n"] == 3

    def test_signing_out_everywhere(self, dial: Dial, user):
        clients = [dial(user), dial(user)]
        sign_out_everywhere(actor=user, user=user)
        assert [client.close_code(timeout=5) for client in clients] == [4401, 4401]

    def test_somebody_is_suspended(self, dial: Dial, user, people):
        found = dial(user)
        suspend_user(actor=people.admin, user=user, reason="Spam")
        assert found.close_code(timeout=5) == 4401

    def test_a_new_role_ends_no_session(self, dial: Dial, user, people):
        found = dial(user)
        change_role(actor=people.admin, user=user, role="manager")
        assert found.ask("ping", "pong", n=1)["n"] == 1

    def test_signing_out_on_the_page(self, dial: Dial, user):
        session = session_of(user)
        found = dial(session)
        session.post("/accounts/logout/")
        assert found.close_code(timeout=5) == 4401


class TestBadInput:
    def test_before_hello_nothing_is_done(self, dial: Dial, user):
        assert dial(user, hello=False).ask("sub", "error", topic=own_topic(user))["code"] == "hello_first"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("{", "not_json"),
            ("[]", "not_an_object"),
            ('{"v":1,"t":"dance"}', "unknown_kind"),
            ('{"v":1,"t":"sub"}', "bad_value"),
            ('{"v":1,"t":"sub","topic":7}', "bad_value"),
            ('{"v":1,"t":"sub","topic":"user.x","since":-1}', "bad_value"),
            ('{"v":1,"t":"sync.get","topic":"user.x"}', "not_subscribed"),
            ('{"v":1,"t":"sub","topic":"\\u0000"}', "no_topic"),
        ],
    )
    def test_is_answered_and_goes_on(self, dial: Dial, user, text, code):
        found = dial(user)
        found.connection.send(text)
        assert found.next("error")["code"] == code
        assert found.ask("ping", "pong", n=1)["n"] == 1

    def test_bytes_end_it(self, dial: Dial, user):
        found = dial(user)
        found.connection.send(b"{}")
        assert found.close_code() == 4400

    def test_a_megabyte_ends_it_and_hurts_nobody(self, dial: Dial, user):
        bad, good = dial(user), dial(user)
        bad.connection.send("x" * 1_000_000)
        with pytest.raises(ConnectionClosed):
            bad.ask("ping", "pong")
        assert good.ask("ping", "pong", n=1)["n"] == 1

    def test_a_flood_ends_it(self, dial: Dial, user):
        found = dial(user)
        for number in range(60):
            found.send("ping", n=number)
        assert found.close_code() == 4429
        assert found.heard[-1]["retry_after"] == 5

    def test_who_does_not_read_is_cut_off_and_hurts_nobody(self, dial: Dial, server: Server, user):
        session, topic = session_of(user), own_topic(user)
        good = dial(session)
        good.ask("sub", "sync", topic=topic)
        with deaf_client(server, session, topic) as deaf:
            heard: list[int] = []
            # More than the network itself takes for somebody who reads nothing.
            for number in range(1, 401):
                with transaction.atomic():
                    announce(topic, {"text": "x" * 30_000})
                while number % 20 == 0 and len(heard) < number:
                    heard += seqs(good.next("items"))
            assert heard == list(range(1, 401))
            deaf.settimeout(30)
            received = 0
            # It ends by a reset, or as if it had been said goodbye.
            with contextlib.suppress(ConnectionError):
                while piece := deaf.recv(65536):
                    received += len(piece)
        assert received < 300 * 30_000

    def test_a_half_open_connection_is_let_go_and_its_person_is_not_there_any_more(self, dial: Dial, taught, people):
        topic = f"editing.{taught.lesson.public_id}"
        with started("--ping-interval", "1", "--ping-timeout", "2") as server:
            session = session_of(people.owner)
            # It answers no ping, as one whose network has gone: there is no goodbye.
            with deaf_client(server, session, topic, here="enter") as gone:
                there = dial(people.teacher, at=server)
                there.ask("sub", "sync", topic=topic, here="watch")
                assert [person["name"] for person in there.next("here")["people"]] == ["Olga Owner"]
                assert there.next("here", timeout=20)["people"] == []
                gone.settimeout(5)
                with contextlib.suppress(ConnectionError):
                    while gone.recv(4096):
                        pass


def deaf_client(server: Server, session: Client, topic: str, **more: str) -> network.socket:
    """Opens a socket, subscribes, and then reads nothing and answers nothing."""
    client = network.socket()
    client.setsockopt(network.SOL_SOCKET, network.SO_RCVBUF, 8 * 1024)
    client.settimeout(30)
    client.connect(("127.0.0.1", server.port))
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.cookies[settings.SESSION_COOKIE_NAME].value}"
    client.sendall(
        f"GET /ws/v1/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {server.origin}\r\n"
        f"Sec-WebSocket-Protocol: aumbry.v1\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    assert b"101" in client.recv(4096)
    for frame in ({"v": 1, "t": "hello"}, {"v": 1, "t": "sub", "topic": topic, **more}):
        data = json.dumps(frame).encode()
        client.sendall(bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data)
    while b'"sync"' not in client.recv(4096):
        pass
    return client


def test_idle_sockets_write_nothing(dial: Dial, user):
    session = session_of(user)
    for _each in range(10):
        dial(session)
    before = TopicMessage.objects.count(), Device.objects.get(user=user).last_seen_at
    time.sleep(2)
    assert (TopicMessage.objects.count(), Device.objects.get(user=user).last_seen_at) == before
