import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import (
    ImpersonationForm,
    PeopleActionForm,
    PeopleFilterForm,
    PersonEditForm,
    PersonForm,
    ResetFactorsForm,
    RoleForm,
    SuspendForm,
)
from accounts.models import User
from accounts.selectors import list_people, people_page, person_file
from accounts.services.factors import reset_factors
from accounts.services.people import (
    change_role,
    change_user,
    create_user,
    end_user,
    invite,
    restore_user,
    suspend_user,
)
from accounts.views.proof import gives_a_role, proof_needed
from core.authz import authorize
from core.cursor import BadCursor
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import get_visible, render_page
from core.slots import PERSON_PARTS

ROWS = 25
PERSON_FIELDS = ("name", "email", "phone", "time_zone")


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, for administrators; for managers the people of their courses.

    They are counted only when somebody asks: ``?count=1``.
    """
    authorize(request.user, "accounts.list_users")
    form = PeopleFilterForm(request.GET)
    values = form.values()
    ordering = values.pop("ordering") or "name"
    try:
        page = people_page(request.user, cursor=request.GET.get("at", ""), size=ROWS, ordering=ordering, **values)
    except BadCursor:
        page = people_page(request.user, size=ROWS, ordering=ordering, **values)
    context = {
        "page": page,
        "form": form,
        "action_form": PeopleActionForm() if request.user.has_perm("accounts.add_peopleaction") else None,
        "filtered": any(values.values()),
        "count": list_people(request.user, **values).count() if request.GET.get("count") else None,
        "nav_active": "people",
    }
    return render_page(request, "accounts/people.html", context, partial="rows")


@require_http_methods(["GET", "HEAD", "POST"])
@proof_needed(when=gives_a_role)
def person_new(request: HttpRequest) -> HttpResponse:
    """An account for somebody, who chooses their password from a mail."""
    authorize(request.user, "accounts.add_user")
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = create_user(actor=request.user, invite=True, **form.cleaned_data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(
                request, _("%(name)s added. The mail to choose a password is on its way.") % {"name": user}
            )
            return redirect(user)
    context = {"form": form, "nav_active": "people"}
    return render(request, "accounts/person_form.html", context, status=422 if form.errors else 200)


@require_GET
def person(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One person: for themselves, administrators, and the staff of a course they are in."""
    user = get_visible(User, request.user, public_id=public_id)
    context: dict[str, Any] = {
        "person": user,
        "nav_active": "people",
        "parts": [
            (part.template, values) for part in PERSON_PARTS if (values := part.build(request.user, user)) is not None
        ],
    }
    if request.user.has_perm("accounts.change_role", user):
        context |= {
            "role_form": RoleForm(initial={"role": user.role}),
            "reset_form": ResetFactorsForm(),
            "look_form": ImpersonationForm() if user.is_active and not user.is_superuser else None,
            "suspend_form": SuspendForm(initial={"reason": user.suspension_reason}),
            "file": person_file(user),
        }
    return render(request, "accounts/person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@proof_needed(reading=False)
def person_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Name, email and what else administrators keep right."""
    user = get_visible(User, request.user, public_id=public_id)
    authorize(request.user, "accounts.add_user")
    form = PersonEditForm(request.POST or None, initial={name: getattr(user, name) for name in PERSON_FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            change_user(actor=request.user, user=user, **form.cleaned_data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect(user)
    context = {"form": form, "person": user, "nav_active": "people"}
    return render(request, "accounts/person_form.html", context, status=422 if form.errors else 200)


@require_POST
@proof_needed()
def person_role(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        change_role(actor=request.user, user=user, role=request.POST.get("role", ""))
        messages.success(request, _("Role saved"))
    return redirect(user)


@require_POST
@proof_needed()
def person_reset_factors(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take away the second factors of somebody who lost them."""
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        reset_factors(actor=request.user, user=user, reason=request.POST.get("reason", ""))
        messages.success(
            request, _("%(name)s signs in with the password alone, and was told by mail.") % {"name": user}
        )
    return redirect(user)


@require_POST
def person_end(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        end_user(actor=request.user, user=user)
        messages.success(request, _("Account closed. %(name)s is signed out everywhere.") % {"name": user})
    return redirect(user)


@require_POST
def person_suspend(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Keep somebody out for a time; whatever they are signed in with ends."""
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        suspend_user(actor=request.user, user=user, reason=request.POST.get("reason", ""))
        messages.success(request, _("%(name)s is suspended and signed out everywhere.") % {"name": user})
    return redirect(user)


@require_POST
def person_restore(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        restore_user(actor=request.user, user=user)
        messages.success(request, _("Account open again"))
    return redirect(user)


@require_POST
def person_invite(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        invite(actor=request.user, user=user)
        messages.success(request, _("The mail to choose a password is on its way."))
    return redirect(user)
