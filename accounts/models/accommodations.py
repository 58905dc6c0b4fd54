from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from accounts.querysets import AccommodationQuerySet
from core.models import PublicId, TimeStamped, Versioned


class Accommodation(PublicId, TimeStamped, Versioned):
    """What a student is given to make up for a disadvantage, on the whole site or in one course, for a time.

    Only the staff who look after it and the student see it; the note is for fewer. Ended ones stay, to show what held.
    """

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="accommodations")
    # A plain number, since courses stand above accounts; empty for all courses.
    course_id = models.BigIntegerField(_("course"), null=True, blank=True, db_index=True)
    time_factor = models.DecimalField(
        _("time factor"),
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(10))],
    )
    extra_attempts = models.PositiveSmallIntegerField(_("extra tries"), default=0, validators=[MaxValueValidator(100)])
    extra_days = models.PositiveSmallIntegerField(_("days longer"), default=0, validators=[MaxValueValidator(365)])
    break_minutes = models.PositiveSmallIntegerField(
        _("minutes of breaks"), default=0, validators=[MaxValueValidator(240)]
    )
    note = models.TextField(_("note"), max_length=1000, blank=True, default="")
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    given_by = models.ForeignKey(
        User, verbose_name=_("given by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    objects = AccommodationQuerySet.as_manager()

    class Meta:
        verbose_name = _("accommodation")
        verbose_name_plural = _("accommodations")
        ordering = ("-starts_on", "-id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(time_factor__gte=1) & models.Q(time_factor__lte=10),
                name="accounts_accommodation_factor",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="accounts_accommodation_days",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.summary}"

    @property
    def summary(self) -> str:
        """What is given, without the note, in the same words whatever the language: for the event log."""
        given = {
            "time ×": self.time_factor.normalize() if self.time_factor != 1 else 0,
            "tries +": self.extra_attempts,
            "days +": self.extra_days,
            "breaks ": self.break_minutes,
        }
        said = [
            f"{word}{value:f}" if isinstance(value, Decimal) else f"{word}{value}"
            for word, value in given.items()
            if value
        ]
        days = f"{self.starts_on} to {self.ends_on}" if self.ends_on else f"from {self.starts_on}"
        return f"{', '.join(said)} ({days})"

    def holds_on(self, day: date) -> bool:
        return self.ended_at is None and self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
