from datetime import timedelta

from django_tasks import task

from core.tasks import every
from files.services import uploads
from files.services.store import remove_unused_files


@every(timedelta(days=1))
@task()
def clean_up() -> None:
    remove_unused_files()


@every(timedelta(hours=1))
@task()
def forget_old_uploads() -> None:
    uploads.remove_old_uploads()


@task()
def check_upload(upload_id: int) -> None:
    uploads.check_upload(upload_id=upload_id)
