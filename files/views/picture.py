"""One's own picture, on the page of one's profile and, where one was refused, on a page of its own."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.shortcuts import signed_in
from files.profile_picture import picture_input, picture_part
from files.services.pictures import remove_picture, set_picture_from
from files.services.sent import EarlierUpload, KeptChoice, upload_of

_REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
def picture(request: HttpRequest) -> HttpResponse:
    """Take a picture; what is wrong with it is said at its field."""
    person = signed_in(request)
    if request.method != "POST":
        return _page(request)
    sent = picture_input().value_from_datadict(request.POST, request.FILES, "file")
    if not sent:
        return _page(request, _("Choose a picture first."))
    try:
        set_picture_from(actor=person, user=person, sent=sent)
    except DomainError as error:
        return _page(request, str(error.message), sent)
    messages.success(request, _("Your picture is shown from now on."))
    return redirect("accounts:profile")


@require_POST
def picture_remove(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    remove_picture(actor=person, user=person)
    messages.success(request, _("Your picture is removed."))
    return redirect("accounts:profile")


def _page(request: HttpRequest, error: str = "", sent: Any = None) -> HttpResponse:
    # An upload that was refused is gone; one that is still being checked is named again.
    is_there = isinstance(sent, KeptChoice) or (isinstance(sent, EarlierUpload) and upload_of(sent.token) is not None)
    context = {"part": picture_part(signed_in(request), sent if is_there else None, error)}
    return render(request, "files/picture.html", context, status=_REFUSED if error else 200)
