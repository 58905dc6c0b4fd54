"""A form that came when its session had ended: shown to the person again, sent once more or thrown away."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import selectors
from accounts.late_forms import visitor_of
from accounts.models import LateForm
from accounts.services.late_forms import take_form
from core.shortcuts import signed_in

# Fields that pages send along and nobody types.
_UNSEEN = {"form_key", "version", "next"}


@require_GET
def late_form(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was typed, and whether to send it now."""
    form = selectors.late_form(public_id, visitor=visitor_of(request))
    if form is None or form.user_id not in (None, signed_in(request).pk):
        raise Http404
    values = [field for field in form.fields if "value" in field]
    context = {
        "form": form,
        "values": values,
        "shown": [field for field in values if field["name"] not in _UNSEEN and field["value"].strip()],
        "files": [field["file"] for field in form.fields if "file" in field],
    }
    return render(request, "accounts/late_form.html", context)


@require_POST
def late_form_send(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The browser repeats this very POST at the form's own address, now with a session."""
    form = take_form(actor=signed_in(request), visitor=visitor_of(request), public_id=public_id)
    if form is None:
        raise Http404
    return HttpResponseRedirect(form.path, preserve_request=True)


@require_POST
def late_form_discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    if take_form(actor=signed_in(request), visitor=visitor_of(request), public_id=public_id) is None:
        raise Http404
    messages.success(request, _("Thrown away."))
    return redirect("home")


def late_form_behind(request: HttpRequest) -> LateForm | None:
    """The form that waits where signing in leads to."""
    path = request.POST.get("next") or request.GET.get("next", "")
    try:
        match = resolve(path)
    except Resolver404:
        return None
    if match.view_name != "accounts:late-form":
        return None
    return selectors.late_form(match.kwargs["public_id"], visitor=visitor_of(request))
