import pytest

pytestmark = pytest.mark.django_db

VALUES = {"name": "Sam S", "time_zone": "Asia/Kolkata", "theme": "dark", "reading_face": "sans"}


def test_one_changes_ones_profile(client, people):
    client.force_login(people.student)
    assert client.post("/profile/", VALUES)["Location"] == "/profile/"
    people.student.refresh_from_db()
    assert {k: getattr(people.student, k) for k in VALUES} == VALUES
    html = client.get("/profile/").content.decode()
    assert '<html lang="en-gb" dir="ltr" data-theme="dark" data-reading="sans"' in html


def test_visitors_sign_in_first(client):
    assert client.get("/profile/")["Location"] == "/accounts/login/?next=/profile/"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a" * 10_000}, "name"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"theme": "x"}, "theme"),
    ],
)
def test_what_cannot_be_used_is_said_and_kept(client, people, values, field):
    client.force_login(people.student)
    response = client.post("/profile/", VALUES | values)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    people.student.refresh_from_db()
    assert people.student.name == "Sam Student"


def test_nobody_raises_themselves(client, people):
    client.force_login(people.student)
    client.post("/profile/", VALUES | {"role": "admin", "email": "x@example.org"})
    people.student.refresh_from_db()
    assert (people.student.role, people.student.email) == ("student", "student@example.org")


def test_what_one_says_about_oneself_is_shown_as_text(client, people, taught):
    client.force_login(people.student)
    client.post("/profile/", VALUES | {"pronouns": "they/them", "bio": "<b>Hello</b>\r\nTwo lines"})
    client.force_login(people.teacher)
    html = client.get(f"/people/{people.student.public_id}/").content.decode()
    assert "<p>&lt;b&gt;Hello&lt;/b&gt;<br>Two lines</p>" in html
    assert "they/them" in html


def test_the_zone_of_the_browser_is_taken_with_one_button(client, people):
    client.force_login(people.student)
    answer = client.post("/profile/time-zone/", {"time_zone": "Europe/Berlin"}, follow=True)
    people.student.refresh_from_db()
    assert people.student.time_zone == "Europe/Berlin"
    assert "Times are now shown as in Europe/Berlin." in answer.content.decode()
    client.post("/profile/time-zone/", {"time_zone": "Mars"})
    people.student.refresh_from_db()
    assert people.student.time_zone == "Europe/Berlin"
