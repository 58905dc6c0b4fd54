import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from courses.models import Course, ImportRun
from tests.courses.formats.test_broken_folders import HEAD, LESSON, SOUND
from tests.courses.services.test_importing import zip_of
from tests.factories.files import stored

URL = "/api/v1/imports/"


def client_of(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def upload(client, files=SOUND, **more):
    archive = SimpleUploadedFile("graphs.zip", zip_of(files), "application/zip")
    return client.post(URL, {"file": archive, **more}, format="multipart", headers={"Idempotency-Key": "one"})


@pytest.mark.django_db(transaction=True)
def test_a_program_imports_a_course_and_asks_what_became_of_it(people):
    client = client_of(people.owner)
    answer = upload(client)
    assert (answer.status_code, answer.json()["file"]) == (201, "graphs.zip")
    found = client.get(answer["Location"]).json()
    assert {name: found[name] for name in ("state", "format", "course", "created", "problems", "counts")} == {
        "state": "done",
        "format": "folder",
        "course": "graphs",
        "created": 3,
        "problems": {},
        "counts": {"module": 1, "lesson": 1, "section": 1, "text": 1},
    }
    entries = client.get(answer["Location"] + "entries/", {"verdict": "created", "page_size": 2}).json()
    assert (entries["count"], [entry["kind"] for entry in entries["results"]]) == (3, ["course", "module"])
    assert upload(client)["Idempotent-Replay"] == "true"
    assert (ImportRun.objects.count(), client.get(URL).json()["count"]) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_trial_over_the_api_stores_nothing(people):
    client = client_of(people.owner)
    found = client.get(upload(client, trial="true")["Location"]).json()
    assert (found["trial"], found["state"], found["course"], found["created"]) == (True, "done", None, 3)
    assert not Course.everything.exists()


@pytest.mark.django_db(transaction=True)
def test_a_refused_archive_is_told_by_file_and_line(people):
    client = client_of(people.owner)
    found = client.get(upload(client, {**SOUND, LESSON: HEAD + ":::\n"})["Location"]).json()
    assert (found["state"], found["problems"]) == (
        "failed",
        {f"{LESSON}:5": ["This line ends a block, but none is open."]},
    )


def test_what_is_no_file_is_refused(people):
    client = client_of(people.owner)
    assert client.post(URL, {"file": "course"}, format="multipart").json()["errors"].keys() == {"file"}
    assert client.post(URL, {"file": "course"}, format="json").status_code == 415


def test_others_do_not_find_it_and_students_start_none(people, db):
    run = ImportRun.objects.create(user=people.owner, file=stored(name="unused.png"))
    assert client_of(people.other_owner).get(f"{URL}{run.public_id}/").status_code == 404
    assert upload(client_of(people.student)).status_code == 403


def test_one_that_waits_is_called_off_once(people, db):
    run = ImportRun.objects.create(user=people.owner, file=stored(name="unused.png"))
    client = client_of(people.owner)
    states = [client.post(f"{URL}{run.public_id}/cancel/").status_code for _ in range(2)]
    assert states == [200, 409]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_however_long(people, db, django_assert_num_queries, count):
    for _ in range(count):
        ImportRun.objects.create(user=people.owner, file=stored(name="unused.png"))
    client = client_of(people.owner)
    with django_assert_num_queries(2):
        assert client.get(URL).json()["count"] == count
