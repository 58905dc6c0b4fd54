from datetime import timedelta

from django_tasks import task

from core.tasks import every
from files.services.store import remove_unused_files


@every(timedelta(days=1))
@task()
def clean_up() -> None:
    remove_unused_files()
