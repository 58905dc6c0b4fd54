"""What somebody has reached in a course: their own page, and the staff's page about a person."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.authz import authorize
from core.shortcuts import get_visible, note_seen
from courses.models import Course
from courses.selectors.results import course_results, grade_shown
from courses.views.people import get_member
from courses.views.tabs import course_tabs


@require_safe
def results(request: HttpRequest, slug: str) -> HttpResponse:
    """One's own points by lesson, and how the score comes about."""
    course = get_visible(Course, request.user, slug=slug)
    authorize(request.user, "courses.view_results", course)
    note_seen(request, f"results.{course.public_id}")
    found = course_results(request.user, course)
    context = {
        "nav_active": "courses",
        "course": course,
        "course_tabs": course_tabs(request.user, course, "results"),
        "results": found,
        "grade": grade_shown(found),
    }
    return render(request, "courses/results.html", context)


@require_safe
def member_results(request: HttpRequest, slug: str, member: Any) -> HttpResponse:
    """How far one person is and what they have reached, for those who may see the course's people."""
    found = get_member(request, slug, member)
    authorize(request.user, "courses.view_people", found.course)
    reached = course_results(found.user, found.course)
    context = {
        "nav_active": "courses",
        "course": found.course,
        "member": found,
        "results": reached,
        "grade": grade_shown(reached),
        "may_manage": request.user.has_perm("courses.manage_people", found),
    }
    return render(request, "courses/member_results.html", context)
