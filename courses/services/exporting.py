"""Give a course out: as a folder, or as an archive that a job makes and keeps for some days."""

import logging
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from core import jobs
from core.authz import Actor, authorize
from core.errors import DomainError
from core.events import publish
from core.realtime import announce_row
from core.tasks import enqueue
from courses.enums import ExportState
from courses.events import CourseExportAsked, CourseExportDownloaded, CourseExportFinished
from courses.formats.folder_writing import write_course, zip_of
from courses.models import Course, ExportRun
from files import services as files
from files.models import StoredFile
from files.zipping import MemberLost

logger = logging.getLogger("aumbry.exports")

RUN_OWNER = "export_run"
MOST_STARTS = 4
_UNDER_WAY = (ExportState.QUEUED, ExportState.RUNNING)


def export_folder(*, actor: Actor, course: Course, path: Path) -> None:
    """Write the course's newest texts as a folder. Raises ``Invalid`` ``folder_not_empty``."""
    authorize(actor, "courses.export_course", course)
    write_course(course, path)


def start_export(*, actor: User, course: Course) -> ExportRun:
    """Have a job make the archive of a course; while one is being made, this is that one, whoever asked for it."""
    authorize(actor, "courses.export_course", course)
    try:
        with transaction.atomic():
            under_way = _under_way(course)
            return under_way if under_way is not None else _queue(actor, course)
    except IntegrityError:
        # Somebody else asked at the same moment.
        return ExportRun.objects.filter(course=course).latest("pk")


def note_download(*, actor: Actor, run: ExportRun) -> None:
    """Write down that ``actor``, who may see ``run``, fetches its archive."""
    authorize(actor, "courses.view_exportrun", run)
    publish(CourseExportDownloaded(actor_id=actor.pk, course_id=run.course_id, export_id=run.pk))


def note_fetch_of_export(actor: Actor, run_id: int) -> None:
    """The same for an archive that is fetched at the address of its file."""
    run = ExportRun.objects.select_related("course").get(pk=run_id)
    # Another course may use the same bytes; theirs is not what was fetched.
    if actor.has_perm("courses.view_exportrun", run):
        note_download(actor=actor, run=run)


def run_export(*, run: ExportRun) -> ExportRun:
    """Make a queued archive with its person's rights of now; a run that is over is left as it is.

    Trouble with the database is tried again a few times; anything else ends the run with a sentence.
    """
    begun = _begin(run)
    if begun is None:
        return run
    if begun.starts > MOST_STARTS:
        return fail_export(run=begun)
    course = begun.course
    if not begun.user.is_active or not begun.user.has_perm("courses.export_course", course):
        return fail_export(run=begun, message=_("The person who asked for it may not export this course any more."))
    try:
        # Made while it is stored: of an archive that is to be sealed nothing lies in plain on a disk.
        file = files.store_made(
            pieces=zip_of(course),
            name=f"{course.slug}.zip",
            media_type="application/zip",
            sensitive=files.is_sensitive("exports"),
        )
        return _finish(begun, file)
    except DomainError as refused:
        return fail_export(run=begun, message=str(refused.message))
    except MemberLost as lost:
        logger.exception("bytes of a file are lost", extra={"run": run.pk})
        sentence = _(
            "“%(name)s” is lost or damaged in storage, so the archive would not be whole. Store that file once more, or take "
            "it out of the course."
        )
        return fail_export(run=begun, message=sentence % {"name": lost.member.path})
    except (OperationalError, InterfaceError):
        # Locked or away for a moment; the job tries again, and the run counts how often it began.
        raise
    except Exception:
        logger.exception("export broke off", extra={"run": run.pk})
        return fail_export(run=begun)


@transaction.atomic
def fail_export(*, run: ExportRun, message: str = "") -> ExportRun:
    """End a run that is under way without an archive."""
    found = ExportRun.objects.select_for_update().get(pk=run.pk)
    if found.is_over:
        return found
    sentence = message or _(
        "Something went wrong here. Start the export again; if it happens once more, tell the site's administrator."
    )
    return _close(found, ExportState.FAILED, message=sentence)


def remove_old_exports() -> int:
    """Forget archives that are older than ``EXPORT_DAYS``; returns how many. Their bytes go with the files' clean-up."""
    before = timezone.now() - timedelta(days=settings.EXPORT_DAYS)
    removed = 0
    for run in ExportRun.objects.filter(finished_at__lt=before).order_by("pk"):
        with transaction.atomic():
            files.set_usages(owner_kind=RUN_OWNER, owner_id=run.pk, file_ids=())
            run.delete()
        removed += 1
    return removed


def _under_way(course: Course) -> ExportRun | None:
    run: ExportRun | None = (
        ExportRun.objects.select_for_update().filter(course=course, state__in=_UNDER_WAY).order_by("pk").last()
    )
    if run is not None and jobs.job_news(run.job_id).state in (jobs.JobState.GIVEN_UP, jobs.JobState.OVER):
        # Its job is gone: nobody will ever finish it.
        fail_export(run=run)
        return None
    return run


def _queue(actor: User, course: Course) -> ExportRun:
    run = ExportRun.objects.create(course=course, user=actor)
    run.job_id = enqueue("courses.tasks.export_course", run_id=run.pk)
    run.save(update_fields=["job_id"])
    publish(CourseExportAsked(actor_id=actor.pk, course_id=course.pk, export_id=run.pk))
    return run


@transaction.atomic
def _begin(run: ExportRun) -> ExportRun | None:
    rows = ExportRun.objects.select_for_update(of=("self",)).select_related("user", "course")
    found: ExportRun = rows.get(pk=run.pk)
    if found.is_over:
        return None
    found.state, found.starts = ExportState.RUNNING, found.starts + 1
    found.save(update_fields=["state", "starts"])
    announce_row("export", found)
    return found


@transaction.atomic
def _finish(run: ExportRun, file: StoredFile) -> ExportRun:
    found = ExportRun.objects.select_for_update().get(pk=run.pk)
    if found.is_over:
        return found
    found.file = file
    files.set_usages(owner_kind=RUN_OWNER, owner_id=found.pk, file_ids={file.public_id})
    return _close(found, ExportState.DONE)


def _close(run: ExportRun, state: ExportState, *, message: str = "") -> ExportRun:
    run.state, run.finished_at, run.message = state, timezone.now(), Truncator(message).chars(1000)
    run.save(update_fields=["state", "finished_at", "message", "file"])
    announce_row("export", run)
    publish(CourseExportFinished(actor_id=run.user_id, course_id=run.course_id, export_id=run.pk, state=str(run.state)))
    return run
