"""Imports and what they report."""

from collections.abc import Iterable
from typing import Any

from core.jobs import GIVEN_UP, JobState, job_news
from courses.enums import ImportState
from courses.models import ImportRun
from courses.selectors.imports import entry_url


def present_imports(page: Iterable[ImportRun]) -> list[dict[str, Any]]:
    return [_import(run) for run in page]


def import_detail(run: ImportRun) -> dict[str, Any]:
    report = run.report
    given_up = not run.is_over and job_news(run.job_id).state == JobState.GIVEN_UP
    return {
        **_import(run),
        **({"state": ImportState.FAILED} if given_up else {}),
        "message": GIVEN_UP if given_up else report.get("message", ""),
        "problems": report.get("problems", {}),
        **{name: report.get(name, 0) for name in ("created", "changed", "unchanged")},
        "counts": report.get("counts", {}),
    }


def present_import_entries(run: ImportRun, page: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    texts = ("kind", "title", "source_id", "verdict", "reason", "where", "module")
    ids = ("lesson", "section", "block", "page")
    return [
        {
            **{name: entry.get(name, "") for name in texts},
            **{name: entry.get(name) for name in ids},
            "url": entry_url(run, entry),
        }
        for entry in page
    ]


def _import(run: ImportRun) -> dict[str, Any]:
    same = ("state", "format", "stage", "done", "total", "created_at", "finished_at")
    return {
        "id": run.public_id,
        "file": run.file.name,
        "trial": run.is_trial,
        "course": run.course.slug if run.course else None,
        **{name: getattr(run, name) for name in same},
    }
