"""The list of one's own notifications."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from notifications.enums import Category
from notifications.models import Notification

PAGE_SIZE = 30


@dataclass(frozen=True)
class Wanted:
    """Which ones: those that are unread, or all; of one category, or of all."""

    unread: bool = True
    category: str = ""


def wanted_of(parameters: Any) -> Wanted:
    """What the address asks for; what it says wrongly is passed over."""
    category = parameters.get("category", "")
    return Wanted(parameters.get("show") != "all", category if category in Category.values else "")


def own_notifications(user: Any, wanted: Wanted) -> "QuerySet[Notification]":
    """The person's notifications in the app, the latest first."""
    rows: QuerySet[Notification] = Notification.objects.shown().filter(user_id=user.pk).select_related("course")
    if wanted.unread:
        rows = rows.filter(read_at__isnull=True)
    return rows.filter(category=wanted.category) if wanted.category else rows
