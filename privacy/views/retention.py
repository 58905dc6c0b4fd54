"""How long things are kept, for administrators."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.proof_pages import proof_needed
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import signed_in
from core.slots import RETENTION
from privacy.forms import RetentionForm
from privacy.selectors import Retention, all_retention
from privacy.services.retention import change_rule, run_rule


@require_GET
def retention(request: HttpRequest) -> HttpResponse:
    """Every rule, with what a run would let go of at this moment."""
    authorize(request.user, "privacy.change_retention")
    return _page(request)


@require_POST
@proof_needed()
def retention_change(request: HttpRequest, kind: str) -> HttpResponse:
    authorize(request.user, "privacy.change_retention")
    _known(kind)
    form = RetentionForm(request.POST, prefix=kind, **_limits(kind))
    if form.is_valid():
        try:
            change_rule(actor=signed_in(request), kind=kind, **form.cleaned_data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Rule saved"))
            return redirect("privacy:retention")
    return _page(request, kind, form)


@require_POST
@proof_needed()
def retention_run(request: HttpRequest, kind: str) -> HttpResponse:
    """Let go of exactly what the preview counted."""
    authorize(request.user, "privacy.change_retention")
    _known(kind)
    with domain_errors_as_messages(request):
        rows = run_rule(actor=signed_in(request), kind=kind, before=_moment(request.POST.get("before", "")))
        said = ngettext("%(n)d entry is gone.", "%(n)d entries are gone.", rows)
        messages.success(request, said % {"n": rows})
    return redirect("privacy:retention")


def _page(request: HttpRequest, kind: str = "", form: RetentionForm | None = None) -> HttpResponse:
    rows = [(rule, form if form and rule.key == kind else _form(rule)) for rule in all_retention()]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return render(request, "privacy/retention.html", {"rows": rows, "nav_active": "operations"}, status=status)


def _form(rule: Retention) -> RetentionForm:
    initial = {"days": rule.days, "version": rule.version}
    return RetentionForm(initial=initial, prefix=rule.key, **_limits(rule.key))


def _limits(kind: str) -> dict[str, Any]:
    return {"least": RETENTION[kind].least, "keepable": RETENTION[kind].keepable}


def _known(kind: str) -> None:
    if kind not in RETENTION:
        raise Http404


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
