"""Exports and their files."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from core.jobs import GIVEN_UP
from courses.enums import ExportState
from courses.models import ExportRun
from courses.selectors.exports import kept_until, shown_export


def present_exports(page: Iterable[ExportRun]) -> list[dict[str, Any]]:
    return [_export(run, ExportState(run.state)) for run in page]


def export_detail(run: ExportRun) -> dict[str, Any]:
    shown = shown_export(run)
    return {**_export(run, shown.state), "message": GIVEN_UP if shown.state != run.state else run.message}


def _export(run: ExportRun, state: ExportState) -> dict[str, Any]:
    return {
        "id": run.public_id,
        "course": run.course.slug,
        "state": state,
        "message": run.message,
        "size": run.file.size if run.file else None,
        "download": reverse("api:courses:export-download", args=[run.public_id]) if run.file else None,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "kept_until": kept_until(run),
    }
