from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import PublicId
from courses.enums import ExportState
from courses.models.course import Course
from courses.querysets import ExportRunQuerySet
from files.models import StoredFile


class ExportRun(PublicId):
    """A course that is given out as an archive: asked for by somebody, made by a job, kept for some days."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="export_runs")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="export_runs"
    )
    file = models.ForeignKey(
        StoredFile, verbose_name=_("file"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=8, choices=ExportState, default=ExportState.QUEUED)
    job_id = models.UUIDField(_("job"), null=True, blank=True)
    starts = models.PositiveSmallIntegerField(_("how often it began"), default=0)
    message = models.TextField(_("why it failed"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = ExportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("export of a course")
        verbose_name_plural = _("exports of courses")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("course",),
                condition=models.Q(state__in=(ExportState.QUEUED, ExportState.RUNNING)),
                name="courses_one_export_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.course_id}: {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state in (ExportState.DONE, ExportState.FAILED)
