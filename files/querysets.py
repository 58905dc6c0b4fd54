from typing import Any

from django.db import models

from core.slots import FILE_ACCESS


class StoredFileQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "StoredFileQuerySet":
        """Files that something uses which ``user`` may see; admins see all."""
        if getattr(user, "is_superuser", False) and user.is_active:
            return self.all()
        used = models.Q(pk__in=())
        for kind, owner_ids in FILE_ACCESS.items():
            used |= models.Q(usages__owner_kind=kind, usages__owner_id__in=owner_ids(user))
        return self.filter(used).distinct()


class UploadQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "UploadQuerySet":
        """One's own; administrators see that they are there."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)
