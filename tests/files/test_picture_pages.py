"""One's own picture: the form, the API, and who is served it."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html
from rest_framework.test import APIClient

from files.services.pictures import set_picture
from tests.files.services.test_pictures import picture

pytestmark = pytest.mark.django_db


def upload(data: bytes, name: str = "me.png") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, data)}


def test_the_form_gives_and_takes_it_away(client, people, taught):
    client.force_login(people.student)
    page = client.post("/profile/picture/", upload(picture()), follow=True).content.decode()
    people.student.refresh_from_db()
    assert people.student.picture.endswith("/picture.webp")
    assert page.count(f'<img src="{people.student.picture}" alt=""') == 2
    assert "Your picture is shown from now on." in page
    page = client.post("/profile/picture/remove/", follow=True).content.decode()
    assert "picture.webp" not in page


def test_what_is_no_picture_is_said_at_the_field(client, people):
    client.force_login(people.student)
    for sent, sentence in [
        (upload(b"<svg/>", "me.svg"), "This is no picture in PNG, JPEG, WebP or GIF. Choose one that is."),
        ({}, "Choose a picture first."),
    ]:
        answer = client.post("/profile/picture/", sent)
        page = html.fromstring(answer.content)
        field = page.get_element_by_id("picture-file")
        told = [page.get_element_by_id(part).text_content().strip() for part in field.get("aria-describedby").split()]
        assert (answer.status_code, field.get("aria-invalid"), told[1]) == (422, "true", sentence)
    assert 'aria-invalid="true"' not in client.get("/profile/picture/").content.decode()


def test_it_is_served_to_those_who_may_see_the_person(client, people, taught):
    user = set_picture(actor=people.student, user=people.student, content=io.BytesIO(picture()))

    def status() -> int:
        answer = client.get(user.picture)
        if answer.streaming:
            list(answer.streaming_content)
        return answer.status_code

    seen = {}
    for name in ("student", "teacher", "admin", "other_owner", "other_student", "outsider"):
        client.force_login(getattr(people, name))
        seen[name] = status()
    client.logout()
    seen["visitor"] = status()
    assert seen == {
        "student": 200,
        "teacher": 200,
        "admin": 200,
        "other_owner": 404,
        "other_student": 404,
        "outsider": 404,
        "visitor": 404,
    }


def test_lists_show_it_without_a_query_more(client, people, taught):
    pages = {
        people.admin: "/people/",
        people.teacher: "/courses/statistics/people/",
        people.owner: f"/people/{people.student.public_id}/",
    }
    counts: dict[str, list[int]] = {address: [] for address in pages.values()}
    for _round in range(2):
        for viewer, address in pages.items():
            client.force_login(viewer)
            with CaptureQueriesContext(connection) as seen:
                client.get(address)
            counts[address].append(len(seen))
        user = set_picture(actor=people.student, user=people.student, content=io.BytesIO(picture()))
    assert {address: one == two for address, (one, two) in counts.items()} == dict.fromkeys(counts, True)
    for viewer, address in pages.items():
        client.force_login(viewer)
        html = client.get(address).content.decode()
        assert (address, user.picture in html) == (address, True)


def test_over_the_api(people):
    api = APIClient()
    api.force_authenticate(people.student)
    by_form = api.put("/api/v1/me/picture/", upload(picture()), format="multipart")
    raw = api.generic("PUT", "/api/v1/me/picture/", picture(colour="red"), content_type="image/png")
    assert (by_form.status_code, raw.status_code) == (200, 200)
    assert by_form.json()["picture"] != raw.json()["picture"]
    people.student.refresh_from_db()
    assert raw.json() == {"picture": people.student.picture}
    refused = api.generic("PUT", "/api/v1/me/picture/", b"no", content_type="image/png")
    assert (refused.status_code, refused.json()["code"]) == (400, "picture_type")
    assert api.put("/api/v1/me/picture/", {"file": "text"}, format="multipart").status_code == 400
    assert api.delete("/api/v1/me/picture/").status_code == 204
