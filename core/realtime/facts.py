"""Facts that are hints as well: an app says once which topics an event speaks about."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from core.events import Event, beside
from core.realtime.messages import announce_many

E = TypeVar("E", bound=Event)
# Given events of one class that are published together: the topics that they speak about.
TopicsOf = Callable[[Sequence[Any]], Iterable[str]]


def announce_facts(cls: type[E], topics: TopicsOf, changed: str) -> None:
    """Say ``{"changed": changed}`` about these topics with each such event, in its transaction."""
    beside(cls, lambda facts: _say(topics, facts, changed))


def announce_facts_afterwards(cls: type[E], topics: TopicsOf, changed: str) -> None:
    """As ``announce_facts``, right after the transaction: for a topic about which many people's requests speak at once,
    so that none waits for another's. A process that dies in between leaves the hint out; who listens looks now and then."""
    beside(cls, lambda facts: transaction.on_commit(partial(_say, topics, facts, changed), robust=True))


def _say(topics: TopicsOf, facts: Sequence[Any], changed: str) -> None:
    with transaction.atomic(savepoint=False):
        announce_many(topics(facts), {"changed": changed})
