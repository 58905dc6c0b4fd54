import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import PeopleFilterForm, PersonForm, ResetFactorsForm, RoleForm
from accounts.models import User
from accounts.selectors import has_confirmed_email, list_people
from accounts.services.factors import reset_factors
from accounts.services.people import change_role, create_user, end_user, invite, restore_user
from accounts.views.proof import gives_a_role, proof_needed
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import get_visible, render_page

ROWS = 25


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, for administrators."""
    authorize(request.user, "accounts.list_users")
    form = PeopleFilterForm(request.GET)
    values = form.values()
    page = Paginator(list_people(request.user, **values), ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "filtered": any(values.values()), "nav_active": "people"}
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
    context: dict[str, Any] = {"person": user, "nav_active": "people"}
    if request.user.has_perm("accounts.change_role", user):
        context |= {
            "role_form": RoleForm(initial={"role": user.role}),
            "reset_form": ResetFactorsForm(),
            "confirmed": has_confirmed_email(user),
        }
    return render(request, "accounts/person.html", context)


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
