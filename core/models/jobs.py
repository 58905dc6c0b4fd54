from django.db import models
from django.utils.translation import gettext_lazy as _


class JobLease(models.Model):
    """A worker's promise to finish a job before ``until``; the job's own row is django-tasks-db's."""

    job_id = models.UUIDField(_("job"), unique=True)
    worker = models.CharField(_("worker"), max_length=80)
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("job lease")
        verbose_name_plural = _("job leases")

    def __str__(self) -> str:
        return f"{self.job_id} by {self.worker}"


class ScheduledRun(models.Model):
    """When a periodic task is due next."""

    task = models.CharField(_("task"), max_length=200, unique=True)
    next_at = models.DateTimeField(_("next run"))
    last_at = models.DateTimeField(_("last run"), null=True, blank=True)

    class Meta:
        verbose_name = _("scheduled run")
        verbose_name_plural = _("schedule")

    def __str__(self) -> str:
        return self.task


class WorkerBeat(models.Model):
    """One row per worker process, renewed while it lives; health pages read it."""

    worker = models.CharField(_("worker"), max_length=80, unique=True)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("seen"), db_index=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.worker
