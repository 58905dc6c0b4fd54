from datetime import timedelta

from django_tasks import task

from core.tasks import every
from files.services import cleaning, previews, removing, sealed_spaces, upload_checks, uploads


@every(timedelta(days=1))
@task()
def clean_up() -> None:
    cleaning.clean_up()
    sealed_spaces.seal_all_later()


@every(timedelta(hours=1))
@task()
def forget_old_uploads() -> None:
    uploads.remove_old_uploads()


@task()
def render(stored_id: int) -> None:
    previews.render(stored_id=stored_id)


@task()
def check_upload(upload_id: int) -> None:
    upload_checks.check_upload(upload_id=upload_id)


@task()
def seal_space(space_id: int) -> None:
    sealed_spaces.seal_space(space_id=space_id)


@task()
def remove_bytes(keys: list[str]) -> None:
    removing.remove_bytes(keys)
