from datetime import timedelta

from django_tasks import task

from accounts.models import PeopleAction, PeopleImport
from accounts.services import people_actions, people_import
from accounts.services.devices import end_overdue_devices
from accounts.services.impersonation import end_expired_impersonations
from accounts.services.late_forms import forget_late_forms
from accounts.services.people_import import apply_run, read_run
from accounts.services.tokens import forget_expired_tokens
from accounts.services.tries import forget_old_tries
from core.tasks import every


@task()
def read_people_import(run_id: int) -> None:
    if run := PeopleImport.objects.filter(pk=run_id).first():
        read_run(run=run)


@task()
def apply_people_import(run_id: int) -> None:
    if run := PeopleImport.objects.filter(pk=run_id).first():
        apply_run(run=run)


@task()
def mail_newcomers(user_ids: list[int]) -> None:
    people_import.mail_newcomers(user_ids=user_ids)


@every(timedelta(days=1))
@task()
def prune_tokens() -> None:
    forget_expired_tokens()


@every(timedelta(days=1))
@task()
def end_overdue() -> None:
    end_overdue_devices()


@every(timedelta(days=1))
@task()
def prune_tries() -> None:
    forget_old_tries()


@every(timedelta(days=1))
@task()
def prune_late_forms() -> None:
    forget_late_forms()


@every(timedelta(minutes=5))
@task()
def end_impersonations() -> None:
    end_expired_impersonations()


@task()
def judge_people_action(action_id: int) -> None:
    if action := PeopleAction.objects.filter(pk=action_id).first():
        people_actions.judge_action(action=action)


@task()
def apply_people_action(action_id: int) -> None:
    if action := PeopleAction.objects.filter(pk=action_id).first():
        people_actions.apply_action(action=action)
