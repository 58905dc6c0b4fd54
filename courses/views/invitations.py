"""Inviting people into a course."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.services.invitations import link_of
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible, signed_in
from courses.forms import ClassLinkForm, InvitationsFilterForm, MailInvitationsForm
from courses.models import Course, CourseInvitation
from courses.selectors.people import course_invitations
from courses.services import invitations as service
from courses.views.answers import REFUSED
from courses.views.tabs import course_tabs

PAGE_SIZE = 50


@require_safe
def invitations(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is invited into the course, and two ways to invite."""
    course = _course(request, slug)
    return _page(request, course, MailInvitationsForm(), ClassLinkForm())


@require_POST
def mail(request: HttpRequest, slug: str) -> HttpResponse:
    """Mail invitations to a list of addresses; the page says what became of each."""
    course = _course(request, slug)
    form = MailInvitationsForm(request.POST)
    if form.is_valid():
        made: list[service.Verdict] = []
        try:
            address = once(request, lambda: _mailed(request, course, form, made))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            if made:
                return _page(request, course, MailInvitationsForm(), ClassLinkForm(), verdicts=made)
            messages.info(request, _("These invitations were sent already."))
            return redirect(address)
    return _page(request, course, form, ClassLinkForm())


def _mailed(request: HttpRequest, course: Course, form: MailInvitationsForm, made: list[service.Verdict]) -> str:
    made.extend(service.invite_by_mail(actor=signed_in(request), course=course, **form.cleaned_data))
    return reverse("courses:invitations", args=[course.slug])


@require_POST
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """A link for the class; it is shown once, in this answer."""
    course = _course(request, slug)
    form = ClassLinkForm(request.POST)
    made: list[Any] = []
    if form.is_valid():
        try:
            address = once(request, lambda: _linked(request, course, form, made))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            return _link_made(request, made, address)
    return _page(request, course, MailInvitationsForm(), form)


def _linked(request: HttpRequest, course: Course, form: ClassLinkForm, made: list[Any]) -> str:
    part, token = service.make_class_link(actor=signed_in(request), course=course, **form.cleaned_data)
    made.append((part.invitation, token))
    return reverse("courses:invitations", args=[course.slug])


def _link_made(request: HttpRequest, made: list[Any], back: str) -> HttpResponse:
    if not made:
        messages.info(request, _("This link was made already. It was shown then and cannot be shown again."))
        return redirect(back)
    invitation, token = made[0]
    context = {"invitation": invitation, "link": link_of(token), "back": back, "nav_active": "courses"}
    answer = render(request, "accounts/invitation_made.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def end(request: HttpRequest, slug: str, invitation: UUID) -> HttpResponse:
    service.end_course_invitation(actor=request.user, part=_part(request, slug, invitation))
    messages.success(request, _("The invitation is ended. Its link opens nothing any more."))
    return redirect("courses:invitations", slug)


@require_POST
def again(request: HttpRequest, slug: str, invitation: UUID) -> HttpResponse:
    part = _part(request, slug, invitation)
    with domain_errors_as_messages(request):
        service.send_course_invitation_again(actor=request.user, part=part)
        messages.success(request, _("Sent again, with a new link. The old one opens nothing any more."))
    return redirect("courses:invitations", slug)


def _course(request: HttpRequest, slug: str) -> Course:
    course: Course = get_visible(Course, request.user, slug=slug)
    authorize(request.user, "courses.manage_people", course)
    return course


def _part(request: HttpRequest, slug: str, invitation: UUID) -> CourseInvitation:
    rows = CourseInvitation.objects.select_related("invitation", "course")
    return get_visible(rows, request.user, course__slug=slug, invitation__public_id=invitation)


def _page(
    request: HttpRequest,
    course: Course,
    mail: MailInvitationsForm,
    link: ClassLinkForm,
    verdicts: list[service.Verdict] | None = None,
) -> HttpResponse:
    shown = InvitationsFilterForm(request.GET or {"state": "open"})
    rows = course_invitations(request.user, course, state=shown.value())
    context = {
        "nav_active": "courses",
        "course": course,
        "course_tabs": course_tabs(request.user, course, "people"),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "shown": shown,
        "mail": mail,
        "link": link,
        "verdicts": verdicts,
    }
    status = REFUSED if mail.errors or link.errors else 200
    return render(request, "courses/invitations.html", context, status=status)
