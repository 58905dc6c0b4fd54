"""Who is present at a topic: a row for each socket that came, and one lease for each web process, renewed while it has any.

A process that is killed renews nothing, and with its lease everybody it had is gone. What is shown is read from the
rows, by every process for itself, so there is nothing to lose.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from core.models import Presence, ServerLease

LEASE = timedelta(seconds=12)
RENEW_EVERY = 5.0
# Who has left is shown for so long: a page that is loaded again comes back.
GRACE = timedelta(seconds=5)
# So many are named; of more only the number is told.
MOST_NAMED = 100


@dataclass(frozen=True)
class Here:
    """Somebody at a topic; ``since``: their earliest socket that is still there."""

    public_id: str
    name: str
    since: datetime

    def frame_item(self) -> dict[str, Any]:
        return {"id": self.public_id, "name": self.name, "since": self.since.isoformat()}


@dataclass(frozen=True)
class Attendance:
    """All who are at a topic: how many, and at most ``MOST_NAMED`` of them, the earliest first."""

    count: int
    people: tuple[Here, ...]


def new_server() -> str:
    """A name for this process, not used before."""
    return secrets.token_hex(8)


def enter(topic: str, *, user_id: int, connection: str, server: str) -> None:
    """The socket ``connection`` of ``server`` is at ``topic`` from now on."""
    now = timezone.now()
    renew(server)
    Presence.objects.update_or_create(
        connection=connection,
        topic=topic,
        defaults={"user_id": user_id, "server": server, "joined_at": now, "left_at": None},
    )


def leave(connection: str, topics: Iterable[str]) -> None:
    """The socket is no longer at these topics; it shows after ``GRACE``."""
    Presence.objects.filter(connection=connection, topic__in=list(topics)).update(left_at=timezone.now())


def renew(server: str) -> None:
    """Promise once more that this process is there; what others left behind is cleared away."""
    now = timezone.now()
    ServerLease.objects.update_or_create(server=server, defaults={"until": now + LEASE})
    Presence.objects.filter(left_at__lt=now - 2 * GRACE).delete()
    ended = list(ServerLease.objects.filter(until__lt=now - LEASE).values_list("server", flat=True))
    if ended:
        give_up(ended)


def give_up(servers: Iterable[str]) -> None:
    """These processes have gone, and with them whoever was there by them."""
    names = list(servers)
    Presence.objects.filter(server__in=names).delete()
    ServerLease.objects.filter(server__in=names).delete()


def attendance(topics: Iterable[str]) -> dict[str, Attendance]:
    """Who is at each of these topics now; each person once, whatever number of sockets they have."""
    now = timezone.now()
    wanted = list(topics)
    since: defaultdict[str, dict[int, datetime]] = defaultdict(dict)
    rows = Presence.objects.filter(
        Q(left_at=None) | Q(left_at__gt=now - GRACE),
        topic__in=wanted,
        server__in=ServerLease.objects.filter(until__gt=now).values("server"),
    )
    for topic, user_id, joined_at in rows.order_by("joined_at", "pk").values_list("topic", "user_id", "joined_at"):
        since[topic].setdefault(user_id, joined_at)
    named = {topic: list(people.items())[:MOST_NAMED] for topic, people in since.items()}
    users = get_user_model().objects.in_bulk({pk for people in named.values() for pk, _since in people})
    return {
        topic: Attendance(
            len(since.get(topic, ())),
            tuple(
                Here(str(users[pk].public_id), str(users[pk]), joined)
                for pk, joined in named.get(topic, ())
                if pk in users
            ),
        )
        for topic in wanted
    }
