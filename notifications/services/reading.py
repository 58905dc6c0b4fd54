"""What somebody has read."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.realtime import announce_many
from notifications.models import Notification
from notifications.selectors.unread import forget_unread, unread_threads


@transaction.atomic
def mark_read(*, user: User, pks: Iterable[int] | None = None, category: str = "") -> int:
    """Note that ``user`` has read these of their notifications (all, without any), of a category if one is named;
    returns how many were unread."""
    rows = Notification.objects.unread().filter(user=user)
    # Who marks all of them has seen the list: what does not stand there is still to be mailed.
    rows = rows.shown() if pks is None else rows.filter(pk__in=list(pks))
    if category:
        rows = rows.filter(category=category)
    count = rows.update(read_at=timezone.now())
    if count:
        announce_many([f"notifications.{user.public_id}"], {"changed": "notifications"})
        forget_unread(user)
    return count


def note_seen(request: Any, thread: str) -> None:
    """The page that ``thread`` names is before its reader's eyes: what told them of it is read.

    A page that is fetched by itself is seen by nobody, nor is one that an administrator looks at as somebody else.
    """
    user = request.user
    if "X-Background" in request.headers or getattr(request, "impersonation", None) is not None:
        return
    if user.is_authenticated and (pks := unread_threads(user).get(thread)):
        mark_read(user=user, pks=pks)
