"""A session's key: another one when somebody comes in and when their rights grow, and of no use after they left."""

import time

import pytest
from django.test import Client

from accounts.models import Device
from accounts.services.devices import end_all_devices
from accounts.services.people import change_role
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


def key(client: Client) -> str:
    return client.cookies["session"].value


def with_key(text: str) -> Client:
    """Somebody who has seen or planted a session's key."""
    client = Client()
    client.cookies["session"] = text
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


@pytest.fixture
def person():
    return UserFactory(email="sam@example.org", verified=True)


@pytest.fixture
def inside(person) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def test_a_key_from_before_the_sign_in_opens_nothing(client, person):
    client.post("/accounts/signup/", {"name": "X", "email": "x@example.org", "password1": "a quiet lake at dawn"})
    before = key(client)
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert (key(client) != before, is_in(client), is_in(with_key(before))) == (True, True, False)


def test_a_planted_key_is_not_taken(person):
    client = with_key("a" * 32)
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert (key(client) != "a" * 32, is_in(client), is_in(with_key("a" * 32))) == (True, True, False)


def test_signing_out_ends_it_on_the_server(inside):
    before = key(inside)
    assert is_in(with_key(before))
    inside.post("/accounts/logout/")
    assert not is_in(with_key(before))


@pytest.mark.parametrize("way", ["page", "API"])
def test_a_proof_gives_it_another_key(inside, way):
    before, device = key(inside), Device.objects.get()
    if way == "page":
        inside.post("/accounts/reauthenticate/", {"password": PASSWORD})
    else:
        inside.post("/api/v1/me/proof/", {"password": PASSWORD}, "application/json")
    assert (key(inside) != before, is_in(inside), is_in(with_key(before))) == (True, True, False)
    # It is the same device still, and ends with it.
    assert (list(Device.objects.open()), Device.objects.get().session_key) == ([device], key(inside))
    end_all_devices(user=device.user)
    assert not is_in(inside)


def test_another_role_gives_it_another_key_once(inside, person, people):
    before = key(inside)
    change_role(actor=people.admin, user=person, role="manager")
    # What a page asks by itself may come beside other requests.
    inside.get("/accounts/session/", headers={"X-Background": "1"})
    assert key(inside) == before
    assert is_in(inside)
    after = key(inside)
    assert (after != before, is_in(with_key(before))) == (True, False)
    assert (is_in(inside), key(inside)) == (True, after)


def test_a_first_password_waits_for_a_fresh_sign_in(inside, person):
    person.set_unusable_password()
    person.save()
    inside.force_login(person)
    assert inside.get("/accounts/password/set/").status_code == 200
    session = inside.session
    session["proved_at"] = int(time.time()) - 3600
    session.save()
    new = {"password1": "another quiet lake at noon", "password2": "another quiet lake at noon"}
    for answer in (inside.get("/accounts/password/set/"), inside.post("/accounts/password/set/", new)):
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    person.refresh_from_db()
    assert not person.has_usable_password()
