"""Notifications for programs."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from notifications.models import Mute, Notification, Preference, Timing

pytestmark = pytest.mark.django_db
V1 = "/api/v1/notifications"


@pytest.fixture
def api() -> Callable[..., APIClient]:
    def client_of(user: User | None = None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.force_authenticate(User.objects.get(pk=user.pk))
        return client

    return client_of


@pytest.fixture
def told(taught) -> Callable[..., Notification]:
    def write(user: User, title: str = "New one", **more) -> Notification:
        values = {
            "kind": "lesson_published",
            "category": "courses",
            "course": taught.course,
            "thread": f"lesson.{taught.lesson.public_id}",
            "url": "/learn/here/",
            "data": {"lesson": title, "title": "Statistics", "code": "STAT 1"},
            "group_key": title,
        }
        return Notification.objects.create(user=user, **(values | more))

    return write


def test_ones_own_in_pages(api, people, told):
    told(people.other_student)
    for number in range(3):
        told(people.student, f"L{number}", read_at=timezone.now() if number == 0 else None)
    client = api(people.student)
    titles = [row["title"] for row in client.get(f"{V1}/").json()["results"]]
    assert titles == ["New lesson: L2", "New lesson: L1", "New lesson: L0"]
    unread = client.get(f"{V1}/?unread=true").json()["results"]
    assert [row["title"] for row in unread] == ["New lesson: L2", "New lesson: L1"]
    assert client.get(f"{V1}/?category=nonsense").status_code == 400
    assert api().get(f"{V1}/").status_code == 401


def test_more_rows_cost_no_more_questions(api, people, told):
    costs = []
    for count in (1, 3):
        for number in range(count):
            told(people.student, f"{count} {number}", actor_id=people.owner.pk)
        client = api(people.student)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{V1}/")
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_one_is_read_and_nobody_elses(api, people, told):
    mine, theirs = told(people.student), told(people.other_student)
    client = api(people.student)
    assert client.get(f"{V1}/{mine.public_id}/").json()["read_at"] is None
    assert client.post(f"{V1}/{mine.public_id}/read/").json()["read_at"] is not None
    for method, path in (("get", ""), ("post", "read/")):
        assert getattr(client, method)(f"{V1}/{theirs.public_id}/{path}").status_code == 404
    assert api(people.admin).get(f"{V1}/{mine.public_id}/").status_code == 404


def test_all_of_a_category_are_read(api, people, told):
    told(people.student)
    told(people.student, "G", category="grades")
    client = api(people.student)
    assert client.post(f"{V1}/read/", {"category": "grades"}, format="json").json() == {"read": 1}
    assert client.post(f"{V1}/read/").json() == {"read": 1}


def test_preferences_are_changed_whole_or_not_at_all(api, people):
    client = api(people.student)
    body = {
        "timing": {"digest_at": "18:00"},
        "preferences": [{"category": "courses", "channel": "email", "frequency": "weekly"}],
    }
    answer = client.patch(f"{V1}/preferences/", body, format="json").json()
    assert answer["timing"] == {"digest_at": "18:00", "digest_day": "0", "quiet_from": None, "quiet_until": None}
    assert {"category": "courses", "channel": "email", "frequency": "weekly"} in answer["preferences"]
    wrong = {
        "timing": {"digest_at": "06:00"},
        "preferences": [{"category": "account", "channel": "bell", "frequency": "off"}],
    }
    assert client.patch(f"{V1}/preferences/", wrong, format="json").status_code == 400
    assert str(Timing.objects.get().digest_at) == "18:00:00"
    assert Preference.objects.count() == 1


def test_mutes(api, people, told, taught):
    row, theirs = told(people.student), told(people.other_student)
    client = api(people.student)
    made = client.post(f"{V1}/mutes/", {"notification": str(row.public_id), "what": "course"}, format="json")
    assert (made.status_code, made.json()["course"]) == (201, "statistics")
    refused = client.post(f"{V1}/mutes/", {"notification": str(theirs.public_id), "what": "course"}, format="json")
    assert refused.status_code == 404
    assert [one["id"] for one in client.get(f"{V1}/mutes/").json()["results"]] == [made.json()["id"]]
    address = f"{V1}/mutes/{made.json()['id']}/"
    assert api(people.other_student).delete(address).status_code == 404
    assert client.delete(address).status_code == 204
    assert not Mute.objects.exists()
