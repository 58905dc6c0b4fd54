from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors.accommodations import effective
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import get_visible, render_page
from courses.enums import Role
from courses.forms import AddPersonForm, RoleForm, RosterForm
from courses.models import Course, Membership
from courses.selectors import roster
from courses.selectors.catalogue import lesson_count
from courses.selectors.people import roster_headings
from courses.selectors.results import totals
from courses.services import enrolment as enrolments
from courses.views.answers import REFUSED, other_parameters, sent
from courses.views.roster_rows import roster_rows
from courses.views.tabs import course_tabs

PAGE_SIZE = 200


@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is in the course and how far they are; filtered and sorted by the address."""
    course = get_visible(Course.objects.annotate(lessons=lesson_count()), request.user, slug=slug)
    authorize(request.user, "courses.view_people", course)
    return _people_page(request, course, AddPersonForm())


def _people_page(request: HttpRequest, course: Course, form: AddPersonForm, status: int = 200) -> HttpResponse:
    shown = RosterForm(request.GET)
    found = roster(
        course, role=shown.only_role, query=shown.query, order=shown.order, total=getattr(course, "lessons", None)
    )
    page = Paginator(found.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    may_manage = request.user.has_perm("courses.manage_people", course)
    people_url = reverse("courses:people", args=[course.slug])
    students: list[Any] = [member for member in page.object_list if member.role == Role.STUDENT]
    reached = {(member.user_id, course.pk): member.points for member in students}
    points = totals(reached, reached)
    context = {
        "nav_active": "courses",
        "course": course,
        "course_tabs": course_tabs(request.user, course, "people"),
        "shown": shown,
        "roles": Role.choices,
        "headings": roster_headings(found),
        "page": page,
        "page_query": other_parameters(request),
        "rows": roster_rows(
            page.object_list,
            total=found.total,
            points={user_id: total for (user_id, _course), total in points.items()},
            # Seen by those who look after the people: the others in the course's staff need not know.
            given=effective([member.user_id for member in students], course.pk) if may_manage else {},
            people_url=people_url,
            may_manage=may_manage,
        ),
        "total": found.total,
        "may_manage": may_manage,
        "form": form,
    }
    return render_page(request, "courses/people.html", context, partial="rows", status=status)


@require_POST
def add_person(request: HttpRequest, slug: str) -> HttpResponse:
    """Give somebody who has an account a role in the course."""
    course = get_visible(Course, request.user, slug=slug)
    authorize(request.user, "courses.manage_people", course)
    form = AddPersonForm(request.POST)
    if form.is_valid():
        person, role = form.cleaned_data["email"], form.cleaned_data["role"]
        try:
            member = enrolments.enrol(actor=request.user, course=course, user=person, role=role)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            said = _("%(name)s is in the course as %(role)s.")
            messages.success(request, said % {"name": person, "role": member.get_role_display().lower()})
            return redirect("courses:people", course.slug)
    return _people_page(request, course, form, status=REFUSED)


@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, slug: str, member: Any) -> HttpResponse:
    """One member: another role, or the end of the membership."""
    found = get_member(request, slug, member)
    authorize(request.user, "courses.manage_people", found)
    form = RoleForm(**sent(request), initial={"role": found.role})
    if request.method == "POST" and form.is_valid():
        try:
            enrolments.change_role(actor=request.user, membership=found, role=Role(form.cleaned_data["role"]))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            said = _("%(name)s is now %(role)s.")
            role = Role(form.cleaned_data["role"]).label.lower()
            messages.success(request, said % {"name": found.user, "role": role})
            return redirect("courses:people", slug)
    context = {"nav_active": "courses", "course": found.course, "member": found, "form": form}
    return render(request, "courses/member.html", context, status=REFUSED if form.errors else 200)


@require_POST
def end_membership(request: HttpRequest, slug: str, member: Any) -> HttpResponse:
    found = get_member(request, slug, member)
    with domain_errors_as_messages(request):
        enrolments.end_membership(actor=request.user, membership=found)
        said = _("%(name)s is no longer in the course. What they did is kept.")
        messages.success(request, said % {"name": found.user})
        return redirect("courses:people", slug)
    return redirect(reverse("courses:member-edit", args=[slug, member]))


def get_member(request: HttpRequest, slug: str, member: Any) -> Membership:
    """A current member of the course, or 404."""
    rows = Membership.objects.active().select_related("user", "course")
    return get_visible(rows, request.user, course__slug=slug, public_id=member)
