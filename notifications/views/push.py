"""Browsers with push, and the badge."""

from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible, signed_in
from notifications.models import PushSubscription
from notifications.selectors.unread import unread_count
from notifications.services.browsers import remove_browser, try_push


@require_safe
def badge(request: HttpRequest) -> HttpResponse:
    """The bell with its number; nothing if the page shows that number already."""
    if request.GET.get("shown") == str(unread_count(signed_in(request))):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "notifications/_bell.html")


@require_POST
def browser_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    own = PushSubscription.objects.filter(user=signed_in(request))
    remove_browser(user=signed_in(request), browser=get_visible(own, request.user, public_id=public_id))
    messages.success(request, _("No more push messages there."))
    return redirect("notifications:preferences")


@require_POST
def push_try(request: HttpRequest) -> HttpResponse:
    with domain_errors_as_messages(request):
        try_push(user=signed_in(request))
        messages.success(request, _("A message is on its way to your browsers."))
    return redirect("notifications:preferences")


@require_safe
@login_not_required
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that shows push messages. It stands at the root, so that it is for every page."""
    response = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=1)
def _script() -> str:
    return Path(str(finders.find("js/sw.js"))).read_text(encoding="utf-8")
