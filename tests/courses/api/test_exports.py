import io
import zipfile

import pytest
from rest_framework.test import APIClient

from core.models import EventLog
from courses.models import ExportRun
from courses.services.exporting import start_export

URL = "/api/v1/courses/statistics/exports/"


def client_of(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.mark.django_db(transaction=True)
def test_a_program_has_an_archive_made_and_fetches_it(people, taught):
    client = client_of(people.teacher)
    answer = client.post(URL)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    found = client.get(answer["Location"]).json()
    run = ExportRun.objects.get()
    assert found == {
        "id": str(run.public_id),
        "course": "statistics",
        "state": "done",
        "message": "",
        "size": run.file.size,
        "download": f"/api/v1/exports/{run.public_id}/download/",
        "created_at": found["created_at"],
        "finished_at": found["finished_at"],
        "kept_until": found["kept_until"],
    }
    archive = client.get(found["download"])
    assert zipfile.ZipFile(io.BytesIO(b"".join(archive.streaming_content))).testzip() is None
    whole = client.get(found["download"], {"fields": "state"})
    assert (whole.status_code, len(b"".join(whole.streaming_content))) == (200, run.file.size)
    assert client.get(URL).json()["results"] == [found]
    fetched = EventLog.objects.filter(name="courses.CourseExportDownloaded")
    assert [(e.actor_id, e.body["export_id"]) for e in fetched] == [(people.teacher.pk, run.pk)] * 2


@pytest.mark.django_db(transaction=True)
def test_whoever_fetches_it_at_the_address_of_its_file_is_noted_too(people, taught, client):
    client_of(people.teacher).post(URL)
    run = ExportRun.objects.get()
    fetched = EventLog.objects.filter(name="courses.CourseExportDownloaded")
    client.force_login(people.owner)
    address = run.file.get_absolute_url()

    # What is asked before, and pieces after the first, are no other fetch.
    client.head(address)
    b"".join(client.get(address, headers={"Range": "bytes=9-"}).streaming_content)
    client.get(address, headers={"If-None-Match": f'"{run.file.sha256}"'})
    assert fetched.count() == 0
    b"".join(client.get(address, headers={"Range": "bytes=0-9"}).streaming_content)
    b"".join(client.get(address).streaming_content)
    assert [(e.actor_id, e.body["export_id"]) for e in fetched] == [(people.owner.pk, run.pk)] * 2
    client.force_login(people.student)
    assert (client.get(address).status_code, fetched.count()) == (404, 2)


def test_one_that_is_not_ready_says_so(people, taught, settings):
    settings.JOBS_EAGER = False
    client = client_of(people.owner)
    run = start_export(actor=people.owner, course=taught.course)
    assert client.post(URL).json()["id"] == str(run.public_id)
    answer = client.get(f"/api/v1/exports/{run.public_id}/download/")
    assert (answer.status_code, answer.json()["code"]) == (409, "export_not_ready")


def test_others_start_and_find_none(people, taught, settings):
    settings.JOBS_EAGER = False
    run = start_export(actor=people.owner, course=taught.course)
    statuses = {
        name: (
            client_of(getattr(people, name)).post(URL).status_code,
            client_of(getattr(people, name)).get(f"/api/v1/exports/{run.public_id}/").status_code,
        )
        for name in ("assistant", "student", "other_owner")
    }
    assert statuses == dict.fromkeys(("assistant", "student", "other_owner"), (403, 404))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_however_long(people, taught, django_assert_num_queries, count):
    for _ in range(count):
        ExportRun.objects.create(course=taught.course, user=people.owner, state="failed")
    client = client_of(people.owner)
    client.get(URL)
    with django_assert_num_queries(3):
        assert client.get(URL).json()["count"] == count
