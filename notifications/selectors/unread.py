"""What somebody has not read: one small query for each request, that the badge and the pages share."""

from dataclasses import dataclass
from typing import Any

from notifications.models import Notification

# Counted up to here; the badge says "99+".
MOST = 100
_KNOWN = "_unread_notifications"


def unread_threads(user: Any) -> dict[str, list[int]]:
    """Numbers of the latest unread notifications, at most ``MOST``, by what they are about."""
    if not user.is_authenticated:
        return {}
    known: dict[str, list[int]] | None = getattr(user, _KNOWN, None)
    if known is None:
        known = {}
        rows = Notification.objects.shown().unread().filter(user_id=user.pk).order_by("-at")
        for pk, thread in rows.values_list("pk", "thread")[:MOST]:
            known.setdefault(thread, []).append(pk)
        setattr(user, _KNOWN, known)
    return known


def unread_count(user: Any) -> int:
    """How many are unread, up to ``MOST``."""
    return sum(len(pks) for pks in unread_threads(user).values())


@dataclass(frozen=True)
class Badge:
    """The number at the bell, and how it is written."""

    number: int

    @property
    def text(self) -> str:
        return f"{MOST - 1}+" if self.number >= MOST else str(self.number)


def badge_of(user: Any) -> Badge:
    """What the bell shows of the person's unread notifications."""
    return Badge(unread_count(user))


def forget_unread(user: Any) -> None:
    """It is read anew the next time."""
    if hasattr(user, _KNOWN):
        delattr(user, _KNOWN)
