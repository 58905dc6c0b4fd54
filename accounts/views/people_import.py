"""People from a table: send it, look at what it would do, apply it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import PeopleImportForm
from accounts.models import PeopleImport
from accounts.refused import refused_answer
from accounts.selectors import import_report, list_people_imports
from accounts.services.people_import import apply_people_import, map_columns, note_refused_download, start_people_import
from accounts.views.proof import proof_needed
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible, note_seen, render_page, signed_in

_PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def people_import(request: HttpRequest) -> HttpResponse:
    """Take a table; a job reads it, and the next page tells what it would do. Below: earlier ones."""
    authorize(request.user, "accounts.add_peopleimport")
    form = PeopleImportForm(request.POST, request.FILES) if request.method == "POST" else PeopleImportForm()
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _take(request, form)))
        except DomainError as error:
            add_domain_error(form, error)
    runs = Paginator(list_people_imports(request.user), _PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "runs": runs, "nav_active": "people"}
    return render(request, "accounts/people_import.html", context, status=422 if form.errors else 200)


def _take(request: HttpRequest, form: PeopleImportForm) -> str:
    data = form.cleaned_data
    run = start_people_import(
        actor=signed_in(request),
        name=data["table"].name,
        content=data["table"].read(),
        invite=data["invite"],
        extras=data["extras"],
    )
    return reverse("accounts:people-table", args=[run.public_id])


def _run(request: HttpRequest, public_id: UUID) -> PeopleImport:
    return get_visible(PeopleImport.objects.defer("content").select_related("user"), request.user, public_id=public_id)


@require_safe
def people_table(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a table would do, or did, row by row; while a job works on it the page asks again by itself, or on reload."""
    note_seen(request, f"people_table.{public_id}")
    shown = import_report(_run(request, public_id), verdict=request.GET.get("show", ""), page=request.GET.get("page"))
    query = f"show={shown.verdict}&" if shown.verdict else ""
    context = {"report": shown, "run": shown.run, "page_query": query, "nav_active": "people"}
    return render_page(request, "accounts/people_table.html", context, partial="report")


@require_POST
def people_table_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say which field each column is; the table is read again."""
    run = _run(request, public_id)
    columns = {place: request.POST.get(f"column_{place}", "") for place in range(len(run.headings))}
    with domain_errors_as_messages(request):
        map_columns(actor=request.user, run=run, columns=columns)
    return redirect("accounts:people-table", run.public_id)


@require_POST
@proof_needed()
def people_table_apply(request: HttpRequest, public_id: UUID) -> HttpResponse:
    run = _run(request, public_id)
    with domain_errors_as_messages(request):
        apply_people_import(actor=request.user, run=run)
        messages.success(request, _("The table is being applied."))
    return redirect("accounts:people-table", run.public_id)


@require_safe
def people_table_refused(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The rows that were refused, with row, field and reason before them: to be mended and sent again."""
    run = _run(request, public_id)
    note_refused_download(actor=signed_in(request), run=run)
    return refused_answer(run)
