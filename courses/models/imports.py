from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import PublicId
from courses.enums import ImportState
from courses.models.course import Course
from courses.querysets import ImportRunQuerySet
from files.models import StoredFile


class ImportRun(PublicId):
    """A course folder that somebody uploaded, and what became of it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="import_runs"
    )
    file = models.ForeignKey(StoredFile, verbose_name=_("file"), on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(
        Course, verbose_name=_("course"), on_delete=models.PROTECT, null=True, blank=True, related_name="import_runs"
    )
    state = models.CharField(_("state"), max_length=8, choices=ImportState, default=ImportState.QUEUED)
    report = models.JSONField(_("report"), default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of a course")
        verbose_name_plural = _("imports of courses")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.file_id}: {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state in (ImportState.DONE, ImportState.FAILED)
