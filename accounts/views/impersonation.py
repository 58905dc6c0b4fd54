"""Looking at the site as somebody else, and reading who did."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import ImpersonationForm
from accounts.impersonation import LOOKS_AS, begin
from accounts.models import Impersonation, User
from accounts.selectors import list_impersonations
from accounts.services.impersonation import end_impersonation, start_impersonation
from accounts.sessions import this_device
from accounts.views.proof import proof_needed
from core.authz import authorize
from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible, signed_in

_ROWS = 25


@require_POST
@proof_needed()
def impersonation_start(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """From the next page on, see the site as this person."""
    user = get_visible(User, request.user, public_id=public_id)
    authorize(request.user, "accounts.impersonate")
    form = ImpersonationForm(request.POST)
    form.is_valid()
    with domain_errors_as_messages(request):
        row = start_impersonation(
            actor=signed_in(request),
            user=user,
            device=this_device(request),
            reason=request.POST.get("reason", ""),
            may_change=bool(form.cleaned_data.get("may_change")),
        )
        begin(request, row)
        return redirect("home")
    return redirect(user)


@require_POST
def impersonation_stop(request: HttpRequest) -> HttpResponse:
    """Be oneself again. The gate has given the request back to the administrator already."""
    row: Impersonation | None = getattr(request, "impersonation", None)
    request.session.pop(LOOKS_AS, None)
    if row is None:
        return redirect("home")
    end_impersonation(actor=signed_in(request), impersonation=row)
    messages.success(request, _("You are yourself again."))
    return redirect(row.user)


@require_safe
def impersonation_over(request: HttpRequest) -> HttpResponse:
    """Told when it ended by itself while something was asked for."""
    return render(request, "accounts/impersonation_over.html", {"nav_active": ""})


@require_safe
def access_log(request: HttpRequest) -> HttpResponse:
    """Who looked at the site as oneself."""
    rows = Paginator(list_impersonations(request.user, of=signed_in(request)), _ROWS)
    return render(request, "accounts/access_log.html", {"rows": rows.get_page(request.GET.get("page"))})


@require_safe
def impersonations(request: HttpRequest) -> HttpResponse:
    """All looks as somebody else, for administrators."""
    authorize(request.user, "accounts.impersonate")
    rows = Paginator(list_impersonations(request.user), _ROWS).get_page(request.GET.get("page"))
    return render(request, "accounts/impersonations.html", {"rows": rows, "nav_active": "people"})


@require_POST
def impersonation_end(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """End what another administrator began."""
    row = get_visible(Impersonation, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        end_impersonation(actor=signed_in(request), impersonation=row)
        messages.success(request, _("Ended"))
    return redirect("accounts:impersonations")
