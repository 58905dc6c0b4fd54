from typing import Any

from accounts.events import DeviceEnded, SignedOutEverywhere, UserChanged, UserEnded, UserSuspended
from accounts.models import User
from core.events import delivered_event, subscribe
from core.jobs import JobGivenUp
from notifications.kinds import KINDS, register_kinds
from notifications.services.browsers import forget_browsers, forget_ended_browsers
from notifications.services.notify import tell
from notifications.services.preferences import plan_anew
from notifications.services.push import give_up_push

register_kinds()


def tell_people(_fact: Any) -> None:
    """Whoever an event concerns is told of it."""
    tell(event_id=delivered_event())


for _kind in KINDS:
    subscribe(_kind.event)(tell_people)


@subscribe(DeviceEnded)
def forget_device(fact: DeviceEnded) -> None:
    forget_browsers(device_id=fact.device_id)


@subscribe(SignedOutEverywhere)
def forget_person(fact: SignedOutEverywhere) -> None:
    forget_ended_browsers(user_id=fact.user_id)


@subscribe(UserSuspended)
def forget_suspended(fact: UserSuspended) -> None:
    forget_ended_browsers(user_id=fact.user_id)


@subscribe(UserChanged)
def follow_clock(fact: UserChanged) -> None:
    """Digests and quiet hours go by the clock of where the person is now."""
    user = User.objects.filter(pk=fact.user_id, erased_at=None).first() if "time_zone" in fact.fields else None
    if user is not None:
        plan_anew(user=user)


@subscribe(JobGivenUp)
def end_attempt(fact: JobGivenUp) -> None:
    give_up_push(job_id=fact.job_id)


@subscribe(UserEnded)
def forget_ended(fact: UserEnded) -> None:
    forget_browsers(user_id=fact.user_id)
