from django_tasks import task

from courses.models import ImportRun
from courses.services.importing import run_import


@task()
def import_folder(run_id: int) -> None:
    """Import an uploaded course folder."""
    run_import(run=ImportRun.objects.get(pk=run_id))
