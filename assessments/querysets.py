from typing import Any

from django.db import models

from courses.querysets import memberships_with
from courses.roles import Capability


class QuestionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "QuestionQuerySet":
        return self.filter(deleted_at__isnull=True, course__deleted_at__isnull=True)

    def visible_to(self, user: Any) -> "QuestionQuerySet":
        """The bank, keys included, is for those who write the course; students meet questions in lessons."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(memberships_with(user, Capability.AUTHOR, outer="course_id"))


class QuestionManager(models.Manager.from_queryset(QuestionQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> QuestionQuerySet:
        return super().get_queryset().kept()  # type: ignore[no-any-return]


class AttemptQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "AttemptQuerySet":
        """One's own attempts, and those of the students whom one grades."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        graded = memberships_with(user, Capability.GRADE, outer="course_id")
        return self.filter(models.Q(user_id=user.pk) | models.Q(graded))
