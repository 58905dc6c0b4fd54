"""One's own picture: the form, the API, and who is served it."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html
from PIL import Image
from rest_framework.test import APIClient

from core.errors import Invalid
from files import storage
from files.models import StoredFile, Upload, Usage
from files.services.kept import keep_file
from files.services.pictures import set_picture
from files.services.portraits import SIDE
from files.services.sent import token_of
from files.services.sharing import share_with
from files.services.spaces import space_of
from files.services.uploads import receive_part, start_upload
from tests.factories.files import bytes_of, png, stored
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


def keep(person, name, content):
    return keep_file(actor=person, space=space_of("person", person.pk), stored=stored(content, name, person)).file


def sent_in_parts(person, data: bytes, name: str = "me.png") -> str:
    """What a form names the finished upload by."""
    upload = start_upload(actor=person, purpose="avatar", name=name, size=len(data))
    receive_part(actor=person, upload=upload, offset=0, content=io.BytesIO(data))
    return token_of(upload)


class TestKept:
    def test_one_is_made_into_the_picture_and_stays_as_it_is(self, client, people):
        kept = keep(people.student, "me.png", picture())
        client.force_login(people.student)
        answer = client.post("/profile/picture/", {"file-kept": f"https://x.example{kept.get_absolute_url()}"})
        assert answer.status_code == 302
        people.student.refresh_from_db()
        made = StoredFile.objects.get(usages__owner_kind="avatar", usages__owner_id=people.student.pk)
        assert made.get_absolute_url() == people.student.picture
        assert Image.open(io.BytesIO(bytes_of(made))).size == (SIDE, SIDE)
        assert made != kept.current.stored
        assert bytes_of(kept.current.stored) == picture()

    def test_what_somebody_shares_may_be_chosen(self, client, people, taught):
        kept = keep(people.teacher, "class.png", picture())
        share_with(actor=people.teacher, entry=kept, kind="person", audience_id=people.student.pk)
        client.force_login(people.student)
        assert client.post("/profile/picture/", {"file-kept": kept.get_absolute_url()}).status_code == 302

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("notes.md", b"# Notes\n", "“notes.md” cannot be used here. Possible are: .png, .jpg, .jpeg, .webp, .gif."),
            ("me.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "“me.svg” cannot be used here."),
            ("large.png", png(6000, 5000), "The picture has 6000 × 5000 pixels."),
        ],
        ids=["text", "drawing", "pixels"],
    )
    def test_what_is_no_picture_for_it_is_said_where_it_was_chosen(self, client, people, name, content, sentence):
        address = keep(people.student, name, content).get_absolute_url()
        client.force_login(people.student)
        answer = client.post("/profile/picture/", {"file-kept": address})
        page = html.fromstring(answer.content)
        field = page.get_element_by_id("picture-file_kept")
        told = page.get_element_by_id(field.get("aria-describedby")).text_content()
        assert (answer.status_code, field.get("value"), sentence in told) == (422, address, True)
        assert page.get_element_by_id("picture-file").get("aria-invalid") is None
        assert page.xpath('//a[@href="#picture-file_kept"]')
        people.student.refresh_from_db()
        assert people.student.picture == ""

    @pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
    def test_what_one_may_not_see_is_refused(self, client, people, whose):
        theirs = keep(people.teacher, "secret.png", picture()).get_absolute_url()
        client.force_login(people.student)
        answer = client.post("/profile/picture/", {"file-kept": theirs if whose == "somebody else's" else "me.png"})
        assert answer.status_code == 422
        assert "There is no file at this address that you may see." in answer.content.decode()
        assert not Usage.objects.filter(owner_kind="avatar").exists()

    def test_a_file_that_is_sent_counts_more(self, client, people):
        client.force_login(people.student)
        assert client.post("/profile/picture/", {**upload(picture()), "file-kept": "nowhere"}).status_code == 302

    def test_one_that_is_lost_is_said(self, client, people):
        kept = keep(people.student, "me.png", picture())
        storage.remove(kept.current.stored.storage_key)
        client.force_login(people.student)
        answer = client.post("/profile/picture/", {"file-kept": kept.get_absolute_url()})
        assert (answer.status_code, "This file is lost in storage." in answer.content.decode()) == (422, True)

    def test_the_form_offers_pictures_alone(self, client, people):
        keep(people.student, "me.png", picture())
        keep(people.student, "notes.md", b"# Notes\n")
        client.force_login(people.student)
        for address in ("/profile/", "/profile/picture/"):
            page = html.fromstring(client.get(address).content)
            [picker] = page.xpath('//*[@data-module="file-picker"]')
            offered = client.get(picker.get("data-list")).content.decode()
            assert ("me.png" in offered, "notes.md" in offered) == (True, False)
            [control] = page.xpath('//input[@type="file"]')
            assert (control.get("data-upload"), control.get("required")) == ("avatar", None)


@pytest.mark.django_db(transaction=True)
class TestInParts:
    def test_an_upload_is_used_and_not_kept(self, client, people):
        token = sent_in_parts(people.student, picture())
        client.force_login(people.student)
        assert client.post("/profile/picture/", {"file-upload": token}).status_code == 302
        people.student.refresh_from_db()
        assert people.student.picture.endswith("/picture.webp")
        assert (Upload.objects.count(), [file.name for file in StoredFile.objects.all()]) == (0, ["picture.webp"])

    def test_somebody_elses_is_refused_and_stays_theirs(self, client, people):
        token = sent_in_parts(people.teacher, picture())
        client.force_login(people.student)
        answer = client.post("/profile/picture/", {"file-upload": token})
        assert (answer.status_code, Upload.objects.count()) == (422, 1)
        assert "The uploaded file is not here any more." in answer.content.decode()

    def test_what_is_refused_goes_and_is_not_named_again(self, client, people):
        token = sent_in_parts(people.student, png(6000, 5000))
        client.force_login(people.student)
        answer = client.post("/profile/picture/", {"file-upload": token}).content.decode()
        assert ("The picture has 6000 × 5000 pixels." in answer, "data-kept" in answer) == (True, False)
        assert (Upload.objects.count(), StoredFile.objects.count()) == (0, 0)

    def test_one_that_is_not_there_yet_is_named_again(self, client, people):
        token = token_of(start_upload(actor=people.student, purpose="avatar", name="me.png", size=9))
        client.force_login(people.student)
        answer = client.post("/profile/picture/", {"file-upload": token})
        assert (answer.status_code, f'value="{token}"' in answer.content.decode()) == (422, True)

    @pytest.mark.parametrize("name", ["notes.md", "me.svg", "me.pdf"])
    def test_others_than_pictures_are_refused_before_a_byte_is_sent(self, people, name):
        with pytest.raises(Invalid) as refused:
            start_upload(actor=people.student, purpose="avatar", name=name, size=9)
        assert refused.value.code == "file_type_unknown"

    def test_over_the_api(self, people):
        api = APIClient()
        api.force_authenticate(people.student)
        token = sent_in_parts(people.student, picture())
        answer = api.put("/api/v1/me/picture/", {"upload": token}, format="json")
        people.student.refresh_from_db()
        assert (answer.status_code, answer.json()) == (200, {"picture": people.student.picture})
        again = api.put("/api/v1/me/picture/", {"upload": token}, format="json")
        assert (again.status_code, again.json()["code"]) == (400, "no_such_upload")


def test_programs_name_a_kept_file_by_its_id(people):
    api = APIClient()
    api.force_authenticate(people.student)

    def put(body):
        answer = api.put("/api/v1/me/picture/", body, format="json")
        return answer.status_code, answer.json().get("code")

    assert put({"kept": str(keep(people.student, "me.png", picture()).public_id)}) == (200, None)
    assert put({"kept": str(keep(people.student, "notes.md", b"# Notes\n").public_id)}) == (400, "file_type_unknown")
    assert put({"kept": str(keep(people.teacher, "me.png", picture()).public_id)}) == (400, "no_such_file")
    assert put({"kept": "me.png"}) == (400, "invalid")
    assert put({}) == (400, "invalid")
    assert put([]) == (400, "not_an_object")
