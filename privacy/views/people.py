"""The data of others, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.proof_pages import proof_needed
from core.authz import authorize
from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible, signed_in
from privacy.selectors import all_erasures, all_exports
from privacy.services.erasing import ask_erasure
from privacy.services.exports import ask_export

ROWS = 25


@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """All archives and erasures that were asked for."""
    authorize(request.user, "privacy.list_requests")
    context = {
        "exports": Paginator(all_exports(), ROWS).get_page(request.GET.get("exports")),
        "erasures": Paginator(all_erasures(), ROWS).get_page(request.GET.get("erasures")),
        "nav_active": "operations",
    }
    return render(request, "privacy/requests.html", context)


@require_POST
@proof_needed()
def person_export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Have somebody's data collected; the reason is theirs to read."""
    authorize(request.user, "privacy.list_requests")
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        ask_export(actor=signed_in(request), user=user, reason=request.POST.get("reason", ""))
        messages.success(request, _("The data of %(name)s are being collected.") % {"name": user})
    return redirect(user)


@require_POST
@proof_needed()
def person_erase(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Have somebody erased, at once or after the time to take it back."""
    authorize(request.user, "privacy.list_requests")
    user = get_visible(User, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        at_once = bool(request.POST.get("at_once"))
        ask_erasure(actor=signed_in(request), user=user, reason=request.POST.get("reason", ""), at_once=at_once)
        messages.success(request, _("Erasing is in line.") if at_once else _("The person is told by mail."))
    return redirect(user)
