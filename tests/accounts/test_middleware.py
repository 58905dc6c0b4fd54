"""Sessions end by the rules of the person's role, and are seen to be used without writing at each page."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import SiteRole
from accounts.models import Device, LateForm, RolePolicy
from accounts.selectors.policies import forget_rules
from accounts.services.devices import adopt_session
from accounts.services.policies import change_policy
from core.authz import SYSTEM
from core.models import EventLog, OutgoingMail
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


def arrive(role: SiteRole = SiteRole.MANAGER, **form: str) -> Client:
    person = UserFactory(role=role, verified=True)
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD, **form})
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
    assert ([sql.split()[1] for sql in writes(first)], writes(second)) == (['"accounts_device"', '"accounts_user"'], [])
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
    kept = cache.get(f"device-use-2:{number}")
    cache.set(f"device-use-2:{number}", kept | {"used": kept["used"] - 7200, "noted": kept["used"] - 7200})
    assert client.get("/profile/").status_code == 200


def test_an_unused_time_is_told_to_programs_too():
    client = arrive()
    ago(last_seen_at=timedelta(hours=2))
    assert client.get("/api/v1/me/").status_code == 401


class TestPieces:
    """htmx follows a redirect and would put the sign-in page into a list."""

    HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/people/?q=a"}

    def test_a_piece_for_nobody_leads_the_page_to_the_door_and_back(self, db):
        answer = Client().get("/people/?q=ab", headers=self.HTMX)
        assert (answer.status_code, answer["HX-Redirect"], answer.content) == (
            200,
            "/accounts/login/?next=/people/%3Fq%3Da",
            b"",
        )

    def test_a_form_for_nobody_is_kept_and_the_page_led_to_it(self, db):
        answer = Client().post("/teach/new/course/", {"title": "Typed"}, headers=self.HTMX)
        form = LateForm.objects.get()
        assert (answer.status_code, answer["HX-Redirect"]) == (
            200,
            f"/accounts/login/?next=/accounts/late-form/{form.public_id}/",
        )

    def test_another_sites_address_is_no_way_back(self, db):
        foreign = self.HTMX | {"HX-Current-URL": "https://evil.example/x"}
        assert Client().get("/people/", headers=foreign)["HX-Redirect"] == "/accounts/login/?next=/"

    def test_a_whole_page_is_redirected(self, db):
        answer = Client().get("/people/", headers=self.HTMX | {"HX-Boosted": "true"})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/people/")


class TestSessionsWithoutDevice:
    def test_one_from_before_gets_a_device_at_its_next_request_and_is_as_others(self, client, people):
        client.force_login(people.student)
        Device.objects.all().delete()
        session = client.session
        del session["device"]
        session.save()
        for _ in range(2):
            assert client.get("/profile/", headers={"user-agent": "curl/8.5"}).status_code == 200
        device = Device.objects.get()
        assert (device.user, device.session_key, device.proved_at) == (people.student, client.session.session_key, None)
        assert (EventLog.objects.count(), OutgoingMail.objects.count()) == (0, 0)
        ago(created_at=timedelta(days=15))
        assert client.get("/profile/").status_code == 302

    def test_one_that_something_else_opened_has_a_device_at_once(self, client, people):
        client.force_login(people.student)
        assert client.session["device"] == Device.objects.get().pk

    def test_two_requests_at_once_have_one_device(self, people):
        made = {
            adopt_session(user=people.student, name=f"Browser {n}", session_key="abc", address=None).pk for n in (1, 2)
        }
        assert made == set(Device.objects.values_list("pk", flat=True))
        assert len(made) == 1


class TestKept:
    """“Keep me signed in” has a limit of its own."""

    @pytest.mark.parametrize(
        ("role", "seen", "goes_on"),
        [
            ("student", timedelta(days=6, hours=23), True),
            ("student", timedelta(days=7, seconds=1), False),
            ("manager", timedelta(minutes=61), False),
        ],
    )
    def test_it_outlasts_the_ordinary_one(self, role, seen, goes_on):
        client = arrive(role=SiteRole(role), remember="on")
        ago(last_seen_at=seen)
        assert (client.get("/profile/").status_code == 200) is goes_on

    def test_in_all_it_lasts_no_longer(self):
        client = arrive(SiteRole.STUDENT, remember="on")
        ago(created_at=timedelta(days=14, seconds=1))
        assert client.get("/profile/").status_code == 302
        assert "a sign-in lasts at most 14 days." in client.get("/accounts/login/").content.decode()

    def test_an_admin_sets_it_and_less_than_the_ordinary_one_takes_nothing_away(self):
        change_policy(actor=SYSTEM, role="student", kept_idle_minutes=5, idle_minutes=60)
        forget_rules()
        client = arrive(SiteRole.STUDENT, remember="on")
        ago(last_seen_at=timedelta(minutes=59))
        assert client.get("/profile/").status_code == 200
        ago(last_seen_at=timedelta(minutes=61))
        assert client.get("/profile/").status_code == 302

    def test_a_rule_from_before_knows_no_other_limit(self):
        RolePolicy.objects.create(role="student", idle_minutes=60, most_hours=336)
        forget_rules()
        client = arrive(SiteRole.STUDENT, remember="on")
        ago(last_seen_at=timedelta(minutes=61))
        assert client.get("/profile/").status_code == 302

    def test_the_form_does_not_choose_it(self, client, db):
        assert 'name="remember" checked' not in client.get("/accounts/login/").content.decode()
