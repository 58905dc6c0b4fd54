"""Pages of a course beside its outline: reading one, and writing them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.authz import authorize
from core.errors import DomainError, Stale
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible
from courses.forms import CoursePageForm, NewTitleForm
from courses.models import Course, Page
from courses.selectors.pages import page_position, pages_of, shown_html, written_pages
from courses.services import page as pages
from courses.views.answers import REFUSED, moved, say_binned, sent, stored_differences
from courses.views.outline import get_course, wanted_position
from courses.views.tabs import course_tabs
from files.fields import add_files_to_texts


@require_safe
def course_page(request: HttpRequest, slug: str, page: UUID) -> HttpResponse:
    """A page to read, with the way to the others."""
    found = get_visible(Page.objects.select_related("course"), request.user, course__slug=slug, public_id=page)
    context = {
        "nav_active": "courses",
        "course": found.course,
        "page": found,
        "html": shown_html(found),
        "pages": pages_of(request.user, found.course),
        "may_edit": request.user.has_perm("courses.change_page", found),
    }
    return render(request, "courses/page.html", context)


@require_safe
def page_list(request: HttpRequest, slug: str) -> HttpResponse:
    """All pages of the course, for those who write them."""
    return _list(request, get_course(request, slug))


def _list(request: HttpRequest, course: Course, *, form: NewTitleForm | None = None, status: int = 200) -> HttpResponse:
    context = {
        "nav_active": "teaching",
        "course": course,
        "course_tabs": course_tabs(request.user, course, "pages"),
        "written": written_pages(course),
        "form": form or NewTitleForm(),
    }
    return render(request, "courses/pages.html", context, status=status)


@require_POST
def page_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new page that students do not see yet; on to writing it."""
    course = get_course(request, slug)
    form = NewTitleForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request, lambda: _add(request, course, form.cleaned_data["title"])))
        except DomainError as error:
            add_domain_error(form, error)
    return _list(request, course, form=form, status=REFUSED)


def _add(request: HttpRequest, course: Course, title: str) -> str:
    page = pages.add_page(actor=request.user, course=course, title=title, is_published=False)
    return reverse("courses:page-edit", args=[course.slug, page.public_id])


@require_http_methods(["GET", "HEAD", "POST"])
def page_edit(request: HttpRequest, slug: str, page: UUID) -> HttpResponse:
    found = _get_page(request, slug, page)
    stored = {name: getattr(found, name) for name in CoursePageForm.base_fields}
    form = CoursePageForm(**sent(request), initial=stored)
    status, theirs = 200, []
    if request.method == "POST":
        status = REFUSED
        add_files_to_texts(request, [form])
        if form.is_valid():
            try:
                pages.change_page(actor=request.user, page=found, **form.cleaned_data)
            except Stale as error:
                theirs = stored_differences(form, found)
                form = CoursePageForm({**form.cleaned_data, "version": error.current_version})
                form.is_valid()
                add_domain_error(form, error)
                status = error.status
            except DomainError as error:
                add_domain_error(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect("courses:page-edit", slug, page)
    return render(request, "courses/page_edit.html", _editor(found, form, theirs), status=status)


def _editor(page: Page, form: CoursePageForm, theirs: list[Any]) -> dict[str, Any]:
    return {
        "nav_active": "teaching",
        "course": page.course,
        "page": page,
        "preview_html": shown_html(page),
        "form": form,
        "theirs": theirs,
    }


@require_POST
def page_move(request: HttpRequest, slug: str, page: UUID) -> HttpResponse:
    found = _get_page(request, slug, page)

    def move() -> None:
        pages.move_page(actor=request.user, page=found, position=wanted_position(request, page_position(found)))

    return moved(request, move, reverse("courses:pages", args=[slug]), f"page-{page}")


@require_POST
def page_bin(request: HttpRequest, slug: str, page: UUID) -> HttpResponse:
    found = _get_page(request, slug, page)
    with domain_errors_as_messages(request):
        pages.bin_page(actor=request.user, page=found)
        say_binned(request, found, reverse("courses:page-restore", args=[slug, page]))
    return redirect("courses:pages", slug)


@require_POST
def page_restore(request: HttpRequest, slug: str, page: UUID) -> HttpResponse:
    course = get_course(request, slug)
    found = get_object_or_404(Page.everything.filter(course=course).select_related("course"), public_id=page)
    with domain_errors_as_messages(request):
        pages.restore_page(actor=request.user, page=found)
    return redirect("courses:pages", slug)


def _get_page(request: HttpRequest, slug: str, page: UUID) -> Page:
    found = get_visible(Page.objects.select_related("course"), request.user, course__slug=slug, public_id=page)
    authorize(request.user, "courses.change_page", found)
    return found
