from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.outline import Block, Item


class Result(models.Model):
    """The points that count for a person at one place of a course. Written only by ``courses.services.results``.

    What was tried and when stays with whoever scores (an attempt); this is the figure that lists and sums read.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="results"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="results")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="results")
    block = models.ForeignKey(
        Block, verbose_name=_("block"), on_delete=models.PROTECT, null=True, blank=True, related_name="results"
    )
    points = models.DecimalField(_("points"), max_digits=12, decimal_places=5)
    max_points = models.DecimalField(_("of"), max_digits=12, decimal_places=5)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    scored_at = models.DateTimeField(_("scored"))

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "block"), condition=models.Q(block__isnull=False), name="courses_result_block_once"
            ),
            models.UniqueConstraint(
                fields=("user", "item"), condition=models.Q(block__isnull=True), name="courses_result_item_once"
            ),
            models.CheckConstraint(
                condition=models.Q(points__gte=0) & models.Q(max_points__gte=0), name="courses_result_not_negative"
            ),
        )
        indexes = (models.Index(fields=("course", "user"), name="courses_result_course"),)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.item_id}: {self.points} of {self.max_points}"
