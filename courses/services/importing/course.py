"""One import from beginning to end; all of it or nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict, Invalid
from courses.enums import ImportStage, Role
from courses.formats.data import CourseData
from courses.formats.folder import COURSE_FILE
from courses.formats.reading import opened_course
from courses.models import Course
from courses.rules import forget_roles
from courses.services.enrolment import enrol
from courses.services.importing.media import Media, Progress, stored_media
from courses.services.importing.report import ImportReport, counts_of
from courses.services.importing.texts import Texts
from courses.services.importing.write import Writer
from files.models import StoredFile

FOLDER = "folder"


class _TrialOver(Exception):
    """Takes back what a trial wrote, with its report."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


def import_course(
    *,
    actor: Actor,
    path: Path | str | None = None,
    archive: BinaryIO | None = None,
    name: str = "",
    data: CourseData | None = None,
    publish: bool | None = None,
    owner: User | None = None,
    trial: bool = False,
    progress: Progress | None = None,
    finish: Callable[[ImportReport], None] | None = None,
) -> ImportReport:
    """Take in the folder or archive at ``path``, an open ``archive``, or ``data`` that was read already; all of it or nothing.

    A part with the same id is changed, others are added, what the source no longer has is left and reported.
    ``publish`` decides about the course itself: None publishes a new one and leaves an old one as it is.
    ``owner`` becomes an owner. A ``trial`` does all the same and takes it back: only its report is left.
    ``finish`` is called at the end of the transaction, so that what it writes holds exactly if the import does.

    Raises ``Invalid`` with every problem by file and place, ``Conflict`` ``changed_meanwhile``.
    """
    tell = progress or _nobody
    if data is None:
        source = archive if archive is not None else Path(path or "")
        with opened_course(source, name=name, progress=lambda stage: tell(stage, 0, 0)) as read:
            return _take_in(actor, read, publish, owner, trial, tell, finish)
    return _take_in(actor, data, publish, owner, trial, tell, finish)


def find_course(actor: Actor, data: CourseData) -> Course | None:
    """The course that the source's id names: one that came from it, or one that was made here with that address.

    A folder's id is also the address of the course that it was exported from, wherever that came from.
    """
    same = Q(origin=data.origin, source_id=data.source_id)
    if data.origin == FOLDER:
        same |= Q(slug=data.source_id) & ~Q(origin=FOLDER)
    found = Course.objects.filter(same)
    course: Course | None = found.filter(origin=data.origin, source_id=data.source_id).first() or found.first()
    if course is not None and not actor.has_perm("courses.change_course", course):
        sentence = _("Another course has the id “%(id)s” already. Choose another one.") % {"id": data.source_id}
        place = COURSE_FILE if data.origin == FOLDER else "."
        raise Invalid("course_folder_broken", sentence, fields={place: [sentence]})
    return course


def _take_in(
    actor: Actor,
    data: CourseData,
    publish: bool | None,
    owner: User | None,
    trial: bool,
    progress: Progress,
    finish: Callable[[ImportReport], None] | None,
) -> ImportReport:
    course = find_course(actor, data)
    if course is None:
        authorize(actor, "courses.add_course")
    else:
        authorize(actor, "courses.change_course", course)
    with stored_media(actor, course, data, trial=trial, progress=progress) as media:
        texts = Texts(data, media)
        texts.prepare(course, progress)
        progress(ImportStage.WRITING, 0, 0)
        try:
            return _write(actor, data, media, texts, publish, owner, trial, finish)
        except _TrialOver as over:
            if isinstance(actor, User):
                forget_roles(actor)
            if finish is not None:
                with transaction.atomic():
                    finish(over.report)
            return over.report
        except IntegrityError as error:
            raise Conflict(
                "changed_meanwhile",
                _("Somebody else changed this course at the same moment. Nothing was stored. Try again."),
            ) from error


@transaction.atomic
def _write(
    actor: Actor,
    data: CourseData,
    media: Media,
    texts: Texts,
    publish: bool | None,
    owner: User | None,
    trial: bool,
    finish: Callable[[ImportReport], None] | None,
) -> ImportReport:
    StoredFile.objects.bulk_create(media.trial)
    # Looked for again: another import of the same course may have come first.
    course = find_course(actor, data)
    written = Writer(actor, texts).write(course, publish_it=publish)
    report = ImportReport(
        written.course, written.entries, counts_of(data), data.origin, is_new=course is None, is_trial=trial
    )
    if trial:
        raise _TrialOver(report)
    if owner is not None:
        enrol(actor=SYSTEM, course=report.course, user=owner, role=Role.OWNER)
    if finish is not None:
        finish(report)
    return report


def _nobody(stage: str, done: int, total: int) -> None:
    """Nobody wants to know how far it is."""
