from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible, note_seen, signed_in
from courses.models import Course
from courses.selectors import course_page
from courses.selectors.description import description_html
from courses.selectors.people import own_membership
from courses.services import enrolment as enrolments
from courses.views.tabs import course_tabs


@require_safe
@login_not_required
def course_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What the course is, its outline with the reader's progress, and the way in."""
    course = get_visible(Course, request.user, slug=slug)
    note_seen(request, f"course.{course.public_id}")
    context = {
        "nav_active": "courses",
        "course": course,
        "page": course_page(request.user, course),
        "course_tabs": course_tabs(request.user, course, "outline"),
        "description": description_html(course),
        "may_edit": request.user.has_perm("courses.change_course", course),
    }
    return render(request, "courses/course_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, slug: str) -> HttpResponse:
    """Join the course. A visitor who pressed the button comes here after signing in, by GET, and is shown the course."""
    course = get_visible(Course, request.user, slug=slug)
    if request.method == "POST":
        with domain_errors_as_messages(request):
            enrolments.enrol(actor=request.user, course=course, user=signed_in(request))
            messages.success(request, _("You are enrolled in %(title)s.") % {"title": course.title})
    return redirect(course)


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then leave the course; what was done in it stays."""
    course = get_visible(Course, request.user, slug=slug)
    membership = own_membership(request.user, course)
    if membership is None:
        return redirect(course)
    if request.method != "POST":
        return render(request, "courses/course_leave.html", {"nav_active": "courses", "course": course})
    with domain_errors_as_messages(request):
        enrolments.end_membership(actor=request.user, membership=membership)
        messages.success(request, _("You have left %(title)s. Your progress is kept.") % {"title": course.title})
    return redirect("home")
