from datetime import timedelta

from django_tasks import task

from core.tasks import every
from courses.models import ExportRun, ImportRun
from courses.services import exporting
from courses.services.importing import run_import


@task()
def import_folder(run_id: int) -> None:
    """Import an uploaded course folder."""
    run_import(run=ImportRun.objects.get(pk=run_id))


@task()
def export_course(run_id: int) -> None:
    """Make the archive of a course."""
    exporting.run_export(run=ExportRun.objects.get(pk=run_id))


@every(timedelta(days=1))
@task()
def forget_exports() -> None:
    """Let go of archives of courses that were kept long enough."""
    exporting.remove_old_exports()
