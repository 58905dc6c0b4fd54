"""Uploads straight to the bucket as programs see them."""

import httpx
import pytest

from files.models import Upload
from files.services import uploads
from files.storage.bucket import Bucket
from tests.files.services.test_direct import PART, archive

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = "/api/v1/uploads/"


@pytest.fixture(autouse=True)
def _direct(settings, bucket_place, monkeypatch):
    settings.DIRECT_UPLOADS_FROM_BYTES = 1024**2
    monkeypatch.setattr(uploads, "PART_BYTES", PART)


@pytest.fixture
def owner(client, people):
    client.force_login(people.owner)
    return client


def ask(client, address: str, **body):
    return client.post(address, body, content_type="application/json")


def begun(client, content: bytes) -> dict:
    return ask(client, ROOT, name="a.zip", size=len(content), purpose="lesson_media").json()


def test_the_whole_way(owner):
    content = archive()
    told = begun(owner, content)
    assert told["direct"] == {"part_size": PART, "parts": 3}
    address = f"{ROOT}{told['id']}/"
    assert owner.get(f"{address}parts/").json() == {"parts": []}
    answer = ask(owner, f"{address}parts/", numbers=[1, 2, 3])
    assert (answer.status_code, answer["Cache-Control"], set(answer.json())) == (
        200,
        "no-store",
        {"parts", "expires_at"},
    )
    etags = {}
    for part in answer.json()["parts"]:
        piece = content[(part["number"] - 1) * PART :][: part["size"]]
        etags[part["number"]] = httpx.put(part["address"], content=piece).headers["ETag"]
    arrived = owner.get(f"{address}parts/").json()["parts"]
    assert {part["number"]: part["etag"] for part in arrived} == etags
    named = [{"number": number, "etag": etag} for number, etag in etags.items()]
    for _twice in range(2):
        answer = ask(owner, f"{address}complete/", parts=named)
        assert answer.status_code == 200
    told = owner.get(address).json()
    assert (told["state"], told["direct"], told["offset"]) == ("done", None, len(content))
    assert owner.head(address)["Upload-Offset"] == str(len(content))
    assert owner.get(f"{address}parts/").json()["code"] == "upload_over"


def test_programs_of_tus_hear_of_it_too(owner):
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(PART),
        "Upload-Metadata": "filename YS56aXA=,purpose bGVzc29uX21lZGlh",
    }
    assert owner.post(ROOT, headers=headers).json()["direct"] == {"part_size": PART, "parts": 1}


def test_a_small_file_comes_through_the_site(owner):
    told = begun(owner, b"x" * 1000)
    assert told["direct"] is None
    answer = ask(owner, f"{ROOT}{told['id']}/parts/", numbers=[1])
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_not_direct")


@pytest.mark.parametrize("numbers", [[], [0], list(range(1, 102)), ["a"], None])
def test_numbers_that_are_none(owner, numbers):
    address = f"{ROOT}{begun(owner, archive())['id']}/parts/"
    assert ask(owner, address, numbers=numbers).status_code == 400
    assert not Upload.objects.exclude(bucket_upload="").exists()


def test_somebody_elses_is_not_there(owner, people, client):
    address = f"{ROOT}{begun(owner, archive())['id']}/"
    for person in (people.other_owner, people.student):
        client.force_login(person)
        found = [
            client.get(f"{address}parts/"),
            ask(client, f"{address}parts/", numbers=[1]),
            ask(client, f"{address}complete/", parts=[{"number": 1, "etag": "a"}]),
        ]
        assert [answer.status_code for answer in found] == [404, 404, 404]


def test_cancelled_it_is_gone(owner, bucket_place):
    address = f"{ROOT}{begun(owner, archive())['id']}/"
    ask(owner, f"{address}parts/", numbers=[1])
    bucket: Bucket = bucket_place.bucket
    assert len(bucket.client.list_multipart_uploads(Bucket=bucket.name)["Uploads"]) == 1
    assert owner.delete(address).status_code == 204
    assert "Uploads" not in bucket.client.list_multipart_uploads(Bucket=bucket.name)
    assert ask(owner, f"{address}parts/", numbers=[1]).status_code == 404
