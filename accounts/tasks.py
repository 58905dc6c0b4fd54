from datetime import timedelta

from django_tasks import task

from accounts.services.devices import forget_old_devices
from accounts.services.email_change import forget_old_email_changes
from accounts.services.late_forms import forget_late_forms
from accounts.services.tokens import forget_expired_tokens
from accounts.services.tries import forget_old_tries
from core.tasks import every


@every(timedelta(days=1))
@task()
def prune_tokens() -> None:
    forget_expired_tokens()


@every(timedelta(days=1))
@task()
def prune_devices() -> None:
    forget_old_devices()


@every(timedelta(days=1))
@task()
def prune_tries() -> None:
    forget_old_tries()


@every(timedelta(days=1))
@task()
def prune_late_forms() -> None:
    forget_late_forms()


@every(timedelta(days=1))
@task()
def prune_email_changes() -> None:
    forget_old_email_changes()
