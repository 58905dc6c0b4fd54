"""A form that came when its session had ended: shown to the person again, sent once more or thrown away."""

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import selectors
from accounts.late_forms import visitor_of
from accounts.models import LateForm, User
from accounts.services.late_forms import discard_form, take_form
from core.form_words import form_words
from core.shortcuts import signed_in
from core.slots import SENT_WORDS


@require_GET
def late_form(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was typed, and whether to send it now."""
    form = selectors.late_form(public_id, visitor=visitor_of(request))
    if form is None or form.user_id not in (None, signed_in(request).pk):
        raise Http404
    if not form.fields:
        messages.info(request, _("This was sent already."))
        return redirect("home")
    values = [field for field in form.fields if "value" in field]
    context = {
        "form": form,
        "values": values,
        "shown": _in_words(form.path, [(field["name"], field["value"]) for field in values], signed_in(request)),
        "files": [field["file"] for field in form.fields if "file" in field],
    }
    return render(request, "accounts/late_form.html", context)


@require_POST
def late_form_send(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The browser repeats this very POST at the form's own address, now with a session; pressed twice, it goes there twice."""
    form = take_form(actor=signed_in(request), visitor=visitor_of(request), public_id=public_id)
    if form is None:
        raise Http404
    return HttpResponseRedirect(form.path, preserve_request=True)


@require_POST
def late_form_discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pressed again, perhaps in another tab, it says so calmly: there is no telling it from an id that never was."""
    if discard_form(actor=signed_in(request), visitor=visitor_of(request), public_id=public_id):
        messages.success(request, _("Thrown away."))
    else:
        messages.info(request, _("There is nothing left to throw away: it was sent or thrown away already."))
    return redirect("home")


def _in_words(path: str, sent: list[tuple[str, str]], person: User) -> list[tuple[str, str]]:
    """Labels and values of what was typed, as the page had them that it was typed into."""
    try:
        match = resolve(urlsplit(path).path)
        words = SENT_WORDS.get(match.view_name)
        if words is None:
            return form_words(match.func.__module__.split(".")[0], sent)
        values = QueryDict(mutable=True)
        for name, value in sent:
            values.appendlist(name, value)
        return words(person, match.kwargs, values)
    except Http404:
        # The page is gone, or the person's right to it; sending says so.
        return []


def late_form_behind(request: HttpRequest) -> LateForm | None:
    """The form that waits where signing in leads to."""
    path = request.POST.get("next") or request.GET.get("next", "")
    try:
        match = resolve(path)
    except Resolver404:
        return None
    if match.view_name != "accounts:late-form":
        return None
    form = selectors.late_form(match.kwargs["public_id"], visitor=visitor_of(request))
    return form if form and form.fields else None
