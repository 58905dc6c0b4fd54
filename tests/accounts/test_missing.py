"""A password that was enough beside a second factor is not enough alone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.missing import what_is_missing
from accounts.models import User
from accounts.services.factors import add_passkey, reset_factors
from accounts.services.keys import make_key
from accounts.services.profile import set_password
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

SHORT = "lake 7 o"


@pytest.fixture
def person(people) -> User:
    """Somebody whose lost factor was taken away by an administrator."""
    user = UserFactory(email="lost@example.org", verified=True)
    add_passkey(actor=user, user=user, name="Phone", credential={})
    set_password(actor=user, user=user, password=SHORT)
    reset_factors(actor=people.admin, user=user, reason="Lost the phone; called back")
    return User.objects.get(pk=user.pk)


def enter(password: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": "lost@example.org", "password": password})
    return client


def test_the_next_sign_in_leads_to_a_longer_one(person):
    client = enter(SHORT)
    answer = client.get("/courses/", follow=True)
    assert answer.redirect_chain == [("/accounts/password/change/", 302)]
    assert "your password is too short" in answer.content.decode()
    too_short = client.post("/accounts/password/change/", {"oldpassword": SHORT, "password1": "lake 9 oq"})
    assert "at least 15 characters" in too_short.content.decode()
    client.post("/accounts/password/change/", {"oldpassword": SHORT, "password1": PASSWORD})
    assert enter(PASSWORD).get("/profile/").status_code == 200


def test_programs_are_told_and_can_change_it(person, api):
    program = api(person)
    refused = program.get("/api/v1/courses/")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    until = timezone.now() + timedelta(days=3)
    _key, text = make_key(actor=person, name="K", scopes=["account:read"], expires_at=until)
    by_key = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"})
    assert (by_key.status_code, by_key.json()["code"]) == (403, "password_change_required")
    session = enter(SHORT).get("/api/v1/courses/")
    assert (session.status_code, session.json()["code"]) == (403, "password_change_required")
    assert program.post("/api/v1/me/password/", {"current": SHORT, "new": PASSWORD}).status_code == 204
    assert api(User.objects.get(pk=person.pk)).get("/api/v1/courses/").status_code == 200


def test_a_new_factor_is_another_way_on(person, settings):
    assert what_is_missing(person).code == "password_change_required"
    add_passkey(actor=person, user=person, name="New phone", credential={})
    assert what_is_missing(person) is None


def test_where_eight_are_enough_for_all_nothing_is_missing(person, settings):
    settings.PASSWORD_MIN_LENGTH = 8
    assert what_is_missing(person) is None
