from datetime import date
from typing import Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import models

from accounts.enums import SiteRole
from accounts.validators import normalise_email
from core.slots import ACCOMMODATION_COURSES, PERSON_ACCESS


class UserQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: Any) -> "UserQuerySet":
        """Admins see everyone; others themselves and whom a slot shows them (a teacher: the course's members)."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        seen = models.Q(pk=user.pk)
        for source in PERSON_ACCESS:
            seen |= models.Q(pk__in=source(user))
        return self.filter(seen)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(email__iexact=normalise_email(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        user = self.model(email=normalise_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Any:
        return self.create_user(email, password, role=SiteRole.ADMIN, **fields)


class ApiKeyQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "ApiKeyQuerySet":
        """A key is its person's alone; administrators may look, too."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)


class DeviceQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def open(self) -> "DeviceQuerySet":
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: Any) -> "DeviceQuerySet":
        """A device is its person's alone; administrators may look, too."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)


class InvitationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "InvitationQuerySet":
        """Administrators see all; what belongs to a course is shown by the course."""
        if not user.is_authenticated or not user.is_active or not user.is_superuser:
            return self.none()
        return self.all()

    def with_taken(self) -> "InvitationQuerySet":
        """With ``taken_count``: how many have accepted."""
        return self.annotate(taken_count=models.Count("taken"))

    def in_state(self, state: str, now: Any) -> "InvitationQuerySet":
        """Of ``with_taken``: "open", "taken" (no place left), "expired" or "ended"; any other is all."""
        going = self.filter(ended_at__isnull=True)
        if state == "open":
            return going.filter(expires_at__gt=now, taken_count__lt=models.F("most_uses"))
        if state == "taken":
            return going.filter(taken_count__gte=models.F("most_uses"))
        if state == "expired":
            return going.filter(expires_at__lte=now, taken_count__lt=models.F("most_uses"))
        return self.filter(ended_at__isnull=False) if state == "ended" else self


class PeopleImportQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "PeopleImportQuerySet":
        """Administrators see all of them: the people in a table are theirs to look after."""
        if not user.is_authenticated or not user.is_active or not user.is_superuser:
            return self.none()
        return self.all()


class ImpersonationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def open(self) -> "ImpersonationQuerySet":
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: Any) -> "ImpersonationQuerySet":
        """The person who was looked at sees it, and administrators do."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)


class AccommodationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def open(self) -> "AccommodationQuerySet":
        return self.filter(ended_at__isnull=True)

    def holding(self, day: date) -> "AccommodationQuerySet":
        """Those that hold on ``day``."""
        until = models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=day)
        return self.open().filter(until, starts_on__lte=day)

    def in_course(self, course_id: int) -> "AccommodationQuerySet":
        """Those that count in a course: its own, and those for the whole site."""
        return self.filter(models.Q(course_id=course_id) | models.Q(course_id__isnull=True))

    def visible_to(self, user: Any) -> "AccommodationQuerySet":
        """One's own; for those who look after a course's students, those of the course and theirs for the whole site."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        seen = models.Q(user_id=user.pk)
        for courses in ACCOMMODATION_COURSES:
            seen |= models.Q(course_id__in=courses.looked_after(user))
            seen |= models.Q(course_id__isnull=True, user_id__in=courses.students(user))
        return self.filter(seen)


class PeopleActionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "PeopleActionQuerySet":
        """Administrators see all of them."""
        if not user.is_authenticated or not user.is_active or not user.is_superuser:
            return self.none()
        return self.all()
