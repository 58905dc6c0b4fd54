from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import PublicId
from courses.enums import ImportFormat, ImportState
from courses.models.course import Course
from courses.querysets import ImportRunQuerySet
from files.models import StoredFile


class ImportRun(PublicId):
    """A course that somebody uploaded from another system or as a folder, and what became of it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="import_runs"
    )
    file = models.ForeignKey(StoredFile, verbose_name=_("file"), on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(
        Course, verbose_name=_("course"), on_delete=models.PROTECT, null=True, blank=True, related_name="import_runs"
    )
    state = models.CharField(_("state"), max_length=8, choices=ImportState, default=ImportState.QUEUED)
    format = models.CharField(_("format"), max_length=10, choices=ImportFormat, blank=True)
    is_trial = models.BooleanField(
        _("trial run"), default=False, help_text=_("Says what an import would do, and stores nothing.")
    )
    job_id = models.UUIDField(_("job"), null=True, blank=True)
    stage = models.CharField(_("what it is doing"), max_length=20, blank=True)
    done = models.PositiveIntegerField(_("steps done"), default=0)
    total = models.PositiveIntegerField(_("steps in all"), default=0)
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
