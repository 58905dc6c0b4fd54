"""A course goes out: asked for by a form, made by a job, fetched by those who may."""

import io
import zipfile

import pytest
from django_tasks_db.models import DBTaskResult

from courses.models import ExportRun, Membership
from courses.services.exporting import start_export
from tests.courses.views.conftest import page

LIST_QUERIES = 6


@pytest.fixture
def teacher(sign_in, people, taught):
    return sign_in(people.teacher)


@pytest.mark.django_db(transaction=True)
def test_it_is_asked_for_made_and_fetched(teacher):
    shown = teacher.post(page("course-export", "statistics"))["Location"]
    text = teacher.get(shown).content.decode()
    assert ("The archive is ready." in text, "hx-get" in text) == (True, False)
    answer = teacher.get(f"{shown}download/")
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert answer["Content-Disposition"] == 'attachment; filename="statistics.zip"'
    assert answer["Cache-Control"] == "private, no-store"
    assert "statistics/course.toml" in packed.namelist()


def test_while_it_is_made_the_page_asks_again_and_the_download_leads_there(teacher, people, taught, settings):
    settings.JOBS_EAGER = False
    run = start_export(actor=people.teacher, course=taught.course)
    url = page("export-run", "statistics", run.public_id)
    text = teacher.get(url).content.decode()
    assert ("Waiting for its turn." in text, f'hx-get="{url}"' in text, f'href="{url}"' in text) == (True, True, True)
    piece = teacher.get(url, headers={"HX-Request": "true"}).content.decode()
    assert piece.strip().startswith('<div id="export"')
    assert teacher.get(f"{url}download/")["Location"] == url
    DBTaskResult.objects.filter(pk=run.job_id).update(status="FAILED")
    text = teacher.get(url).content.decode()
    assert ("tried several times and then given up" in text, "hx-get" in text) == (True, False)


def test_getting_the_page_starts_nothing(teacher):
    assert teacher.get(page("course-export", "statistics")).status_code == 200
    assert not ExportRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_may_no_longer_export_the_course_fetches_nothing(teacher, people, sign_in):
    shown = teacher.post(page("course-export", "statistics"))["Location"]
    others = [
        sign_in(getattr(people, name)).get(f"{shown}download/").status_code for name in ("student", "other_owner")
    ]
    Membership.objects.filter(user=people.teacher).update(role="assistant")
    file = ExportRun.objects.get().file
    statuses = [teacher.get(url).status_code for url in (shown, f"{shown}download/", file.get_absolute_url())]
    assert (others, statuses) == ([404, 404], [404, 404, 404])


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_however_long(queries, people, taught, count):
    for _ in range(count):
        ExportRun.objects.create(course=taught.course, user=people.owner, state="failed")
    assert queries(people.owner, page("course-export", "statistics")) == LIST_QUERIES
