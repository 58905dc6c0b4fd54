"""Imports that people upload: queued, worked off by a job, told of while they run and afterwards."""

import logging
import time
from typing import Any, BinaryIO

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import authorize
from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.events import publish
from core.realtime import announce_row
from core.tasks import enqueue
from courses.enums import ImportState
from courses.events import CourseImportFailed
from courses.models import ImportRun
from courses.services.importing.course import import_course
from courses.services.importing.report import ImportReport
from files import services as files
from files.models import StoredFile

logger = logging.getLogger("aumbry.imports")

RUN_OWNER = "import_run"
MOST_STARTS = 4
_TELL_EVERY = 1.0


@transaction.atomic
def start_import(*, actor: User, file: StoredFile, trial: bool = False) -> ImportRun:
    """Queue the import of an uploaded archive; the run's report says later what became of it.

    A ``trial`` says what an import would do, and stores nothing.
    """
    authorize(actor, "courses.add_course")
    if file.uploaded_by_id != actor.pk and not actor.has_perm("files.view_storedfile", file):
        raise NotAllowed("files.view_storedfile")
    run = ImportRun.objects.create(user=actor, file=file, is_trial=trial)
    files.set_usages(owner_kind=RUN_OWNER, owner_id=run.pk, file_ids={file.public_id}, actor=actor)
    run.job_id = enqueue("courses.tasks.import_folder", run_id=run.pk)
    run.save(update_fields=["job_id"])
    return run


@transaction.atomic
def cancel_import(*, actor: User, run: ImportRun) -> ImportRun:
    """Call off an import that still waits. Raises ``Conflict`` ``import_under_way`` for one that does not."""
    authorize(actor, "courses.change_importrun", run)
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state != ImportState.QUEUED:
        raise Conflict("import_under_way", _("This import has begun already, so it can no longer be called off."))
    return _close(run, ImportState.FAILED, {"message": _("You called this import off."), "cancelled": True})


@transaction.atomic
def give_up_import(*, run: ImportRun) -> ImportRun:
    """End a run whose job is not tried any more; one that is over is left as it is."""
    found = ImportRun.objects.select_for_update().get(pk=run.pk)
    return found if found.is_over else _close(found, ImportState.FAILED, _unexpected())


def run_import(*, run: ImportRun) -> ImportRun:
    """Do a queued import with its person's rights of now; a run that is over is left as it is.

    A run whose worker was killed is taken up again from its beginning: what it had not finished was not stored. Trouble
    with the database is tried again a few times; anything else that nobody expected ends the run.
    """
    begun = _begin(run)
    if begun is None:
        return run
    run, starts = begun
    if starts > MOST_STARTS:
        return _close(run, ImportState.FAILED, _unexpected())
    try:
        with _archive(run) as archive:
            import_course(
                actor=run.user,
                archive=archive,
                name=run.file.name,
                trial=run.is_trial,
                progress=_Progress(run),
                finish=lambda report: _done(run, report),
            )
    except DomainError as refused:
        problems = {place: [str(s) for s in sentences] for place, sentences in refused.fields.items()}
        return _close(run, ImportState.FAILED, {"message": str(refused.message), "problems": problems})
    except NotAllowed:
        return _close(
            run,
            ImportState.FAILED,
            {"message": _("You may not create courses any more. Ask a manager."), "problems": {}},
        )
    except (OperationalError, InterfaceError):
        # Locked or away for a moment; the job tries again, and the run counts how often it began.
        raise
    except Exception:
        logger.exception("import broke off", extra={"run": run.pk})
        return _close(run, ImportState.FAILED, _unexpected())
    return run


@transaction.atomic
def _begin(run: ImportRun) -> tuple[ImportRun, int] | None:
    found = ImportRun.objects.select_for_update(of=("self",)).select_related("user", "file").get(pk=run.pk)
    if found.is_over:
        return None
    starts = int(found.report.get("starts", 0)) + 1
    found.state, found.report = ImportState.RUNNING, {"starts": starts}
    found.stage, found.done, found.total = "", 0, 0
    found.save(update_fields=["state", "report", "stage", "done", "total"])
    announce_row("import", found)
    return found, starts


def _archive(run: ImportRun) -> BinaryIO:
    try:
        return files.opened(run.file)
    except FileNotFoundError:
        sentence = _("The uploaded archive is not here any more. Upload it again.")
        raise Invalid("archive_broken", sentence, fields={run.file.name: [sentence]}) from None


def _done(run: ImportRun, report: ImportReport) -> None:
    """In the transaction of the import: a run that is over is an import that holds."""
    state = ImportRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
    if state != ImportState.RUNNING:
        raise Conflict("import_over", _("This import was ended elsewhere. Nothing was stored."))
    run.format = report.format
    run.course = None if run.is_trial and report.is_new else report.course
    _close(run, ImportState.DONE, report.as_dict())


def _close(run: ImportRun, state: ImportState, report: dict[str, Any]) -> ImportRun:
    run.state, run.report, run.finished_at, run.stage = state, report, timezone.now(), ""
    with transaction.atomic():
        run.save(update_fields=["state", "report", "course", "format", "finished_at", "stage"])
        announce_row("import", run)
        # Who called it off, or tried it only, knows and looks on.
        if state == ImportState.FAILED and not run.is_trial and not report.get("cancelled"):
            publish(CourseImportFailed(actor_id=run.user_id, import_id=run.pk))
    return run


def _unexpected() -> dict[str, Any]:
    sentence = _(
        "Something went wrong here that is not the fault of your file. Nothing was stored. Try again; if it happens "
        "once more, tell the site's administrator."
    )
    return {"message": sentence, "problems": {}}


class _Progress:
    """Writes how far an import is, at most about once a second; never inside the import's own transaction."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.stage = ""
        self.told_at = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self.stage and now - self.told_at < _TELL_EVERY:
            return
        self.stage, self.told_at = stage, now
        with transaction.atomic():
            ImportRun.objects.filter(pk=self.run.pk).update(stage=stage, done=done, total=total)
            announce_row("import", self.run)


def forget_runs(runs: "QuerySet[ImportRun]") -> None:
    """Delete imports with their reports; the uploaded archives go with the files' clean-up."""
    for pk in list(runs.values_list("pk", flat=True)):
        files.set_usages(owner_kind=RUN_OWNER, owner_id=pk, file_ids=())
    runs.delete()
