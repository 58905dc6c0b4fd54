"""Courses in and out as folders in a ZIP."""

import tempfile
from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error
from core.once import once
from core.shortcuts import get_visible, render_page, signed_in
from courses.forms import ImportForm
from courses.models import ImportRun
from courses.services.exporting import export_zip
from courses.services.importing import start_import
from courses.views.answers import REFUSED, sent
from courses.views.outline import get_course
from files.services import store_file
from files.serving import download


@require_http_methods(["GET", "HEAD", "POST"])
def course_import(request: HttpRequest) -> HttpResponse:
    """Take the ZIP of a course folder; a job reads it, and the next page tells how far it is."""
    authorize(request.user, "courses.add_course")
    form = ImportForm(**sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _report_of(request, form)))
        except DomainError as error:
            add_domain_error(form, error)
    context = {"nav_active": "teaching", "form": form}
    return render(request, "courses/course_import.html", context, status=REFUSED if form.errors else 200)


def _report_of(request: HttpRequest, form: ImportForm) -> str:
    archive = form.cleaned_data["archive"]
    file = store_file(actor=request.user, content=archive, name=archive.name)
    run = start_import(actor=signed_in(request), file=file)
    return reverse("courses:import-report", args=[run.public_id])


@require_safe
def import_report(request: HttpRequest, report: UUID) -> HttpResponse:
    """What an import did, part by part; while it runs the page asks again by itself, or on reload."""
    run = get_visible(ImportRun.objects.select_related("course", "file"), request.user, public_id=report)
    context = {"nav_active": "teaching", "run": run}
    return render_page(request, "courses/import_report.html", context, partial="report")


@require_safe
def course_export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The course as a ZIP of its folder, with the newest texts."""
    course = get_course(request, slug)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{course.slug}.zip"
        export_zip(actor=request.user, course=course, path=path)
        # The open file outlives its name.
        return download(request, path.open("rb"), name=path.name, media_type="application/zip")
