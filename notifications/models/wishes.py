"""How people want to be told."""

from datetime import time

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from notifications.enums import Category, Channel, Frequency, Weekday
from notifications.querysets import OwnQuerySet

MORNING = time(7, 30)


class Preference(models.Model):
    """How often somebody is told of a category on a channel, where they want it otherwise than by default."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    category = models.CharField(_("category"), max_length=16, choices=Category)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    frequency = models.CharField(_("how often"), max_length=8, choices=Frequency)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = (
            models.UniqueConstraint(fields=("user", "category", "channel"), name="notifications_preference_once"),
        )

    def __str__(self) -> str:
        return f"{self.category} by {self.channel}: {self.frequency}"


class Timing(models.Model):
    """When somebody's digests come, and when they want quiet; times of day in their own zone."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    digest_at = models.TimeField(_("digest at"), default=MORNING)
    digest_day = models.CharField(_("weekly digest on"), max_length=1, choices=Weekday, default=Weekday.MONDAY)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("timing")
        verbose_name_plural = _("timings")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notifications_quiet_both",
            ),
        )

    def __str__(self) -> str:
        return f"timing of {self.user_id}"


class Mute(models.Model):
    """A course, or one thread, that somebody wants to hear nothing of."""

    public_id = models.UUIDField(_("public id"), default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    course = models.ForeignKey(
        "courses.Course", verbose_name=_("course"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    thread = models.CharField(_("thread"), max_length=80, blank=True)
    # What the thread was called when it was muted.
    title = models.CharField(_("title"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(course__isnull=True) & ~models.Q(thread="")
                | models.Q(course__isnull=False, thread=""),
                name="notifications_mute_of_one",
            ),
            models.UniqueConstraint(
                fields=("user", "course"), condition=models.Q(thread=""), name="notifications_mute_course_once"
            ),
            models.UniqueConstraint(
                fields=("user", "thread"),
                condition=models.Q(course__isnull=True),
                name="notifications_mute_thread_once",
            ),
        )

    def __str__(self) -> str:
        return self.thread or f"course {self.course_id}"
