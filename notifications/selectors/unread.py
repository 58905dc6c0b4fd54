"""What somebody has not read: it comes along with who they are, and the badge and the pages share it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core.prepared import JSONRows
from notifications.models import Notification

# Counted up to here; the badge says "99+".
MOST = 100
_KNOWN = "_unread_notifications"


def unread_rows(user_id: Any) -> JSONRows:
    """Numbers and threads of the latest unread notifications of one person, at most ``MOST``, as a column."""
    return JSONRows(_unread(user_id)[:MOST], "id", "thread")


def keep_unread(user: Any, rows: Iterable[tuple[int, str]]) -> None:
    """Remember on ``user`` what ``unread_rows`` found."""
    known: dict[str, list[int]] = {}
    for pk, thread in rows:
        known.setdefault(thread, []).append(pk)
    setattr(user, _KNOWN, known)


def unread_threads(user: Any) -> dict[str, list[int]]:
    """Numbers of the latest unread notifications, at most ``MOST``, by what they are about."""
    if not user.is_authenticated:
        return {}
    if not hasattr(user, _KNOWN):
        keep_unread(user, _unread(user.pk).values_list("id", "thread")[:MOST])
    known: dict[str, list[int]] = getattr(user, _KNOWN)
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


def _unread(user_id: Any) -> "QuerySet[Any, Any]":
    rows: QuerySet[Any, Any] = Notification.objects.shown().unread().filter(user_id=user_id).order_by("-at")
    return rows


def forget_unread(user: Any) -> None:
    """It is read anew the next time."""
    if hasattr(user, _KNOWN):
        delattr(user, _KNOWN)
