"""The pages around a change of address."""

import re

import pytest

from accounts.models import EmailChange
from core.models import OutgoingMail
from tests.accounts.views.test_auth import sign_in, text

pytestmark = pytest.mark.django_db

CHANGE = "/profile/security/email/"


def links(mail: OutgoingMail) -> list[str]:
    return re.findall(r"http://127\.0\.0\.1:8000(/accounts/email/\S+)", mail.text)


@pytest.fixture
def asked(client, people, confirm):
    confirm(people.student)
    sign_in(client, "student@example.org")
    response = client.post(CHANGE, {"email": "new@example.org"})
    assert (response.status_code, response["Location"]) == (302, "/profile/security/")
    return list(OutgoingMail.objects.order_by("id"))


def test_both_mails_lead_to_the_change(client, asked, people):
    assert "It is to become new@example.org" in text(client.get("/profile/security/"))
    client.logout()
    for path in (links(asked[0])[0], links(asked[1])[0]):
        page = client.get(path)
        assert (page.status_code, "Is that what you want?" in text(page)) == (200, True)
    assert EmailChange.objects.get().new_said_yes_at is None
    assert "One mail is left to open" in text(client.post(links(asked[1])[0]))
    assert "From now on you sign in with new@example.org" in text(client.post(links(asked[0])[0]))
    assert sign_in(client, "new@example.org")["Location"] == "/"


def test_a_no_leads_to_a_new_password(client, asked):
    no = links(asked[0])[1]
    assert "it stays as it is" in text(client.get(no))
    answer = client.post(no)
    assert "/accounts/password/reset/" in answer.content.decode()
    late = client.post(links(asked[1])[0])
    assert (late.status_code, "This link cannot be used" in text(late)) == (409, True)


def test_it_is_called_off_on_the_page(client, asked):
    client.post("/profile/security/email/off/")
    assert "Change email" in text(client.get("/profile/security/"))
    assert EmailChange.objects.get().ended_at is not None


@pytest.mark.parametrize(
    "email", ["", "imani", "a" * 300 + "@example.org", "a@b@c.org", "sam@exаmple.org", "a\u202eb@example.org"]
)
def test_what_cannot_be_an_address_is_said_at_its_field(client, people, confirm, email):
    confirm(people.student)
    sign_in(client, "student@example.org")
    response = client.post(CHANGE, {"email": email})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["email"])
    assert EmailChange.objects.count() == 0


def test_who_has_not_proved_who_they_are_is_asked_first(client, people):
    client.force_login(people.student)
    session = client.session
    session.pop("proved_at", None)
    session.save()
    assert client.get(CHANGE)["Location"].startswith("/accounts/reauthenticate/")
