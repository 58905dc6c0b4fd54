"""Sessions end by the rules of the person's role, and are seen to be used without writing at each page."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import SiteRole
from accounts.models import Device
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


def arrive(role: SiteRole = SiteRole.MANAGER) -> Client:
    person = UserFactory(role=role, verified=True)
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def ago(**fields: timedelta) -> None:
    """Have all of it happen earlier, as after a restart of the process."""
    Device.objects.update(**{name: timezone.now() - span for name, span in fields.items()})
    cache.clear()


def writes(seen: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in seen if q["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]


@pytest.mark.parametrize(
    ("role", "seen", "created", "goes_on", "words"),
    [
        ("manager", timedelta(minutes=59), timedelta(hours=11), True, ""),
        (
            "manager",
            timedelta(minutes=61),
            timedelta(hours=11),
            False,
            "You were signed out after an hour without use.",
        ),
        ("admin", timedelta(0), timedelta(hours=12, seconds=1), False, "a sign-in lasts at most 12 hours."),
        ("student", timedelta(hours=11), timedelta(days=13), True, ""),
        ("student", timedelta(hours=13), timedelta(days=13), False, "You were signed out after 12 hours without use."),
        ("student", timedelta(0), timedelta(days=14, seconds=1), False, "a sign-in lasts at most 14 days."),
    ],
)
def test_a_session_ends_by_the_rules_of_the_role(role, seen, created, goes_on, words):
    client = arrive(SiteRole(role))
    ago(last_seen_at=seen, created_at=created)
    answer = client.get("/profile/")
    assert (answer.status_code == 200, Device.objects.open().exists()) == (goes_on, goes_on)
    if words:
        assert words in client.get(answer["Location"]).content.decode()


def test_the_words_go_when_one_has_signed_in_again():
    client = arrive()
    ago(last_seen_at=timedelta(hours=2))
    client.get("/profile/")
    person = Device.objects.get().user
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    client.post("/accounts/logout/")
    assert "without use" not in client.get("/accounts/login/").content.decode()


def test_use_is_written_once_in_five_minutes_after_the_page():
    client = arrive()
    ago(last_seen_at=timedelta(minutes=6))
    with CaptureQueriesContext(connection) as first:
        client.get("/profile/")
    with CaptureQueriesContext(connection) as second:
        client.get("/profile/")
    assert ([sql.split()[1] for sql in writes(first)], writes(second)) == (['"accounts_device"'], [])
    assert timezone.now() - Device.objects.get().last_seen_at < timedelta(minutes=1)


def test_what_a_page_asks_by_itself_is_no_use():
    client = arrive()
    ago(last_seen_at=timedelta(minutes=50))
    quiet = client.get("/accounts/session/", headers={"X-Background": "true"}).json()["ends_in"]
    assert 590 <= quiet <= 600
    assert 3590 <= client.post("/accounts/session/").json()["ends_in"] <= 3600
    assert 3590 <= client.get("/accounts/session/", headers={"X-Background": "true"}).json()["ends_in"] <= 3600


def test_a_visitor_has_no_session_to_keep(client):
    assert client.get("/accounts/session/").json() == {"ends_in": 0}


def test_a_cache_of_another_process_ends_nobody_who_was_seen_since():
    client = arrive()
    client.get("/profile/")
    number = Device.objects.get().pk
    kept = cache.get(f"device-use:{number}")
    cache.set(f"device-use:{number}", kept | {"used": kept["used"] - 7200, "noted": kept["used"] - 7200})
    assert client.get("/profile/").status_code == 200


def test_an_unused_time_is_told_to_programs_too():
    client = arrive()
    ago(last_seen_at=timedelta(hours=2))
    assert client.get("/api/v1/me/").status_code == 401
