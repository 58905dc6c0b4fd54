from core.events import subscribe
from core.jobs import JobGivenUp
from courses.models import ExportRun, ImportRun
from courses.services.exporting import fail_export
from courses.services.importing import give_up_import


@subscribe(JobGivenUp)
def end_runs(fact: JobGivenUp) -> None:
    """Whoever waits for an import or an archive learns that nobody works at it any more."""
    for imported in ImportRun.objects.filter(job_id=fact.job_id):
        give_up_import(run=imported)
    for exported in ExportRun.objects.filter(job_id=fact.job_id):
        fail_export(run=exported)
