from typing import Any

from django.db import models


class OwnQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "OwnQuerySet":
        """One's own; administrators see that they are there."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)


class NotificationQuerySet(OwnQuerySet):
    def shown(self) -> "NotificationQuerySet":
        """Those that the person has in the app."""
        return self.filter(in_app=True)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)


class DeliveryQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def due(self, now: Any) -> "DeliveryQuerySet":
        return self.filter(state="waiting", due_at__lte=now)
