"""Collected hostile texts in every field about a person: an answer below 500, and nothing stored that was not accepted."""

import json

import pytest

from accounts.models import User
from accounts.validators import normalise_name, validate_name
from core.models import OutgoingMail
from tests.samples import sample_folder

pytestmark = [pytest.mark.django_db, pytest.mark.samples]


def hostile() -> list[str]:
    texts: list[str] = []
    for name in ("names.json", "naughty-strings.json"):
        texts += json.loads((sample_folder("hostile") / name).read_text())
    return texts


def assert_stored_rightly() -> None:
    """What is in the database keeps the rules, whoever wrote it."""
    for user in User.objects.all():
        validate_name(user.name)
        assert (user.name, len(user.name) <= 150) == (normalise_name(user.name), True)


def test_sign_up_page(client, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    for text in hostile():
        fields = dict.fromkeys(("email", "password1", "time_zone", "next"), text)
        assert client.post("/accounts/signup/", fields | {"name": text}).status_code in (200, 302), text
    assert (User.objects.count(), OutgoingMail.objects.count()) == (0, 0)
    assert_stored_rightly()


def test_profile_page(client, people):
    client.force_login(people.student)
    before = people.student.email
    for text in hostile():
        response = client.post(
            "/profile/", {"name": text, "theme": "default", "reading_face": "default", "time_zone": ""}
        )
        assert response.status_code in (302, 422), text
    assert_stored_rightly()
    people.student.refresh_from_db()
    assert people.student.email == before


def test_api(api, people):
    mine, door = api(people.student), api()
    for text in hostile():
        assert mine.patch("/api/v1/me/", {"name": text}).status_code in (200, 400), text
        body = {"name": text, "email": text, "password": text, "time_zone": text}
        assert door.post("/api/v1/auth/register/", body).status_code == 400, text
        assert door.post("/api/v1/auth/email/confirm/", {"token": text}).status_code in (400, 409), text
        assert door.post("/api/v1/auth/email/verify/", {"key": text}).status_code in (400, 409), text
    assert_stored_rightly()
