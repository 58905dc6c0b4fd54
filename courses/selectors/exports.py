"""Archives of a course: those that there are, and how one that is being made is doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise

from core.jobs import GIVEN_UP, JobNews, JobState, job_news
from courses.enums import ExportState
from courses.models import Course, ExportRun


@dataclass(frozen=True)
class ShownExport:
    """``kept_until`` is when an archive that is ready goes; ``news`` tells of one that is not."""

    run: ExportRun
    news: JobNews

    @property
    def state(self) -> ExportState:
        """As it is in truth: a run whose job was given up has failed, whatever its row says yet."""
        if not self.run.is_over and self.news.state == JobState.GIVEN_UP:
            return ExportState.FAILED
        return ExportState(self.run.state)

    @property
    def given_up(self) -> Promise:
        return GIVEN_UP

    @property
    def is_over(self) -> bool:
        return self.state in (ExportState.DONE, ExportState.FAILED)

    @property
    def is_tried_again(self) -> bool:
        return not self.run.is_over and self.news.state == JobState.AGAIN

    @property
    def kept_until(self) -> datetime | None:
        return kept_until(self.run)


def exports_of(course: Course) -> "QuerySet[ExportRun]":
    """The archives of a course, the latest first."""
    rows: QuerySet[ExportRun] = ExportRun.objects.filter(course=course).select_related("user", "file", "course")
    return rows.order_by("-pk")


def shown_export(run: ExportRun) -> ShownExport:
    """One archive, with how its job is doing while it is being made."""
    return ShownExport(run, JobNews(JobState.OVER) if run.is_over else job_news(run.job_id))


def kept_until(run: ExportRun) -> datetime | None:
    if run.state != ExportState.DONE or run.finished_at is None:
        return None
    return run.finished_at + timedelta(days=settings.EXPORT_DAYS)
