"""Inviting, and what the invited see."""

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Invitation, User
from accounts.services.invitations import end_invitation, make_invitation
from core.models import EventLog, OutgoingMail
from tests.accounts.services.test_invitations import mailed_token
from tests.accounts.views.test_auth import text
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SIGN_UP = {"name": "Imani Okafor", "password1": "a quiet lake in the morning", "time_zone": "Africa/Lagos"}


def test_an_admin_invites_by_mail_and_sees_it_in_the_list(client, people):
    client.force_login(people.admin)
    answer = client.post("/people/invitations/mail/", {"email": "Imani@example.org", "role": "manager"}, follow=True)
    assert "The invitation to Imani@example.org is on its way." in text(answer)
    assert "imani@example.org Ada Admin Manager, Open Manager 0 / 1" in text(answer)
    refused = client.post("/people/invitations/mail/", {"email": "imani", "role": "manager"})
    assert (refused.status_code, Invitation.objects.count()) == (422, 1)


def test_a_link_is_shown_once(client, people):
    client.force_login(people.admin)
    form = {"places": "3", "expires_at": "2030-01-01", "form_key": "k"}
    assert client.post("/people/invitations/link/", form).status_code == 422
    form |= {"expires_at": client.get("/people/invitations/").context["link"]["expires_at"].initial.isoformat()}
    first = client.post("/people/invitations/link/", form)
    again = client.post("/people/invitations/link/", form)
    assert ("/accounts/invitation/" in text(first), again.status_code, Invitation.objects.count()) == (True, 302, 1)
    assert first["Cache-Control"] == "no-store"


def test_ending_and_sending_again(client, people):
    made, _token = make_invitation(actor=people.admin, email="imani@example.org")
    client.force_login(people.admin)
    answer = client.post(f"/people/invitations/{made.public_id}/again/", follow=True)
    assert "The mail went out less than three minutes ago." in text(answer)
    client.post(f"/people/invitations/{made.public_id}/end/")
    assert "Ended" in text(client.get("/people/invitations/?state=ended"))
    client.force_login(people.teacher)
    assert client.post(f"/people/invitations/{made.public_id}/end/").status_code == 404
    assert client.get("/people/invitations/").status_code == 403


def test_looking_changes_nothing(client, people):
    _made, token = make_invitation(actor=people.admin, places=2)
    before = EventLog.objects.count()
    page = client.get(f"/accounts/invitation/{token}/")
    client.force_login(people.outsider)
    signed_in = client.get(f"/accounts/invitation/{token}/")
    assert "Ada Admin invites you." in text(page)
    assert "You are signed in as Oda Outsider (outsider@example.org)." in text(signed_in)
    assert (EventLog.objects.count(), Invitation.objects.get().taken.count()) == (before, 0)


def test_signed_in_one_button_takes_it(client, people):
    made, token = make_invitation(actor=people.admin, places=2)
    client.force_login(people.outsider)
    answer = client.post(f"/accounts/invitation/{token}/", follow=True)
    assert "You have accepted the invitation." in text(answer)
    assert [use.user for use in made.taken.all()] == [people.outsider]


def test_a_mailed_invitation_is_not_for_another_account(client, people):
    _made, token = make_invitation(actor=people.admin, email="imani@example.org")
    client.force_login(people.outsider)
    assert "is for another address" in text(client.get(f"/accounts/invitation/{token}/"))
    assert client.post(f"/accounts/invitation/{token}/").status_code == 409


def test_signing_up_by_a_mailed_invitation_signs_in_at_once(client, people, settings):
    settings.REGISTRATION_OPEN = False
    make_invitation(actor=people.admin, email="imani@example.org", role="manager")
    page = client.get(f"/accounts/invitation/{mailed_token()}/")
    assert 'value="imani@example.org"' in page.content.decode()
    answer = client.post(f"/accounts/invitation/{mailed_token()}/", SIGN_UP | {"email": "thief@example.org"})
    user = User.objects.get(email="imani@example.org")
    assert (answer.status_code, answer["Location"], user.role, user.time_zone) == (302, "/", "manager", "Africa/Lagos")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert EmailAddress.objects.get(user=user).verified


def test_signing_up_by_a_link_asks_to_confirm(client, people, django_capture_on_commit_callbacks):
    made, token = make_invitation(actor=people.admin, places=2)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"/accounts/invitation/{token}/", SIGN_UP | {"email": "imani@example.org"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert [use.user.email for use in made.taken.all()] == ["imani@example.org"]
    assert "_auth_user_id" not in client.session
    assert OutgoingMail.objects.get().recipients == ["imani@example.org"]


def test_a_link_does_not_tell_who_has_an_account(client, people):
    made, token = make_invitation(actor=people.admin, places=2)
    answer = client.post(f"/accounts/invitation/{token}/", SIGN_UP | {"email": people.student.email})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert made.taken.count() == 0


def test_who_has_an_account_signs_in_and_comes_back(client, people):
    _made, token = make_invitation(actor=people.admin, email=people.student.email)
    page = client.get(f"/accounts/invitation/{token}/")
    assert f"/accounts/login/?next=/accounts/invitation/{token}/" in page.content.decode()
    assert "You have an account with this address." in text(page)


def test_what_opens_nothing_says_what_to_do(client, people):
    made, token = make_invitation(actor=people.admin, places=2)
    end_invitation(actor=people.admin, invitation=made)
    ended, unknown = client.get(f"/accounts/invitation/{token}/"), client.get("/accounts/invitation/never/")
    assert (ended.status_code, unknown.status_code) == (410, 404)
    assert "This invitation was ended. Ask who sent it to you for a new one." in text(ended)
    assert client.post(f"/accounts/invitation/{token}/", SIGN_UP).status_code == 410


def test_the_list_asks_as_often_for_many_as_for_one(client, people):
    client.force_login(people.admin)
    counts = []
    for n in (1, 6):
        for _ in range(n):
            make_invitation(actor=people.admin, places=2)
        with CaptureQueriesContext(connection) as seen:
            client.get("/people/invitations/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_over_the_api(api, people):
    admin = api(people.admin)
    made = admin.post("/api/v1/invitations/", {"places": 3, "note": "Evening class"}, format="json")
    assert (made.status_code, made.json()["state"], made.json()["taken"]) == (201, "open", 0)
    token = made.json()["link"].rstrip("/").rpartition("/")[2]
    taken = api(people.outsider).post("/api/v1/invitations/accept/", {"token": token}, format="json")
    assert taken.json() == {"brings": [], "address": "/", "already": False}
    listed = admin.get("/api/v1/invitations/").json()["results"]
    assert [(row["note"], row["taken"], "link" in row) for row in listed] == [("Evening class", 1, False)]
    assert admin.delete(made["Location"]).status_code == 204
    gone = api(people.student).post("/api/v1/invitations/accept/", {"token": token}, format="json")
    assert (gone.status_code, gone.json()["code"]) == (410, "invitation_over")
    assert api(people.teacher).post("/api/v1/invitations/", {}, format="json").status_code == 403


def test_an_expired_link_of_somebody_who_took_it_leads_on(client, people):
    _made, token = make_invitation(actor=people.admin, places=1)
    client.force_login(people.outsider)
    client.post(f"/accounts/invitation/{token}/")
    assert client.get(f"/accounts/invitation/{token}/").status_code == 200
    client.force_login(UserFactory())
    assert client.get(f"/accounts/invitation/{token}/").status_code == 410
