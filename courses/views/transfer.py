"""Courses in and out as folders in a ZIP."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from courses.views.outline import get_course


def course_import(request: HttpRequest) -> HttpResponse:
    raise Http404


def import_report(request: HttpRequest, report: UUID) -> HttpResponse:
    raise Http404


def course_export(request: HttpRequest, slug: str) -> HttpResponse:
    get_course(request, slug)
    raise Http404
