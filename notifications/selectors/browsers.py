"""Browsers with push, and what tells their pages to ask for it anew."""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from accounts.sessions import sign_in_mark
from notifications.models import PushSubscription


def own_browsers(user: Any) -> "QuerySet[PushSubscription]":
    """The browsers in which ``user`` gets push messages, the latest first."""
    rows: QuerySet[PushSubscription] = PushSubscription.objects.filter(user_id=user.pk)
    return rows.filter(Q(device=None) | Q(device__ended_at=None)).order_by("-pk")


def push_mark(request: Any) -> str:
    """Another one after each sign-in and when the site has another key: pages then ask for push anew, where it was on.

    Costs no query. Empty for visitors and while one looks at the site as somebody else.
    """
    mark = sign_in_mark(request)
    # A key that the site made itself changes with the secret, which is in there already.
    return mark and salted_hmac("notifications.push-mark", f"{mark}:{settings.VAPID_PRIVATE_KEY}").hexdigest()[:16]
