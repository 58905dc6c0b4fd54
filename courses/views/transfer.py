"""Courses in and out as archives."""

import csv
import logging
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.tables import safe_cell
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error
from core.once import once
from core.shortcuts import get_visible, note_seen, render_page, signed_in
from courses.forms import ImportForm
from courses.models import ExportRun, ImportRun
from courses.purposes import ARCHIVE
from courses.selectors.exports import exports_of, shown_export
from courses.selectors.imports import entries_of, report_of, runs_of
from courses.services.exporting import note_download, start_export
from courses.services.importing import cancel_import, start_import
from courses.views.answers import REFUSED, sent
from courses.views.outline import get_course
from files.services import store_sent
from files.serving import file_answer

logger = logging.getLogger("aumbry.exports")

_PER_PAGE = 20
_CSV = ("kind", "title", "source_id", "verdict", "reason", "where", "module")


@require_http_methods(["GET", "HEAD", "POST"])
def course_import(request: HttpRequest) -> HttpResponse:
    """Take the archive of a course; a job reads it, and the next page tells how far it is. Below: earlier imports."""
    authorize(request.user, "courses.add_course")
    form = ImportForm(**sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _report_of(request, form)))
        except DomainError as error:
            add_domain_error(form, error)
    runs = Paginator(runs_of(request.user), _PER_PAGE).get_page(request.GET.get("page"))
    context = {"nav_active": "teaching", "form": form, "runs": runs}
    return render(request, "courses/course_import.html", context, status=REFUSED if form.errors else 200)


def _report_of(request: HttpRequest, form: ImportForm) -> str:
    archive = form.cleaned_data["archive"]
    file = store_sent(actor=request.user, sent=archive, purpose=ARCHIVE)
    run = start_import(actor=signed_in(request), file=file, trial=form.cleaned_data["trial"])
    return reverse("courses:import-report", args=[run.public_id])


def _run(request: HttpRequest, report: UUID) -> ImportRun:
    return get_visible(ImportRun.objects.select_related("course", "file"), request.user, public_id=report)


@require_safe
def import_report(request: HttpRequest, report: UUID) -> HttpResponse:
    """What an import did, part by part; while it runs the page asks again by itself, or on reload."""
    note_seen(request, f"import.{report}")
    shown = report_of(_run(request, report), verdict=request.GET.get("show", ""), page=request.GET.get("page"))
    query = f"show={shown.verdict}&" if shown.verdict else ""
    context = {"nav_active": "teaching", "report": shown, "run": shown.run, "page_query": query}
    return render_page(request, "courses/import_report.html", context, partial="report")


@require_safe
def import_table(request: HttpRequest, report: UUID) -> HttpResponse:
    """The report as a table for spreadsheets."""
    run = _run(request, report)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.public_id}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(_CSV)
    for entry in entries_of(run):
        writer.writerow(safe_cell(entry.get(name, "")) for name in _CSV)
    return response


@require_POST
def import_cancel(request: HttpRequest, report: UUID) -> HttpResponse:
    """Call off an import that has not begun."""
    run = _run(request, report)
    try:
        cancel_import(actor=signed_in(request), run=run)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("courses:import-report", run.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def course_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The archives of a course that are kept, and the button that has another one made by a job."""
    course = get_course(request, slug)
    authorize(request.user, "courses.export_course", course)
    if request.method == "POST":
        run = start_export(actor=signed_in(request), course=course)
        return redirect("courses:export-run", course.slug, run.public_id)
    runs = Paginator(exports_of(course), _PER_PAGE).get_page(request.GET.get("page"))
    context = {"nav_active": "teaching", "course": course, "runs": runs, "days": settings.EXPORT_DAYS}
    return render(request, "courses/course_export.html", context)


@require_safe
def export_run(request: HttpRequest, slug: str, export: UUID) -> HttpResponse:
    """One archive: being made (the page asks again by itself, or on reload), ready to be fetched, or why not."""
    note_seen(request, f"export.{export}")
    run = _export(request, slug, export)
    context = {"nav_active": "teaching", "course": run.course, "run": run, "shown": shown_export(run)}
    return render_page(request, "courses/export_run.html", context, partial="export")


@require_safe
def export_download(request: HttpRequest, slug: str, export: UUID) -> HttpResponseBase:
    """The archive itself, for whoever may export the course at this moment."""
    run = _export(request, slug, export)
    if run.file is None:
        return redirect("courses:export-run", run.course.slug, run.public_id)
    try:
        answer = file_answer(request, run.file)
    except FileNotFoundError:
        logger.exception("bytes of an export are lost", extra={"run": run.pk})
        raise Http404 from None
    note_download(actor=signed_in(request), run=run)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _export(request: HttpRequest, slug: str, export: UUID) -> ExportRun:
    rows = ExportRun.objects.select_related("course", "file", "user")
    return get_visible(rows, request.user, course__slug=slug, public_id=export)
