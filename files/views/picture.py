"""One's own picture, on the page of one's profile."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.forms import domain_errors_as_messages
from core.shortcuts import signed_in
from files.services.pictures import remove_picture, set_picture


@require_POST
def picture(request: HttpRequest) -> HttpResponse:
    person, file = signed_in(request), request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose a picture first."))
        return redirect("accounts:profile")
    with domain_errors_as_messages(request):
        set_picture(actor=person, user=person, content=file)
        messages.success(request, _("Your picture is shown from now on."))
    return redirect("accounts:profile")


@require_POST
def picture_remove(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    remove_picture(actor=person, user=person)
    messages.success(request, _("Your picture is removed."))
    return redirect("accounts:profile")
