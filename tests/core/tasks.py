"""Jobs and an event for the kernel's tests."""

from dataclasses import dataclass

from django_tasks import task

from core.events import Event, event, publish

ran: list[object] = []


class Boom(Exception):
    """A failure that may pass."""


class Hopeless(Exception):
    permanent = True


@task()
def note(value: str) -> None:
    ran.append(value)


@task()
def fail(value: str) -> None:
    ran.append(value)
    raise Boom(value)


@task()
def fail_for_good() -> None:
    raise Hopeless


@event
@dataclass(frozen=True, kw_only=True)
class KettleBoiled(Event):
    audience = "tests"
    litres: int


def pour(fact: KettleBoiled) -> None:
    ran.append(("pour", fact.litres, fact.actor_id))


def whistle(fact: KettleBoiled) -> None:
    ran.append(("whistle", fact.litres))
    raise Boom("whistle")


@task()
def boil() -> None:
    publish(KettleBoiled(actor_id=None, litres=1))
