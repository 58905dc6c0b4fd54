"""Where one is signed in: a row for each sign-in, ended one by one or all at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Device
from accounts.services.keys import make_key
from accounts.services.tokens import issue_tokens
from core.models import EventLog, OutgoingMail
from core.slots import RETENTION
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.fixture
def person():
    return UserFactory(email="sam@example.org", verified=True)


def arrive(agent: str = FIREFOX, client: Client | None = None, **form: str) -> Client:
    client = client or Client(headers={"user-agent": agent}, REMOTE_ADDR="192.0.2.7")
    form = {"login": "sam@example.org", "password": PASSWORD, "time_zone": "Africa/Lagos"} | form
    assert client.post("/accounts/login/", form).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_signing_in_opens_a_device(person):
    client = arrive(remember="on")
    device = Device.objects.get()
    assert (str(device), device.kind, device.address, device.zone, device.remembered) == (
        "Firefox on Linux",
        "browser",
        "192.0.2.7",
        "Africa/Lagos",
        True,
    )
    assert (device.session_key, client.session["device"]) == (client.session.session_key, device.pk)
    person.refresh_from_db()
    assert person.time_zone == "Africa/Lagos"
    fact = EventLog.objects.get(name="accounts.SignedIn")
    assert fact.body == {"user_id": person.pk, "device_id": device.pk, "method": "password"}


def test_a_device_that_is_not_known_is_told_by_mail_and_a_known_one_is_not(person):
    first = arrive()
    first.post("/accounts/logout/")
    arrive(client=first)
    assert OutgoingMail.objects.count() == 0
    arrive(PHONE)
    mail = OutgoingMail.objects.get()
    assert (mail.subject, mail.recipients) == ("New sign-in at Northmoor College", ["sam@example.org"])
    for words in ("Safari on iOS", "(Africa/Lagos)", "192.0.2.7", "http://127.0.0.1:8000/profile/devices/"):
        assert words in mail.text


@pytest.mark.parametrize("agent", ["", " ", "curl/8.5", "(" * 9000, "\x00<b>"])
def test_any_user_agent_has_a_name(person, agent):
    arrive(agent)
    assert 0 < len(Device.objects.get().name) <= 120


def test_signing_out_ends_the_device(person):
    client = arrive()
    client.post("/accounts/logout/")
    device = Device.objects.get()
    assert (device.ended_at is not None, device.session_key) == (True, "")


def test_the_page_lists_them_and_one_is_ended(person):
    here, there = arrive(), arrive(PHONE)
    page = here.get("/profile/devices/").content.decode()
    assert ("Firefox on Linux" in page, "Safari on iOS" in page, page.count("This device")) == (True, True, 1)
    other = Device.objects.get(name="Safari on iOS")
    here.post(f"/profile/devices/{other.public_id}/end/")
    assert (is_in(here), is_in(there)) == (True, False)


def test_the_others_are_ended_at_once(person):
    here, there = arrive(), arrive(PHONE)
    tokens = issue_tokens(user=person)
    here.post("/profile/devices/end-others/")
    assert (is_in(here), is_in(there), list(Device.objects.open().values_list("name", flat=True))) == (
        True,
        False,
        ["Firefox on Linux"],
    )
    answer = Client().post("/api/v1/auth/token/refresh/", {"refresh": tokens.refresh}, "application/json")
    assert answer.status_code == 401


@pytest.mark.parametrize(("form", "key_works"), [({}, True), ({"keys": "on"}, False)])
def test_signing_out_everywhere_ends_all_at_once(person, api, form, key_works):
    here, there, program = arrive(), arrive(PHONE), api(person)
    _key, text = make_key(
        actor=person, name="Script", scopes=["account:read"], expires_at=timezone.now() + timedelta(days=3)
    )
    here.post("/profile/devices/sign-out/", form)
    key = api()
    key.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert (is_in(here), is_in(there), program.get("/api/v1/me/").status_code) == (False, False, 401)
    assert (key.get("/api/v1/me/").status_code == 200, Device.objects.open().count()) == (key_works, 0)


def test_an_administrator_signs_somebody_out(person, people):
    theirs = arrive()
    admin = Client()
    admin.force_login(people.admin)
    assert admin.post(f"/people/{person.public_id}/sign-out/")["Location"] == person.get_absolute_url()
    assert is_in(theirs) is False


def test_a_new_password_ends_the_other_devices(person):
    here, there = arrive(), arrive(PHONE)
    new = "another lake in the evening"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new})
    assert (is_in(there), Device.objects.exclude(session_key="").filter(name="Safari on iOS").count()) == (False, 0)


def test_the_api_tells_and_ends_devices(person, api):
    there, program = arrive(PHONE), api(person)
    rows = {row["name"]: row for row in program.get("/api/v1/me/devices/").json()["results"]}
    phone = rows["Safari on iOS"]
    assert (phone["kind"], phone["address"], phone["is_this"], rows["Program"]["is_this"]) == (
        "browser",
        "192.0.2.7",
        False,
        True,
    )
    assert program.delete(f"/api/v1/me/devices/{phone['id']}/").status_code == 204
    assert is_in(there) is False
    assert program.post("/api/v1/me/sign-out-everywhere/", {"others_only": True}).status_code == 204
    assert program.get("/api/v1/me/").status_code == 200
    assert program.post("/api/v1/me/sign-out-everywhere/", {}).status_code == 204
    assert program.get("/api/v1/me/").status_code == 401


def test_strangers_devices_are_not_there(person, people, api):
    arrive()
    device = Device.objects.get()
    stranger = api(people.outsider)
    assert stranger.delete(f"/api/v1/me/devices/{device.public_id}/").status_code == 404
    assert stranger.post(f"/api/v1/users/{person.public_id}/sign-out/", {}).status_code == 404
    assert Device.objects.open().filter(pk=device.pk).exists()


def test_an_administrator_signs_somebody_out_over_the_api(person, people, api):
    theirs = arrive()
    assert api(people.admin).post(f"/api/v1/users/{person.public_id}/sign-out/", {"keys": True}).status_code == 204
    assert is_in(theirs) is False


def test_ending_the_device_one_sits_at_signs_out_here(person):
    client = arrive()
    assert client.post(f"/profile/devices/{Device.objects.get().public_id}/end/").status_code == 302
    assert (is_in(client), Device.objects.open().count()) == (False, 0)


def test_old_places_are_forgotten_and_older_rows_deleted(person):
    def ended(days: int) -> Device:
        at = timezone.now() - timedelta(days=days)
        return Device.objects.create(user=person, kind="browser", address="192.0.2.7", ended_at=at)

    kept, blank = ended(89), ended(91)
    ended(366)
    still = Device.objects.create(user=person, kind="browser", address="192.0.2.7")
    RETENTION["device_addresses"].run(timezone.now() - timedelta(days=90))
    RETENTION["devices"].run(timezone.now() - timedelta(days=365))
    assert dict(Device.objects.values_list("pk", "address")) == {
        kept.pk: "192.0.2.7",
        blank.pk: None,
        still.pk: "192.0.2.7",
    }


def test_a_program_that_signs_in_from_elsewhere_is_told_by_mail(person):
    arrive()
    for address in ("192.0.2.7", "198.51.100.9", "198.51.100.9"):
        sign_in = {"email": "sam@example.org", "password": PASSWORD}
        answer = Client(REMOTE_ADDR=address).post("/api/v1/auth/token/", sign_in, "application/json")
        assert answer.status_code == 200
    assert ["198.51.100.9" in mail.text for mail in OutgoingMail.objects.all()] == [True]
