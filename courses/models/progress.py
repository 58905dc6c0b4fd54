from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.enums import ProgressState
from courses.models.course import Course
from courses.models.outline import Item


class ItemProgress(models.Model):
    """How far a person is in an item. Written only by ``courses.services.progress``."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="progress"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="progress")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="progress")
    state = models.CharField(_("state"), max_length=8, choices=ProgressState, default=ProgressState.STARTED)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("end reached"), null=True, blank=True)
    done_at = models.DateTimeField(_("finished"), null=True, blank=True)
    place = models.CharField(_("where the reader stopped"), max_length=64, blank=True)
    share = models.PositiveSmallIntegerField(_("share read, in percent"), default=0)

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints = (
            models.UniqueConstraint(fields=("user", "item"), name="courses_progress_once"),
            models.CheckConstraint(
                condition=models.Q(state="done", done_at__isnull=False) | ~models.Q(state="done"),
                name="courses_progress_done_has_time",
            ),
            models.CheckConstraint(condition=models.Q(share__lte=100), name="courses_progress_share"),
        )
        indexes = (
            models.Index(fields=("course", "user", "state"), name="courses_progress_course"),
            models.Index(fields=("user", "seen_at"), name="courses_progress_seen"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in {self.item_id}: {self.state}"
