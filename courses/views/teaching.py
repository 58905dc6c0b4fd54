from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.authz import authorize
from core.errors import DomainError, Stale
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible
from courses.forms import CourseForm, NewCourseForm
from courses.models import Course
from courses.selectors import teaching
from courses.selectors.teaching import binned_course, suggested_code, teaching_cards
from courses.services import course as courses
from courses.views.answers import REFUSED, say_binned, sent, stored_differences
from files.fields import add_files_to_texts

_COURSE_FIELDS = [name for name in CourseForm.base_fields if name != "version"]


@require_safe
def teaching_page(request: HttpRequest) -> HttpResponse:
    """The courses that the person teaches, and the way to new ones."""
    context = {
        "nav_active": "teaching",
        "cards": teaching_cards(request.user, teaching(request.user)),
        "may_create": request.user.has_perm("courses.add_course"),
    }
    return render(request, "courses/teaching.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def course_new(request: HttpRequest) -> HttpResponse:
    """A new course needs a title only; the rest is in its settings."""
    authorize(request.user, "courses.add_course")
    form = NewCourseForm(**sent(request))
    if request.method == "POST" and form.is_valid():
        title = form.cleaned_data["title"]
        code = form.cleaned_data["code"] or suggested_code(title)
        try:
            return redirect(once(request, lambda: _builder_of(request, title, code)))
        except DomainError as error:
            add_domain_error(form, error)
    context = {"nav_active": "teaching", "form": form}
    return render(request, "courses/course_new.html", context, status=REFUSED if form.errors else 200)


def _builder_of(request: HttpRequest, title: str, code: str) -> str:
    course = courses.create_course(actor=request.user, title=title, code=code)
    return reverse("courses:builder", args=[course.slug])


@require_http_methods(["GET", "HEAD", "POST"])
def course_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The settings of a course. Where somebody else saved meanwhile, both versions are shown and the typed one kept."""
    course = get_visible(Course, request.user, slug=slug)
    authorize(request.user, "courses.change_course", course)
    now_stored = {name: getattr(course, name) for name in (*_COURSE_FIELDS, "version")}
    form = CourseForm(**sent(request), initial=now_stored)
    theirs: list[tuple[Any, Any]] = []
    status = 200
    if request.method == "POST":
        status = REFUSED
        add_files_to_texts(request, [form])
        if form.is_valid():
            try:
                courses.change_course(actor=request.user, course=course, **form.cleaned_data)
            except Stale as error:
                form, theirs, status = _compare(form, course, error)
            except DomainError as error:
                add_domain_error(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect("courses:course-edit", slug)
    context = {"nav_active": "teaching", "course": course, "form": form, "theirs": theirs}
    return render(request, "courses/course_edit.html", context, status=status)


def _compare(form: CourseForm, course: Course, error: Stale) -> tuple[CourseForm, list[tuple[Any, Any]], int]:
    """The form with what was typed, ready to be saved over the newer version, and what that version says."""
    typed = CourseForm({**dict(form.data.items()), "version": error.current_version})
    typed.is_valid()
    add_domain_error(typed, error)
    return typed, stored_differences(form, course), error.status


@require_POST
def course_state(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish, withdraw or archive, as the pressed button says."""
    course = get_visible(Course, request.user, slug=slug)
    with domain_errors_as_messages(request):
        match request.POST.get("state"):
            case "published":
                courses.publish_course(actor=request.user, course=course)
                messages.success(request, _("Published. The course is in the catalogue."))
            case "draft":
                courses.unpublish_course(actor=request.user, course=course)
                messages.success(request, _("The course is a draft again. Students no longer see it."))
            case "archived":
                courses.archive_course(actor=request.user, course=course)
                messages.success(request, _("Archived. Its people can read it, nobody can enrol or go on."))
    return redirect("courses:builder", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def course_bin(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then move the course to the bin with all that is in it."""
    course = get_visible(Course, request.user, slug=slug)
    authorize(request.user, "courses.delete_course", course)
    if request.method != "POST":
        return render(request, "courses/course_bin.html", {"nav_active": "teaching", "course": course})
    courses.bin_course(actor=request.user, course=course)
    say_binned(request, course.title, reverse("courses:course-restore", args=[slug]))
    return redirect("courses:teaching")


@require_POST
def course_restore(request: HttpRequest, slug: str) -> HttpResponse:
    course = binned_course(request.user, slug)
    with domain_errors_as_messages(request):
        courses.restore_course(actor=request.user, course=course)
        messages.success(request, _("“%(title)s” is back.") % {"title": course.title})
    return redirect("courses:teaching")
