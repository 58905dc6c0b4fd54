"""How the site is doing, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core import jobs
from core.authz import authorize
from core.client_errors import client_errors, resolve_client_error
from core.forms import domain_errors_as_messages
from core.health import run_checks
from core.shortcuts import render_page
from core.slots import HEALTH_CHECKS
from lms.forms import ClientErrorFilterForm, EventFilterForm
from lms.selectors import EVENTS_PER_PAGE, recent_events
from privacy.selectors import days_of

ROWS = 20


@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    authorize(request.user, "core.view_operations")
    context = {
        "reports": [(HEALTH_CHECKS[key].label, report) for key, report in run_checks().items()],
        "queue": jobs.queue(),
        "workers": jobs.living_workers(),
        "failed": Paginator(jobs.failed_jobs(), ROWS).get_page(request.GET.get("page")),
        "nav_active": "operations",
    }
    return render(request, "lms/operations.html", context)


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    authorize(request.user, "core.view_operations")
    form = EventFilterForm(request.GET)
    rows = recent_events(form.wanted(), before=form.before_id())
    older = rows[-1].id if len(rows) == EVENTS_PER_PAGE else None
    context = {"form": form, "rows": rows, "older": older, "nav_active": "operations"}
    return render_page(request, "lms/events.html", context, partial="rows")


@require_safe
def browser_errors(request: HttpRequest) -> HttpResponse:
    """Errors that people's browsers told of."""
    authorize(request.user, "core.view_operations")
    form = ClientErrorFilterForm(request.GET)
    rows = Paginator(client_errors(**form.values()), ROWS).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "rows": rows,
        "days": days_of("client_errors"),
        "page_query": f"{query.urlencode()}&" if query else "",
        "nav_active": "operations",
    }
    return render(request, "lms/client_errors.html", context)


@require_POST
def browser_error_state(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark one as resolved, or open it again."""
    resolved = bool(request.POST.get("resolved"))
    with domain_errors_as_messages(request):
        resolve_client_error(actor=request.user, public_id=public_id, resolved=resolved)
        messages.success(request, _("Marked as resolved") if resolved else _("Open again"))
    return redirect("client-errors")


@require_POST
def job_run_again(request: HttpRequest, job_id: UUID) -> HttpResponse:
    with domain_errors_as_messages(request):
        jobs.run_again(actor=request.user, job_id=job_id)
        messages.success(request, _("The job is in line again"))
    return redirect("operations")


@require_POST
def jobs_run_again(request: HttpRequest) -> HttpResponse:
    count = jobs.run_all_again(actor=request.user)
    messages.success(
        request, ngettext("%(n)d job is in line again", "%(n)d jobs are in line again", count) % {"n": count}
    )
    return redirect("operations")
