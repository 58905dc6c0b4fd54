from typing import Any

from django.db.models import Q, QuerySet

from notifications.models import PushSubscription


def own_browsers(user: Any) -> "QuerySet[PushSubscription]":
    """The browsers in which ``user`` gets push messages, the latest first."""
    rows: QuerySet[PushSubscription] = PushSubscription.objects.filter(user_id=user.pk)
    return rows.filter(Q(device=None) | Q(device__ended_at=None)).order_by("-pk")
