"""What people read about their own account."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import ApiKey, User


def own_keys(user: Any) -> QuerySet[ApiKey]:
    """The person's keys that can be used, newest first."""
    rows = ApiKey.objects.filter(user_id=user.pk, ended_at__isnull=True, expires_at__gt=timezone.now())
    return rows.order_by("-pk")


def security_page(user: User) -> dict[str, Any]:
    """What the page “Signing in” shows of one's own account; a part of the page each."""
    return {"email": user.email}
