import time

import pytest
from django.http import HttpResponse
from django.urls import reverse

from accounts.models import ApiKey, Device, Invitation, User

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


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("keys", {"name": "Mine", "scopes": "people:write", "expires_on": "2099-01-01"}),
        ("devices-end-others", {}),
        ("devices-end-all", {}),
        ("person-new", {"name": "Eve", "email": "eve@example.org", "role": "admin"}),
        ("invitation-mail", {"email": "eve@example.org", "role": "manager"}),
    ],
)
def test_what_waits_for_a_proof(stale, people, name, form):
    address = reverse(f"accounts:{name}")
    sent = stale.post(address, form)
    assert sent["Location"] == f"/accounts/reauthenticate/?next={address.replace('/', '%2F')}"
    assert (Device.objects.open().count(), ApiKey.objects.count(), Invitation.objects.count()) == (1, 0, 0)
    assert not User.objects.filter(email="eve@example.org").exists()


def test_signing_another_device_out_waits_and_this_one_does_not(stale, people):
    this = Device.objects.get()
    other = Device.objects.create(user=people.admin, kind="browser")
    waits = stale.post(reverse("accounts:device-end", args=[other.public_id]))
    assert waits["Location"].startswith("/accounts/reauthenticate/")
    assert stale.post(reverse("accounts:device-end", args=[this.public_id]))["Location"] == "/profile/devices/"
    assert list(Device.objects.open()) == [other]


def test_a_new_student_needs_no_proof(stale):
    stale.post(reverse("accounts:person-new"), {"name": "Nia", "email": "nia@example.org", "role": "student"})
    assert User.objects.filter(email="nia@example.org", role="student").exists()


def test_everywhere_is_signed_out_after_the_proof(stale):
    sent = stale.post(reverse("accounts:devices-end-all"))
    stale.post(sent["Location"], {"password": "a long enough password"})
    assert (Device.objects.open().count(), stale.get("/profile/").status_code) == (0, 302)


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
