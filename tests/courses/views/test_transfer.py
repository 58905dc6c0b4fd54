import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tasks_db.models import DBTaskResult

from courses.models import Course, ImportRun
from courses.services.importing import start_import
from tests.courses.views.conftest import page

COURSE = """format = 1
id = "short"
code = "S 1"
title = "A short course"
summary = "One lesson."
language = "en-GB"
time_zone = "Europe/London"
"""
LIST_QUERIES = 5
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


def upload(client, content, key="k", **more):
    return client.post(page("course-import"), {"archive": content, "form_key": key, **more})


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


@pytest.mark.django_db(transaction=True)
def test_a_trial_run_is_reported_and_stores_nothing(owner):
    text = owner.get(upload(owner, archive(), trial="on")["Location"]).content.decode()
    assert "3 would be new, 0 changed, 0 as before. Nothing was stored." in text
    assert not Course.everything.exists()


def _report(people, **report):
    return ImportRun.objects.create(user=people.owner, file=_stored(people.owner), **report)


def _entry(number, **more):
    return {"kind": "lesson", "title": f"Lesson {number}", "source_id": str(number), "verdict": "created", **more}


def test_the_report_is_grouped_filtered_and_paged(owner, people, taught):
    block = {
        "kind": "word_cloud",
        "title": "Cloud",
        "verdict": "skipped",
        "reason": "It cannot be shown.",
        "module": "M",
    }
    place = {"lesson": str(taught.lesson.public_id), "block": str(taught.block.public_id), "where": "cloud/x.xml:1"}
    entries = [_entry(n, module="M") for n in range(120)] + [{**block, **place}]
    run = _report(people, state="done", course=taught.course, report={"entries": entries, "counts": {"lesson": 120}})
    url = page("import-report", run.public_id)
    first = owner.get(url).content.decode()
    assert (first.count("Lesson "), first.count(">M</h3>"), "Cloud" in first) == (100, 1, False)
    found = owner.get(url, {"show": "skipped"}).content.decode()
    edit = page("item-edit", "statistics", taught.lesson.public_id)
    assert f'href="{edit}#block-{taught.block.public_id}"' in found
    assert ("It cannot be shown." in found, "cloud/x.xml:1" in found, "Lesson 1" in found) == (True, True, False)
    assert owner.get(url, {"show": "nonsense", "page": "x"}).status_code == 200


def test_the_report_goes_out_as_a_table_without_formulas(owner, people):
    run = _report(people, state="done", report={"entries": [_entry(1, title="=1+1", reason='Say "so"')]})
    answer = owner.get(page("import-table", run.public_id))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "kind,title,source_id,verdict,reason,where,module",
        'lesson,\'=1+1,1,created,"Say ""so""",,',
    ]


def test_the_page_shows_how_far_it_is(owner, people):
    run = _report(people, state="running", stage="files", done=40, total=160)
    text = owner.get(page("import-report", run.public_id)).content.decode()
    assert ("Taking in the files" in text, 'value="25"' in text, "40 of 160" in text) == (True, True, True)


def test_one_that_waits_can_be_called_off(owner, people):
    run = _report(people)
    url = page("import-report", run.public_id)
    assert page("import-cancel", run.public_id) in owner.get(url).content.decode()
    assert owner.post(page("import-cancel", run.public_id))["Location"] == url
    assert "You called this import off." in owner.get(url).content.decode()
    again = owner.post(page("import-cancel", run.public_id), follow=True).content.decode()
    assert "it can no longer be called off" in again


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_imports_takes_the_same_queries_however_long(owner, people, django_assert_num_queries, count):
    for _ in range(count):
        _report(people)
    owner.get(page("course-import"))
    with django_assert_num_queries(LIST_QUERIES):
        text = owner.get(page("course-import")).content.decode()
    assert text.count("short.zip") == count


def test_a_file_that_is_too_large_or_of_another_kind_is_refused_at_once(owner, settings):
    settings.FILE_LIMITS = {**settings.FILE_LIMITS, "archive": 100}
    answer = upload(owner, archive())
    assert (answer.status_code, "is too large. The limit for such files is 100" in answer.content.decode()) == (
        422,
        True,
    )
    answer = upload(owner, SimpleUploadedFile("course.png", b"x"))
    assert "is no archive that can be read here. Possible are: .zip, .gz" in answer.content.decode()


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


def test_an_import_that_broke_off_says_that_it_is_tried_again_and_one_given_up_says_so(owner, people, settings):
    settings.JOBS_EAGER = False
    run = start_import(actor=people.owner, file=_stored(people.owner))
    ImportRun.objects.filter(pk=run.pk).update(state="running")
    url = page("import-report", run.public_id)
    job = DBTaskResult.objects.filter(pk=run.job_id)
    job.update(worker_ids=["one"], status="READY")
    text = owner.get(url).content.decode()
    assert ("This broke off and is tried again." in text, "It was begun 1 time." in text, "hx-get" in text) == (
        True,
        True,
        True,
    )
    job.update(status="FAILED")
    text = owner.get(url).content.decode()
    assert ("tried several times and then given up" in text, "hx-get" in text) == (True, False)
