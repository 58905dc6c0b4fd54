from datetime import timedelta

from django_tasks import task

from core.tasks import enqueue, every
from notifications.services import dispatch as dispatching
from notifications.services import notify, push


@task()
def tell_batch(event_id: int, kind: str, first: int, last: int) -> None:
    notify.tell_batch(event_id=event_id, kind=kind, first=first, last=last)


@every(timedelta(minutes=1))
@task()
def dispatch() -> None:
    # In parts: what happens meanwhile is told between two of them.
    if dispatching.dispatch(most=dispatching.AT_ONCE) >= dispatching.AT_ONCE:
        enqueue("notifications.tasks.dispatch")


@task()
def deliver_push(attempt_id: int, language: str) -> None:
    push.deliver_push(attempt_id=attempt_id, language=language)
