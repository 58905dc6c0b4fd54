import time

import pytest
from django.http import HttpResponse
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stale(client, people, confirm):
    """A browser whose person signed in an hour ago."""
    user = confirm(people.admin)
    user.set_password("a long enough password")
    user.save()
    client.force_login(user)
    session = client.session
    session["proved_at"] = int(time.time()) - 3600
    session.save()
    return client


def test_a_form_waits_for_the_proof_and_is_then_carried_out(stale, people):
    address = reverse("accounts:person-role", args=[people.student.public_id])
    sent = stale.post(address, {"role": "manager"})
    assert sent["Location"] == f"/accounts/reauthenticate/?next={address.replace('/', '%2F')}"
    assert User.objects.get(pk=people.student.pk).role == "student"
    wrong = stale.post(sent["Location"], {"password": "another password here"})
    assert "not your password" in wrong.content.decode()
    proved = stale.post(sent["Location"], {"password": "a long enough password"})
    assert proved["Location"] == people.student.get_absolute_url()
    assert User.objects.get(pk=people.student.pk).role == "manager"
    assert stale.post(address, {"role": "student"})["Location"] == people.student.get_absolute_url()


def test_a_form_with_mistakes_is_offered_at_its_own_address(stale, people, monkeypatch):
    address = reverse("accounts:person-role", args=[people.student.public_id])
    sent = stale.post(address, {"role": 'x"><b>'})
    monkeypatch.setattr("accounts.views.people.redirect", lambda to: HttpResponse(status=422))
    offered = stale.post(sent["Location"], {"password": "a long enough password"}).content.decode()
    assert f'action="{address}"' in offered
    assert 'name="role" value="x&quot;&gt;&lt;b&gt;"' in offered


def test_passwords_are_not_kept_and_no_foreign_page_is_reached(stale):
    sent = stale.post(
        reverse("account_change_password"), {"oldpassword": "canary-of-old", "password1": "canary-of-new"}
    )
    assert sent.status_code == 302
    assert "canary" not in str(dict(stale.session))
    away = stale.post("/accounts/reauthenticate/?next=https://evil.example/", {"password": "a long enough password"})
    assert away["Location"] == reverse("accounts:security")


def test_a_fresh_sign_in_is_proof_enough(client, people):
    client.force_login(people.admin)
    assert (
        client.post(reverse("accounts:person-role", args=[people.student.public_id]), {"role": "manager"}).status_code
        == 302
    )
    assert User.objects.get(pk=people.student.pk).role == "manager"


def test_who_signs_in_elsewhere_is_told_to_sign_in_again(client, people):
    people.student.set_unusable_password()
    people.student.save()
    client.force_login(people.student)
    assert "fresh sign-in" in client.get(reverse("account_reauthenticate")).content.decode()
