import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.models import Course, ImportRun
from tests.courses.views.conftest import page

COURSE = """format = 1
id = "short"
code = "S 1"
title = "A short course"
summary = "One lesson."
language = "en-GB"
time_zone = "Europe/London"
"""
MODULE = 'id = "one"\ntitle = "One"\n'
LESSON = '+++\nid = "first"\ntitle = "First"\n+++\nSome words.\n'


def archive(**changes):
    files = {"course.toml": COURSE, "01-one/module.toml": MODULE, "01-one/01-first.md": LESSON} | changes
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return SimpleUploadedFile("short.zip", held.getvalue(), "application/zip")


@pytest.fixture
def owner(sign_in, people):
    return sign_in(people.owner)


def upload(client, content, key="k"):
    return client.post(page("course-import"), {"archive": content, "form_key": key})


@pytest.mark.django_db(transaction=True)
def test_a_course_comes_in_and_is_reported(owner):
    report = upload(owner, archive())["Location"]
    text = owner.get(report).content.decode()
    assert "3 new, 0 changed, 0 as before." in text
    assert Course.objects.get().title == "A short course"


@pytest.mark.django_db(transaction=True)
def test_a_broken_folder_is_told_by_file_and_line(owner):
    report = upload(owner, archive(**{"01-one/01-first.md": "no head"}))["Location"]
    text = owner.get(report).content.decode()
    assert ("01-one/01-first.md" in text, "Nothing was stored." in text) == (True, True)
    assert not Course.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifteen_equal_uploads_are_one_import(owner):
    answers = {upload(owner, archive())["Location"] for _ in range(15)}
    assert (len(answers), ImportRun.objects.count(), Course.objects.count()) == (1, 1, 1)


def test_while_it_waits_the_page_asks_again(owner, people, db):
    run = ImportRun.objects.create(user=people.owner, file=_stored(people.owner))
    url = page("import-report", run.public_id)
    text = owner.get(url).content.decode()
    assert f'hx-get="{url}"' in text
    assert f'href="{url}"' in text
    piece = owner.get(url, headers={"HX-Request": "true"}).content.decode()
    assert piece.strip().startswith('<div id="report"')


def _stored(user):
    from files.services import store_file  # noqa: PLC0415 -- only here

    return store_file(actor=user, content=archive().read(), name="short.zip")


def test_anothers_report_is_not_found(sign_in, people, db):
    run = ImportRun.objects.create(user=people.owner, file=_stored(people.owner))
    assert sign_in(people.other_owner).get(page("import-report", run.public_id)).status_code == 404


@pytest.mark.parametrize(
    "content",
    [None, SimpleUploadedFile("short.zip", b"no zip"), SimpleUploadedFile("short.exe", b"MZ")],
    ids=["none", "no zip", "exe"],
)
def test_what_is_no_course_is_refused(owner, content):
    answer = owner.post(page("course-import"), {"archive": content} if content else {})
    assert (answer.status_code, ImportRun.objects.exists()) == (422, False)


def test_students_import_nothing(sign_in, people):
    client = sign_in(people.student)
    assert [client.get(page("course-import")).status_code, upload(client, archive()).status_code] == [403, 403]


def test_a_course_goes_out_as_a_zip(owner, taught):
    answer = owner.get(page("course-export", "statistics"))
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert answer["Content-Disposition"] == 'attachment; filename="statistics.zip"'
    assert "course.toml" in {name.rpartition("/")[2] for name in packed.namelist()}
