"""Uploads as programs see them: tus 1.0, and JSON beside it."""

import base64
import hashlib

import pytest

from files import incoming
from files.models import StoredFile, Upload
from files.storage import incoming_folder
from tests.files.services.test_uploads import PNG, zipped

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = "/api/v1/uploads/"
PART = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


def text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def metadata(**values: str) -> dict[str, str]:
    return {"Upload-Metadata": ",".join(f"{name} {text(value)}" for name, value in values.items())}


@pytest.fixture
def owner(client, people):
    client.force_login(people.owner)
    return client


def create(client, content=PNG, **values):
    values = {"filename": "dot.png", "purpose": "lesson_media", **values}
    return client.post(ROOT, headers={**TUS, "Upload-Length": str(len(content)), **metadata(**values)})


def patch(client, address, content, offset, **headers):
    sent = {**TUS, "Upload-Offset": str(offset), **headers}
    return client.patch(address, content, content_type=PART, headers=sent)


class TestTus:
    def test_what_it_can_do_is_told(self, owner):
        answer = owner.options(ROOT)
        assert answer.status_code == 204
        assert {name: answer[name] for name in ("Tus-Version", "Tus-Resumable", "Tus-Extension", "Tus-Max-Size")} == {
            "Tus-Version": "1.0.0",
            "Tus-Resumable": "1.0.0",
            "Tus-Extension": "creation,expiration,checksum,termination",
            "Tus-Max-Size": str(1024**3),
        }
        assert answer["Tus-Checksum-Algorithm"] == "sha256,sha1,md5"

    def test_a_file_in_parts(self, owner):
        content = zipped()
        made = create(owner, content, filename="Übung 1.zip", sha256=hashlib.sha256(content).hexdigest())
        assert (made.status_code, made["Tus-Resumable"], "GMT" in made["Upload-Expires"]) == (201, "1.0.0", True)
        address = made["Location"]
        first = patch(owner, address, content[:70_000], 0)
        assert (first.status_code, first["Upload-Offset"], first.content) == (204, "70000", b"")
        head = owner.head(address, headers=TUS)
        assert (head.status_code, head["Upload-Offset"], head["Upload-Length"], head["Cache-Control"]) == (
            200,
            "70000",
            str(len(content)),
            "no-store",
        )
        assert patch(owner, address, content[70_000:], 70_000)["Upload-Offset"] == str(len(content))
        told = owner.get(address).json()
        file = StoredFile.objects.get()
        assert {name: told[name] for name in ("name", "state", "offset", "file", "code")} == {
            "name": "Übung 1.zip",
            "state": "done",
            "offset": len(content),
            "file": str(file.public_id),
            "code": "",
        }
        assert b"".join(owner.get(file.get_absolute_url()).streaming_content) == content

    def test_how_far_it_is_is_not_told_while_a_part_arrives(self, owner):
        address = create(owner)["Location"]
        with incoming.writing(Upload.objects.get().public_id):
            answer = owner.head(address, headers=TUS)
            assert (answer.status_code, answer.get("Upload-Offset")) == (423, None)
        assert owner.head(address, headers=TUS)["Upload-Offset"] == "0"

    def test_a_checksum_for_a_part(self, owner):
        address = create(owner)["Location"]
        right = text_of_digest(PNG)
        assert patch(owner, address, PNG[:-1] + b"x", 0, **{"Upload-Checksum": f"sha256 {right}"}).status_code == 460
        assert owner.head(address, headers=TUS)["Upload-Offset"] == "0"
        assert patch(owner, address, PNG, 0, **{"Upload-Checksum": f"sha256 {right}"}).status_code == 204

    def test_it_can_be_cancelled(self, owner):
        address = create(owner)["Location"]
        assert owner.delete(address, headers=TUS).status_code == 204
        assert (owner.head(address, headers=TUS).status_code, Upload.objects.count()) == (404, 0)

    @pytest.mark.parametrize(
        ("status", "code", "headers"),
        [
            (412, "tus_version", {"Tus-Resumable": "0.2.2", "Upload-Offset": "0"}),
            (400, "upload_offset_missing", {}),
            (400, "upload_offset_missing", {"Upload-Offset": "-1"}),
            (409, "upload_offset", {"Upload-Offset": "5"}),
            (400, "checksum_unreadable", {"Upload-Offset": "0", "Upload-Checksum": "crc32 AAAA"}),
            (400, "checksum_unreadable", {"Upload-Offset": "0", "Upload-Checksum": "sha256"}),
        ],
    )
    def test_what_is_refused(self, owner, status, code, headers):
        address = create(owner)["Location"]
        answer = owner.patch(address, PNG, content_type=PART, headers={**TUS, **headers})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert owner.get(address).json()["offset"] == 0

    def test_another_kind_of_body_is_refused(self, owner):
        address = create(owner)["Location"]
        answer = owner.patch(address, b"{}", content_type="application/json", headers={**TUS, "Upload-Offset": "0"})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
        answer = owner.patch(address, b"x", content_type="text/plain", headers={**TUS, "Upload-Offset": "0"})
        assert answer.status_code == 415

    @pytest.mark.parametrize(
        "headers",
        [
            {"Upload-Length": "x"},
            {"Upload-Length": "-1"},
            {"Upload-Defer-Length": "1"},
            {"Upload-Length": "5", "Upload-Metadata": "filename !!!"},
            {"Upload-Length": "5", "Upload-Metadata": ""},
            {"Upload-Length": str(2 * 1024**3)},
        ],
    )
    def test_what_cannot_be_begun(self, owner, headers):
        sent = {**TUS, **metadata(filename="a.mp4", purpose="lesson_media"), **headers}
        answer = owner.post(ROOT, headers=sent)
        assert (answer.status_code, Upload.objects.count(), bool(answer.json()["errors"])) == (400, 0, True)


class TestJson:
    def test_begun_and_listed(self, owner, people):
        made = owner.post(
            ROOT, {"name": "dot.png", "size": len(PNG), "purpose": "lesson_media"}, content_type="application/json"
        )
        assert (made.status_code, made.json()["state"], made.json()["token"]) == (201, "receiving", "")
        patch(owner, made["Location"], PNG, 0)
        listed = owner.get(ROOT).json()
        assert (listed["count"], listed["results"][0]["state"], bool(listed["results"][0]["token"])) == (
            1,
            "done",
            True,
        )

    def test_why_it_was_refused_is_told(self, owner):
        address = create(owner, b"<html>")["Location"]
        patch(owner, address, b"<html>", 0)
        told = owner.get(address).json()
        assert (told["state"], told["code"]) == ("refused", "file_type_mismatch")
        assert told["message"].startswith("The content of “dot.png”")


class TestWhoMay:
    def test_others_find_nothing(self, owner, people, client):
        address = create(owner)["Location"]
        for other in (people.teacher, people.admin):
            client.force_login(other)
            answers = [
                client.get(address),
                client.head(address, headers=TUS),
                patch(client, address, PNG, 0),
                client.delete(address),
            ]
            assert [answer.status_code for answer in answers] == [404] * 4
            assert client.get(ROOT).json()["count"] == 0

    def test_nobody_without_a_name(self, owner, client):
        address = create(owner)["Location"]
        client.logout()
        assert [client.get(ROOT).status_code, patch(client, address, PNG, 0).status_code] == [401, 401]

    def test_a_page_elsewhere_cannot_send_parts(self, people, owner):
        from django.test import Client  # noqa: PLC0415

        address = create(owner)["Location"]
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(people.owner)
        assert patch(strict, address, PNG, 0).status_code == 403

    def test_a_student_uploads_no_course(self, client, people):
        client.force_login(people.student)
        answer = create(client, zipped(), filename="c.zip", purpose="course_archive")
        assert answer.status_code == 403

    @pytest.mark.parametrize("headers", [{}, {"Upload-Length": "5"}])
    def test_a_student_uploads_nothing_for_lessons(self, client, people, headers):
        """Neither as JSON nor by tus; nothing is expected then."""
        client.force_login(people.student)
        values = {"name": "a.mp4", "size": 5, "purpose": "lesson_media"}
        sent = {**TUS, **metadata(filename="a.mp4", purpose="lesson_media"), **headers} if headers else {}
        answer = client.post(ROOT, values, content_type="application/json", headers=sent)
        told = answer.json()
        assert (answer.status_code, told["code"], told["title"]) == (403, "not_allowed", "You may not do this.")
        assert (Upload.objects.count(), list(incoming_folder().iterdir())) == (0, [])


def text_of_digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
