"""The page of invitations into a course, and its API."""

import pytest

from accounts.models import Invitation
from courses.services.invitations import invite_by_mail
from tests.accounts.views.test_auth import text

pytestmark = pytest.mark.django_db

URL = "/courses/statistics/people/invitations/"


@pytest.fixture(autouse=True)
def _mail_as_rows(settings):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"


def test_a_teacher_invites_a_list(client, people, taught):
    client.force_login(people.teacher)
    form = {"emails": "new@example.org\n\nstudent@example.org,\nbroken", "role": "student"}
    page = text(client.post(URL + "mail/", form))
    assert "new@example.org : Invited; the mail is on its way." in page
    assert "student@example.org : Is in the course already." in page
    assert "broken : Is no whole email address. Check it." in page
    assert [row.email for row in Invitation.objects.all()] == ["new@example.org"]
    assert client.post(URL + "mail/", {"emails": "", "role": "student"}).status_code == 422


def test_a_link_for_the_class_is_shown_once(client, people, taught):
    client.force_login(people.teacher)
    day = client.get(URL).context["link"]["expires_at"].initial.isoformat()
    form = {"places": "30", "expires_at": day, "note": "Evening class", "form_key": "k"}
    page = client.post(URL + "link/", form)
    assert "/accounts/invitation/" in text(page)
    assert client.post(URL + "link/", form)["Location"] == URL
    assert "Evening class Tariq Teacher Student, Open Student 0 / 30" in text(client.get(URL))


def test_ending_is_for_the_staff_of_the_course(client, people, taught):
    (verdict,) = invite_by_mail(actor=people.teacher, course=taught.course, emails=["new@example.org"])
    address = f"{URL}{verdict.invitation.invitation.public_id}/end/"
    for person, status in ((people.other_owner, 404), (people.assistant, 404), (people.owner, 302)):
        client.force_login(person)
        assert client.post(address).status_code == status
    assert Invitation.objects.get().state == "ended"


def test_over_the_api(client, people, taught):
    client.force_login(people.teacher)
    address = "/api/v1/courses/statistics/invitations/"
    made = client.post(address, {"email": "new@example.org", "role": "assistant"}, "application/json")
    assert (made.status_code, made.json()["role"], made.json()["link"]) == (201, "assistant", "")
    again = client.post(address, {"email": "new@example.org"}, "application/json")
    assert (again.status_code, again.json()["code"]) == (409, "invitation_not_needed")
    assert [row["email"] for row in client.get(address).json()["results"]] == ["new@example.org"]
    assert client.delete(made["Location"]).status_code == 204
    client.force_login(people.student)
    assert client.get(address).status_code == 403
