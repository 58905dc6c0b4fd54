"""What a sender sees of how something reached people."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from core.models import OutgoingMail
from notifications.enums import PushState
from notifications.models import Delivery, Notification, Push, PushAttempt
from notifications.selectors.report import Tally, people_told, report, rows_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(taught) -> str:
    return f"lesson.{taught.lesson.public_id}"


@pytest.fixture
def reached(people, thread) -> SimpleNamespace:
    """Six people who were told by mail, each with another outcome; one has read it; and somebody told of another thing."""
    names = ("sent", "failed", "sending", "waiting", "skipped", "kept")
    found = {name: UserFactory(name=f"{name.title()} Person") for name in names}
    for number, (name, user) in enumerate(found.items()):
        tell(user, thread, number, name)
    Notification.objects.filter(user=found["sent"]).update(read_at=timezone.now())
    tell(UserFactory(name="Elsewhere Person"), "lesson.other", 99, "sent")
    return SimpleNamespace(**found)


def tell(user: User, thread: str, event_id: int, outcome: str) -> None:
    state = {"failed": "failed", "sending": "queued", "kept": "kept"}.get(outcome, "sent")
    mail = None
    if outcome not in ("waiting", "skipped"):
        mail = OutgoingMail.objects.create(
            sender="s@example.org",
            recipients=[user.email],
            subject="s",
            text="t",
            state=state,
            error="550 5.1.1 No such user" if outcome == "failed" else "",
        )
    Delivery.objects.create(
        user=user,
        notification=Notification.objects.create(
            user=user, kind="lesson_published", category="courses", url="/", thread=thread, group_key=str(event_id)
        ),
        event_id=event_id,
        kind="lesson_published",
        thread=thread,
        channel="email",
        state={"waiting": "waiting", "skipped": "skipped"}.get(outcome, "handed"),
        reason="muted" if outcome == "skipped" else "",
        mail=mail,
    )


def test_the_numbers(reached, thread):
    found = report(thread)
    assert (found.people, found.read) == (6, 1)
    assert found.counts == [
        Tally("email", "failed", "", 1),
        Tally("email", "sending", "", 1),
        Tally("email", "sent", "", 2),
        Tally("email", "skipped", "muted", 1),
        Tally("email", "waiting", "", 1),
    ]


def test_each_person_and_why(reached, thread):
    rows = {row.person: (row.read_at is not None, row.told) for row in rows_of(thread, list(people_told(thread)))}
    assert rows[reached.failed] == (False, {"email": ("failed", "550 5.1.1 No such user")})
    assert rows[reached.skipped] == (False, {"email": ("skipped", "They have muted it")})
    assert rows[reached.sent] == (True, {"email": ("sent", "")})
    assert len(rows) == 6


@pytest.mark.parametrize(
    ("query", "outcome", "names"),
    [
        ("", "failed", ["failed"]),
        ("", "sent", ["kept", "sent"]),
        ("", "read", ["sent"]),
        ("", "unread", ["failed", "kept", "sending", "skipped", "waiting"]),
        ("WAIT", "", ["waiting"]),
        ("wait", "sent", []),
    ],
)
def test_narrowed_down(reached, thread, query, outcome, names):
    assert list(people_told(thread, query=query, outcome=outcome)) == [getattr(reached, name) for name in names]


@pytest.mark.parametrize(
    ("states", "outcome"),
    [(["sent", "failed"], "sent"), (["waiting", "failed"], "sending"), (["failed"], "failed"), (["gone"], "failed")],
)
def test_a_push_has_arrived_where_one_browser_took_it(people, thread, states, outcome):
    push = Push.objects.create(user=people.student, title="t", body="", url="/", tag="")
    for state in states:
        PushAttempt.objects.create(push=push, state=PushState(state))
    tell(people.student, thread, 1, "skipped")
    Delivery.objects.update(channel="push", state="handed", reason="", push=push)
    assert report(thread).counts == [Tally("push", outcome, "", 1)]


class TestPage:
    @pytest.mark.parametrize(("who", "status"), [("owner", 200), ("teacher", 200), ("student", 404), ("outsider", 404)])
    def test_for_those_who_may_change_the_thing(self, people, reached, thread, who, status):
        client, api = Client(), APIClient()
        client.force_login(getattr(people, who))
        api.force_authenticate(getattr(people, who))
        assert client.get(reverse("notifications:deliveries", args=[thread])).status_code == status
        assert api.get(f"/api/v1/notifications/deliveries/{thread}/").status_code == status
        assert api.get(f"/api/v1/notifications/deliveries/{thread}/people/").status_code == status

    @pytest.mark.parametrize(
        "thread", ["nonsense", "lesson.", "lesson.x", "unknown.019b0000-0000-7000-8000-000000000000"]
    )
    def test_of_nothing_there_is_none(self, people, taught, thread):
        client = Client()
        client.force_login(people.owner)
        assert client.get(reverse("notifications:deliveries", args=[thread])).status_code == 404

    def test_it_says_who_and_why(self, people, reached, thread):
        client = Client()
        client.force_login(people.owner)
        text = client.get(reverse("notifications:deliveries", args=[thread]), {"outcome": "failed"}).content.decode()
        assert ("550 5.1.1 No such user" in text, "Failed Person" in text) == (True, True)
        assert ("Waiting Person" in text, "Elsewhere Person" in text) == (False, False)

    def test_more_people_cost_no_more_questions(self, people, reached, thread):
        client, url = Client(), reverse("notifications:deliveries", args=[thread])
        client.force_login(people.owner)
        client.get(url)
        counts = []
        for number in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
            for more in range(3):
                tell(UserFactory(), thread, 200 + number * 10 + more, "failed")
        assert counts[0] == counts[1]

    def test_programs_narrow_it_down_too(self, people, reached, thread):
        api = APIClient()
        api.force_authenticate(people.owner)
        address = f"/api/v1/notifications/deliveries/{thread}/people/"
        rows = api.get(address, {"outcome": "failed"}).json()["results"]
        assert [(row["name"], row["told"]) for row in rows] == [
            ("Failed Person", [{"channel": "email", "outcome": "failed", "why": "550 5.1.1 No such user"}])
        ]
        assert api.get(address, {"outcome": "nonsense"}).status_code == 400
