"""Imports that people upload: queued, told of while they run, ended once whatever happens."""

import pytest
from django.db import OperationalError

from core.errors import Conflict, NotAllowed
from courses.enums import ImportStage
from courses.models import Course, ImportRun, Item
from courses.services.importing import cancel_import, run_import, start_import
from courses.services.importing.runs import MOST_STARTS
from files import storage
from files.models import StoredFile
from files.services import store_file
from tests.courses.formats.test_broken_folders import HEAD, LESSON, SOUND, SVG
from tests.courses.services.test_importing import zip_of

WRITE = "courses.services.importing.write.publish_course"


@pytest.fixture
def queued(people, settings):
    """A run that waits: no worker takes it up."""
    settings.JOBS_EAGER = False

    def make(files=SOUND, **more):
        file = store_file(actor=people.owner, content=zip_of(files), name="graphs.zip")
        return start_import(actor=people.owner, file=file, **more)

    return make


def ended(run):
    run = ImportRun.objects.get(pk=run.pk)
    return run.state, run.report.get("message", "")


def test_a_run_says_what_came_in_and_in_which_format(queued):
    run = run_import(run=queued())
    run.refresh_from_db()
    assert (run.state, run.format, run.stage, run.course) == ("done", "folder", "", Course.objects.get())
    assert run.report["counts"] == {"module": 1, "lesson": 1, "section": 1, "text": 1}
    assert [entry["kind"] for entry in run.report["entries"]] == ["course", "module", "lesson"]


def test_a_trial_of_a_new_course_names_no_course(queued, people):
    files = {**SOUND, "media/dot.svg": SVG, LESSON: HEAD + "![A dot](media/dot.svg)\n"}
    run = run_import(run=queued(files, trial=True))
    run.refresh_from_db()
    assert (run.state, run.course, run.report["created"]) == ("done", None, 3)
    assert not Course.everything.exists()
    assert [file.name for file in StoredFile.objects.all()] == ["graphs.zip"]


def test_stages_are_told_before_anything_is_written(queued, monkeypatch):
    told = []
    update = ImportRun.objects.filter().__class__.update

    def note(rows, **values):
        if "stage" in values:
            told.append((values["stage"], Course.everything.exists()))
        return update(rows, **values)

    monkeypatch.setattr("courses.querysets.ImportRunQuerySet.update", note)
    run_import(run=queued({**SOUND, "media/dot.svg": SVG, LESSON: HEAD + "![A dot](media/dot.svg)\n"}))
    assert told == [(stage.value, False) for stage in ImportStage]


def test_who_started_it_calls_it_off_while_it_waits(queued, people):
    run = queued()
    with pytest.raises(NotAllowed):
        cancel_import(actor=people.other_owner, run=run)
    cancel_import(actor=people.owner, run=run)
    assert ended(run) == ("failed", "You called this import off.")
    assert run_import(run=run).course is None
    assert not Course.objects.exists()
    with pytest.raises(Conflict) as refused:
        cancel_import(actor=people.owner, run=run)
    assert refused.value.code == "import_under_way"


def test_trouble_that_nobody_expected_ends_the_run_with_a_calm_sentence(queued, monkeypatch, caplog):
    monkeypatch.setattr(WRITE, lambda **kwargs: 1 / 0)
    run = queued()
    run_import(run=run)
    state, message = ended(run)
    assert (state, message.split(".")[0]) == (
        "failed",
        "Something went wrong here that is not the fault of your file",
    )
    assert not Course.everything.exists()
    assert "import broke off" in caplog.text


def test_a_database_that_is_away_is_tried_again_but_not_for_ever(queued, monkeypatch):
    def away(**kwargs):
        raise OperationalError("locked")

    monkeypatch.setattr(WRITE, away)
    run = queued()
    for _ in range(MOST_STARTS):
        with pytest.raises(OperationalError):
            run_import(run=run)
        assert ended(run)[0] == "running"
    run_import(run=run)
    assert ended(run)[0] == "failed"


def test_a_run_whose_worker_died_is_taken_up_again_and_finishes_once(queued, monkeypatch):
    run = queued()

    def killed(**kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(WRITE, killed)
    with pytest.raises(KeyboardInterrupt):
        run_import(run=run)
    assert (ended(run)[0], Course.everything.exists()) == ("running", False)
    monkeypatch.undo()
    run_import(run=run)
    run_import(run=run)
    assert (ended(run)[0], Course.objects.count(), Item.objects.count()) == ("done", 1, 1)
    assert ImportRun.objects.get().report["created"] == 3


def test_the_run_ends_with_the_course_or_not_at_all(queued, monkeypatch):
    """Between the course and the end of its run nothing can come: both are one transaction."""
    run = queued()
    monkeypatch.setattr("courses.services.importing.runs._close", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_import(run=run)
    assert (ended(run)[0], Course.everything.exists()) == ("running", False)


def test_a_run_that_was_ended_elsewhere_stores_nothing(queued, monkeypatch):
    run = queued()

    def end_it(**kwargs):
        ImportRun.objects.filter(pk=run.pk).update(state="failed")
        return kwargs["course"]

    monkeypatch.setattr(WRITE, end_it)
    run_import(run=run)
    assert (ended(run)[0], Course.everything.exists()) == ("failed", False)


def test_an_archive_of_nothing_known_is_refused_by_the_name_its_owner_knows(queued):
    run = queued({"notes.txt": "x"})
    run_import(run=run)
    run.refresh_from_db()
    assert list(run.report["problems"]) == ["."]
    assert "course.toml" in run.report["message"]


def test_an_archive_that_is_lost_is_asked_for_again(queued):
    run = queued()
    storage.remove(run.file.storage_key)
    run_import(run=run)
    run.refresh_from_db()
    sentence = "The uploaded archive is not here any more. Upload it again."
    assert (run.state, run.report) == (
        "failed",
        {"message": sentence, "problems": {"graphs.zip": [sentence]}},
    )
