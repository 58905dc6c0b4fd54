from core.events import subscribe
from core.jobs import JobGivenUp
from files.services.upload_checks import give_up_check


@subscribe(JobGivenUp)
def end_upload(fact: JobGivenUp) -> None:
    """A check that is not tried any more leaves nobody waiting."""
    give_up_check(job_id=fact.job_id)
