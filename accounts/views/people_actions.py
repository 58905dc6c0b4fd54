"""Several people at once: choose them in the list, look at what would become of each, then do it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import PeopleActionState
from accounts.forms import PeopleActionForm, PeopleFilterForm
from accounts.models import PeopleAction, User
from accounts.selectors import list_people
from accounts.selectors.actions import action_report, chosen_people
from accounts.services.people_actions import MOST, apply_people_action, start_people_action
from accounts.views.proof import proof_needed
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import get_visible, render_page, signed_in


@require_POST
def people_action_new(request: HttpRequest) -> HttpResponse:
    """Look at what would become of the people who were chosen; the next page tells."""
    authorize(request.user, "accounts.add_peopleaction")
    form = PeopleActionForm(request.POST)
    people = _chosen(request)
    if form.is_valid():
        values = dict(form.cleaned_data)
        try:
            action = start_people_action(actor=signed_in(request), kind=values.pop("action"), people=people, **values)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            return redirect("accounts:people-action", action.public_id)
    context = {"form": form, "people": people, "nav_active": "people"}
    return render(request, "accounts/people_action_new.html", context, status=422)


def _chosen(request: HttpRequest) -> list[User]:
    """Those that were ticked, or everybody whom the filter of the list leaves; one more than may be, so that it shows."""
    if request.POST.get("everyone"):
        values = PeopleFilterForm(QueryDict(request.POST.get("filter", "")[:2000])).values()
        values.pop("ordering")
        rows: Any = list_people(request.user, **values).order_by("name", "pk")
    else:
        rows = chosen_people(request.user, [one for one in request.POST.getlist("people")[: MOST + 1] if _is_id(one)])
    return list(rows[: MOST + 1])


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@require_safe
def people_action(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What would become of each, or did; while a job works on it the page asks again by itself, or on reload."""
    action = get_visible(PeopleAction, request.user, public_id=public_id)
    context = {
        "report": action_report(action, page=request.GET.get("page")),
        "action": action,
        "is_done": action.state == PeopleActionState.DONE,
        "nav_active": "people",
    }
    return render_page(request, "accounts/people_action.html", context, partial="report")


@require_POST
@proof_needed()
def people_action_apply(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    action = get_visible(PeopleAction, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        applied = apply_people_action(actor=request.user, action=action)
        messages.success(request, _("Being done") if applied.is_under_way else _("Done"))
    return redirect("accounts:people-action", public_id)
