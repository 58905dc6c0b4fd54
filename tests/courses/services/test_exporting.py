"""Archives of courses: one at a time, ended once whatever happens, gone after some days."""

import io
import tempfile
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from core.errors import NotAllowed
from core.models import EventLog
from core.worker import MAX_ATTEMPTS, Worker
from courses.models import Course, ExportRun, ImportRun, Membership
from courses.services import exporting
from courses.services.content import add_block
from courses.services.course import bin_course
from courses.services.exporting import MOST_STARTS, remove_old_exports, run_export, start_export
from courses.services.importing import start_import
from files import storage
from files.models import StoredFile
from files.services import opened, store_file
from files.services.store import remove_unused_files
from tests.courses.formats.test_broken_folders import SOUND
from tests.courses.services.test_importing import zip_of
from tests.factories.files import bytes_of, png

WRITE = "courses.services.exporting.zip_of"


@pytest.fixture
def lazy(settings):
    """No worker takes up what is queued."""
    settings.JOBS_EAGER = False


def facts(name):
    return list(EventLog.objects.filter(name=f"courses.{name}").order_by("pk").values_list("actor_id", "body"))


def ended(run):
    run = ExportRun.objects.get(pk=run.pk)
    return run.state, run.message.split(".")[0]


@pytest.mark.usefixtures("lazy")
def test_a_second_request_while_one_is_made_joins_it(people, taught):
    first = start_export(actor=people.owner, course=taught.course)
    assert start_export(actor=people.teacher, course=taught.course) == first
    run_export(run=first)
    assert start_export(actor=people.teacher, course=taught.course) != first
    body = {"course_id": taught.course.pk, "export_id": first.pk}
    assert facts("CourseExportAsked")[0] == (people.owner.pk, body)
    assert facts("CourseExportFinished") == [(people.owner.pk, {**body, "state": "done"})]


@pytest.mark.usefixtures("lazy")
@pytest.mark.parametrize("name", ["assistant", "observer", "student", "outsider", "other_owner"])
def test_who_writes_no_course_has_none_made(people, taught, name):
    with pytest.raises(NotAllowed):
        start_export(actor=getattr(people, name), course=taught.course)


@pytest.mark.usefixtures("lazy")
def test_rights_are_asked_again_when_it_runs(people, taught):
    run = start_export(actor=people.teacher, course=taught.course)
    Membership.objects.filter(user=people.teacher).update(role="observer")
    run_export(run=run)
    assert ended(run) == ("failed", "The person who asked for it may not export this course any more")


@pytest.mark.usefixtures("lazy")
def test_what_nobody_expected_ends_it_and_says_so(people, taught, monkeypatch):
    run = start_export(actor=people.owner, course=taught.course)
    monkeypatch.setattr(WRITE, lambda *arguments: 1 / 0)
    run_export(run=run)
    assert ended(run) == ("failed", "Something went wrong here")
    assert facts("CourseExportFinished")[0][1]["state"] == "failed"


@pytest.mark.usefixtures("lazy")
def test_a_database_that_is_away_is_tried_again_but_not_for_ever(people, taught, monkeypatch):
    def away(*arguments):
        raise OperationalError("locked")

    run = start_export(actor=people.owner, course=taught.course)
    monkeypatch.setattr(WRITE, away)
    for _ in range(MOST_STARTS):
        with pytest.raises(OperationalError):
            run_export(run=run)
        assert ended(run)[0] == "running"
    run_export(run=run)
    assert ended(run)[0] == "failed"


@pytest.mark.usefixtures("lazy")
@pytest.mark.parametrize("kind", ["import", "export"])
def test_a_job_that_is_given_up_ends_its_run(people, taught, monkeypatch, kind):
    task = {"import": "courses.tasks.run_import", "export": "courses.services.exporting.run_export"}[kind]

    def broken(**arguments):
        raise RuntimeError("no such module")

    monkeypatch.setattr(task, broken)
    if kind == "import":
        file = store_file(actor=people.owner, content=zip_of(SOUND), name="graphs.zip")
        run = start_import(actor=people.owner, file=file)
    else:
        run = start_export(actor=people.owner, course=taught.course)
    DBTaskResult.objects.filter(pk=run.job_id).update(worker_ids=["x"] * (MAX_ATTEMPTS - 1))
    Worker(name="last").drain()
    run.refresh_from_db()
    assert run.state == "failed"
    given_up = EventLog.objects.get(name="core.JobGivenUp")
    assert given_up.body["job_id"] == str(run.job_id)


@pytest.mark.usefixtures("lazy")
def test_one_whose_job_is_gone_is_no_longer_in_the_way(people, taught):
    lost = start_export(actor=people.owner, course=taught.course)
    DBTaskResult.objects.filter(pk=lost.job_id).delete()
    fresh = start_export(actor=people.owner, course=taught.course)
    assert (ended(lost)[0], fresh.state, fresh != lost) == ("failed", "queued", True)


@pytest.mark.usefixtures("lazy")
def test_after_some_days_row_and_bytes_are_gone(people, taught, settings):
    run = run_export(run=start_export(actor=people.owner, course=taught.course))
    settings.EXPORT_DAYS = 2
    assert remove_old_exports() == 0
    ExportRun.objects.update(finished_at=timezone.now() - timedelta(days=3))
    key = run.file.storage_key
    assert (remove_old_exports(), storage.exists(key)) == (1, True)
    StoredFile.objects.update(updated_at=timezone.now() - timedelta(days=2))
    remove_unused_files()
    assert (ExportRun.objects.exists(), StoredFile.objects.exists(), storage.exists(key)) == (False, False, False)


@pytest.mark.usefixtures("lazy")
def test_what_goes_out_and_comes_in_goes_out_the_same(people, taught):
    first = run_export(run=start_export(actor=people.owner, course=taught.course))
    data = bytes_of(first.file)
    upload = SimpleUploadedFile("statistics.zip", data, "application/zip")
    bin_course(actor=people.owner, course=taught.course)
    Course.everything.filter(pk=taught.course.pk).update(slug="before")
    file = store_file(actor=people.owner, content=upload, name="statistics.zip")
    start_import(actor=people.owner, file=file)
    Worker(name="one").drain()
    assert ImportRun.objects.get().state == "done"
    owner = User.objects.get(pk=people.owner.pk)
    second = run_export(run=start_export(actor=owner, course=Course.objects.get(slug="statistics")))
    with (
        opened(second.file) as one,
        opened(first.file) as two,
        zipfile.ZipFile(one) as packed,
        zipfile.ZipFile(two) as before,
    ):
        names = packed.namelist()
        assert names == before.namelist()
        assert [packed.read(name) for name in names] == [before.read(name) for name in names]


@pytest.mark.usefixtures("lazy")
def test_where_exports_are_sealed_nothing_of_one_lies_anywhere_in_plain(
    people, taught, settings, monkeypatch, tmp_path
):
    settings.SEALED_FILES = frozenset({"exports"})
    settings.MEDIA_ROOT = tmp_path / "media"
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    seen = []

    def looked(course):
        for piece in made(course):
            yield piece
            kept = [path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
            seen.append((list(room.rglob("*")), [content for content in kept if b"course.toml" in content]))

    made = exporting.zip_of
    monkeypatch.setattr(exporting, "zip_of", looked)
    run = run_export(run=start_export(actor=people.owner, course=taught.course))
    assert (run.state, run.file.is_sealed) == ("done", True)
    assert "statistics/course.toml" in zipfile.ZipFile(io.BytesIO(bytes_of(run.file))).namelist()
    assert seen
    assert all(found == ([], []) for found in seen)


@pytest.mark.usefixtures("lazy")
def test_an_archive_without_one_of_its_files_is_none(people, taught):
    file = store_file(actor=people.owner, content=png(7), name="hedge.png")
    data = {"file": str(file.public_id), "alt": "A hedge"}
    add_block(actor=people.owner, section=taught.section, kind="image", data=data)
    storage.remove(file.storage_key)
    before = StoredFile.objects.count()
    run = run_export(run=start_export(actor=people.owner, course=taught.course))
    assert run.state == "failed"
    assert run.message.startswith("“statistics/media/hedge.png” is lost or damaged in storage")
    assert StoredFile.objects.count() == before
