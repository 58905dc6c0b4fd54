from typing import Any

from django.db import models


class OwnQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "OwnQuerySet":
        """What is about oneself; administrators see that it is there. What is inside is asked elsewhere."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)
