"""One's own data: take them along, or have them erased."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.proof_pages import proof_needed
from core.errors import DomainError
from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible, signed_in
from files.serving import download
from privacy.models import Erasure, PersonalExport
from privacy.selectors import days_of, exports_about, obstacles_of, open_erasure, true_state
from privacy.services.erasing import ask_erasure, take_back
from privacy.services.exports import KIND, ask_export, open_export


@require_GET
def own_data(request: HttpRequest) -> HttpResponse:
    """What was asked for about oneself, and the buttons to ask."""
    person = signed_in(request)
    erasure = open_erasure(person)
    context = {
        "exports": [(export, true_state(export)) for export in exports_about(person)[:20]],
        "erasure": erasure,
        "obstacles": obstacles_of(person),
        "kept_days": days_of(KIND) or 1,
        "erasure_days": settings.ERASURE_DAYS,
    }
    return render(request, "privacy/own_data.html", context)


@require_POST
@proof_needed()
def export_ask(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    with domain_errors_as_messages(request):
        ask_export(actor=person, user=person)
        messages.success(request, _("Your data are being collected. You get a mail when the archive is ready."))
    return redirect("privacy:own-data")


@require_GET
@proof_needed()
def export_download(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The archive, for the person or for who asked for it."""
    rows = PersonalExport.objects.select_related("user", "asked_by")
    export: PersonalExport = get_visible(rows, request.user, public_id=public_id)
    try:
        handle = open_export(actor=signed_in(request), export=export)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("privacy:own-data")
    name = f"personal-data-{export.created_at:%Y-%m-%d}.zip"
    return download(request, handle, name=name, media_type="application/zip")


@require_POST
@proof_needed()
def erasure_ask(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    with domain_errors_as_messages(request):
        ask_erasure(actor=person, user=person)
        messages.success(request, _("Your account will be erased. You get a mail that says when."))
    return redirect("privacy:own-data")


@require_POST
def erasure_take_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Also for administrators, from the page of a person."""
    erasure: Erasure = get_visible(Erasure.objects.select_related("user"), request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        take_back(actor=signed_in(request), erasure=erasure)
        messages.success(request, _("Nothing will be erased."))
    return redirect("privacy:own-data" if erasure.user_id == request.user.pk else erasure.user)
