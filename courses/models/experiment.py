from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import PublicId
from courses.models.course import Course


class Experiment(PublicId):
    """A comparison within a course: each student belongs to one of its groups, for good, and sees that group's branch."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="experiments")
    name = models.CharField(_("name"), max_length=200)
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("course", "source_id"),
                condition=~models.Q(source_id=""),
                name="courses_experiment_source_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ExperimentGroup(PublicId):
    """One of the branches. A closed group gets no new students; those who are in it stay."""

    experiment = models.ForeignKey(
        Experiment, verbose_name=_("experiment"), on_delete=models.CASCADE, related_name="groups"
    )
    name = models.CharField(_("name"), max_length=200)
    source_id = models.CharField(_("id in the source"), max_length=200, blank=True, editable=False)
    is_closed = models.BooleanField(_("takes no new students"), default=False)

    class Meta:
        verbose_name = _("group of an experiment")
        verbose_name_plural = _("groups of experiments")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("experiment", "source_id"),
                condition=~models.Q(source_id=""),
                name="courses_experiment_group_source_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ExperimentPlace(models.Model):
    """The group that a person belongs to. Written once, at the first branch that they see; never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="experiment_places"
    )
    experiment = models.ForeignKey(
        Experiment, verbose_name=_("experiment"), on_delete=models.PROTECT, related_name="places"
    )
    group = models.ForeignKey(ExperimentGroup, verbose_name=_("group"), on_delete=models.PROTECT, related_name="places")
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("place in an experiment")
        verbose_name_plural = _("places in experiments")
        constraints = (models.UniqueConstraint(fields=("user", "experiment"), name="courses_experiment_place_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
