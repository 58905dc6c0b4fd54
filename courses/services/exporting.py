"""Give a course out as a folder or as a ZIP of one."""

from pathlib import Path

from core.authz import Actor, authorize
from courses.formats.folder import write_course, write_zip
from courses.models import Course


def export_folder(*, actor: Actor, course: Course, path: Path) -> None:
    """Write the course's newest texts as a folder. Raises ``Invalid`` ``folder_not_empty``."""
    authorize(actor, "courses.export_course", course)
    write_course(course, path)


def export_zip(*, actor: Actor, course: Course, path: Path) -> None:
    """Write the same folder as a ZIP file at ``path``, which may exist and is overwritten."""
    authorize(actor, "courses.export_course", course)
    write_zip(course, path)
