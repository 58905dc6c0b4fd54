from datetime import timedelta

from django_tasks import task

from core.tasks import every
from privacy.models import Erasure, PersonalExport
from privacy.services.erasing import run_erasure, tend_erasures
from privacy.services.exports import run_export
from privacy.services.retention import run_all_rules


@task()
def collect(export_id: int) -> None:
    """Make the archive of a person's data."""
    if export := PersonalExport.objects.filter(pk=export_id).first():
        run_export(export=export)


@task()
def erase(erasure_id: int) -> None:
    """Erase somebody whose day has come."""
    if erasure := Erasure.objects.filter(pk=erasure_id).first():
        run_erasure(erasure=erasure)


@every(timedelta(days=1))
@task()
def tend() -> None:
    tend_erasures()


@every(timedelta(days=1))
@task()
def keep_rules() -> None:
    """Let go of what was kept long enough."""
    run_all_rules()
