"""Answers that the authors' pages have in common."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.forms import domain_errors_as_messages

# A form that was refused; htmx shows this answer as it shows a good one.
REFUSED = 422


def sent(request: HttpRequest) -> dict[str, Any]:
    """What a form page passes to its form: what was posted, also if that is nothing; unbound otherwise."""
    return {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}


def say_binned(request: HttpRequest, title: Any, restore_url: str) -> None:
    """Tell that something went to the bin, with a button that brings it back."""
    text = _("“%(title)s” is in the bin.") % {"title": title}
    messages.success(request, render_to_string("courses/_undo.html", {"text": text, "url": restore_url}, request))


def moved(request: HttpRequest, move: Callable[[], object], page: Any, anchor: str = "") -> HttpResponse:
    """Move something. A script has moved the row itself: it needs no page, but a refusal in words; a form needs both."""
    if not getattr(request, "htmx", False):
        with domain_errors_as_messages(request):
            move()
        return to(page, anchor)
    try:
        move()
    except DomainError as error:
        return HttpResponse(str(error.message), status=error.status, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


def stored_differences(form: Any, row: Any) -> list[tuple[Any, Any]]:
    """Labels and stored values of the fields in which a row differs from what was typed."""
    names = [name for name in form.fields if name != "version" and hasattr(row, name)]
    return [(form.fields[n].label, getattr(row, n)) for n in names if form.cleaned_data[n] != getattr(row, n)]


def other_parameters(request: HttpRequest) -> str:
    """The address's parameters but the page number, ready for one more to follow."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""


def to(page: Any, anchor: str = "") -> HttpResponse:
    """On to a page, at one of its parts."""
    response = redirect(page)
    if anchor:
        response["Location"] += f"#{anchor}"
    return response
