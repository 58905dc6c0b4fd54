"""Signing up, confirming, passwords and addresses over the API."""

import json
import re
from unittest import mock

import pytest
from django.core.cache import cache

from accounts.models import EmailChange, User
from accounts.services.tokens import issue_tokens, refresh_tokens
from core.models import OutgoingMail
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

AUTH = "/api/v1/auth/"
REGISTER = {"name": "Imani Okafor", "email": "Imani@Example.org", "password": "a quiet lake in the morning"}
NEW = "another quiet lake at noon"


def last_key() -> str:
    return re.findall(r"/accounts/\S+/([^/\s]+)/", OutgoingMail.objects.latest("id").text)[-1]


def subjects() -> list[str]:
    return [mail.subject for mail in OutgoingMail.objects.order_by("id")]


def test_register_confirm_and_sign_in(api):
    response = api().post(AUTH + "register/", REGISTER | {"role": "admin", "time_zone": "Africa/Lagos"})
    assert (response.status_code, response.content) == (202, b"")
    user = User.objects.get()
    assert (user.email, user.role, user.time_zone) == ("imani@example.org", "student", "Africa/Lagos")
    token = {"email": "imani@example.org", "password": REGISTER["password"]}
    assert api().post(AUTH + "token/", token).status_code == 401
    key = last_key()
    assert api().post(AUTH + "email/verify/", {"key": key}).status_code == 204
    again = api().post(AUTH + "email/verify/", {"key": key})
    assert (again.status_code, again.json()["code"]) == (409, "link_refused")
    assert api().post(AUTH + "token/", token).status_code == 200


@pytest.mark.parametrize("door", ["register/", "email/resend/", "password/reset/"])
def test_a_door_answers_alike_for_every_address_after_the_same_work(api, people, door):
    UserFactory(email="sam@example.org", verified=True)
    UserFactory(email="waiting@example.org")
    answers, work = [], []
    for email in ("sam@example.org", "waiting@example.org", "nobody@example.org"):
        before = OutgoingMail.objects.count()
        with mock.patch("accounts.models.user.AbstractBaseUser.set_password", autospec=True) as hashing:
            response = api().post(AUTH + door, REGISTER | {"email": email})
        work.append((hashing.call_count, OutgoingMail.objects.count() - before))
        answers.append((response.status_code, response.content, sorted(response.headers)))
    assert (answers[0][0], answers) == (202, [answers[0]] * 3)
    assert work == [work[0]] * 3
    assert work[0][1] == 1


def test_the_link_is_mailed_again_at_most_every_three_minutes(api):
    api().post(AUTH + "register/", REGISTER)
    api().post(AUTH + "email/resend/", {"email": "imani@example.org"})
    assert len(subjects()) == 1
    cache.clear()
    api().post(AUTH + "email/resend/", {"email": "imani@example.org"})
    assert subjects() == ["Confirm your address for Northmoor College"] * 2


def test_reset_ends_all_tokens_and_the_key_works_once(api):
    user = UserFactory(email="sam@example.org", verified=True)
    refresh = issue_tokens(user=user).refresh
    api().post(AUTH + "password/reset/", {"email": "SAM@example.org"})
    confirm = AUTH + "password/reset/confirm/"
    key = last_key()
    weak = api().post(confirm, {"key": key, "password": "short"})
    assert (weak.status_code, list(weak.json()["errors"])) == (400, ["password"])
    assert api().post(confirm, {"key": key, "password": NEW}).status_code == 204
    assert api().post(confirm, {"key": key, "password": NEW}).json()["code"] == "link_refused"
    user.refresh_from_db()
    assert user.check_password(NEW)
    with pytest.raises(Exception, match="token_refused"):
        refresh_tokens(token=refresh)


def test_change_of_the_password_needs_the_current_one(api):
    user = UserFactory(email="sam@example.org", verified=True)
    client = api(user)
    wrong = client.post("/api/v1/me/password/", {"current": "wrong", "new": NEW})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["current"])
    assert client.post("/api/v1/me/password/", {"current": PASSWORD, "new": NEW}).status_code == 204
    assert client.get("/api/v1/me/").status_code == 401
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_wrong_current_passwords_wait_as_at_the_door(api):
    client = api(UserFactory(email="sam@example.org", verified=True))
    for _try in range(5):
        client.post("/api/v1/me/password/", {"current": "wrong", "new": NEW})
    response = client.post("/api/v1/me/email/", {"email": "new@example.org", "password": PASSWORD})
    assert (response.status_code, response["Retry-After"]) == (429, "1")


def test_change_of_the_email(api):
    user = UserFactory(email="sam@example.org", verified=True)
    client = api(user)
    wrong = client.post("/api/v1/me/email/", {"email": "new@example.org", "password": "wrong"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["password"])
    asked = client.post("/api/v1/me/email/", {"email": "New@example.org", "password": PASSWORD})
    assert (asked.status_code, asked.json()["email"], asked.json()["change"]["email"]) == (
        202,
        "sam@example.org",
        "new@example.org",
    )
    new = last_key()
    old = re.findall(r"/accounts/email/([^/\s]+)/", OutgoingMail.objects.order_by("id")[0].text)[0]
    assert api().post(AUTH + "email/confirm/", {"token": new}).json() == {"state": "waiting"}
    assert client.get("/api/v1/me/email/").json()["change"]["new_confirmed"] is True
    assert api().post(AUTH + "email/confirm/", {"token": old}).json() == {"state": "changed"}
    assert client.get("/api/v1/me/email/").json() == {"email": "new@example.org", "change": None}


def test_the_change_is_called_off(api):
    client = api(UserFactory(email="sam@example.org", verified=True))
    client.post("/api/v1/me/email/", {"email": "new@example.org", "password": PASSWORD})
    assert client.delete("/api/v1/me/email/").status_code == 204
    assert client.delete("/api/v1/me/email/").status_code == 204
    assert EmailChange.objects.get().ended_at is not None


def test_a_closed_site_registers_nobody(api, settings):
    settings.REGISTRATION_OPEN = False
    response = api().post(AUTH + "register/", REGISTER)
    assert (response.status_code, response.json()["code"], User.objects.count()) == (409, "registration_closed", 0)


DOORS = {
    "register/": REGISTER,
    "token/": {"email": "a@example.org", "password": "x"},
    "email/verify/": {"key": "x"},
    "email/resend/": {"email": "a@example.org"},
    "email/confirm/": {"token": "x"},
    "password/reset/": {"email": "a@example.org"},
    "password/reset/confirm/": {"key": "x-y", "password": NEW},
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "\x00",
        "a" * 100_000,
        "\ud800",
        "😀" * 60,
        "a@b.org\r\nBcc: c@d.org",
        0,
        -1,
        1e308,
        True,
        None,
        [],
        {},
        [["x"]],
        {"a": {}},
    ],
    ids=lambda value: ascii(value)[:12],
)
def test_no_value_breaks_a_door(api, door, value):
    for field in DOORS[door]:
        # Escaped, since half a character cannot be sent otherwise.
        body = json.dumps(DOORS[door] | {field: value})
        response = api().post(AUTH + door, body, content_type="application/json")
        assert response.status_code < 500, (field, response.content)
    assert not any("\x00" in user.name + user.email for user in User.objects.all())


@pytest.mark.parametrize("key", ["1-x", "zzzzzzzzzzzzzzzzzzzzzzzz-x", "-", "😀-1", "1-" + "-" * 300, "0", "ıı-x"])
def test_made_up_keys_are_refused(api, key):
    response = api().post(AUTH + "password/reset/confirm/", {"key": key, "password": NEW})
    assert (response.status_code, response.json()["code"]) == (409, "link_refused")
