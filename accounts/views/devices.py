"""Where one is signed in, and signing out there."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Device, User
from accounts.selectors import own_devices
from accounts.services.devices import end_device, end_other_devices, sign_out_everywhere
from accounts.sessions import device_number, this_device
from accounts.views.proof import proof_needed
from core.shortcuts import get_visible, signed_in


@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """The browsers and programs that one is signed in with."""
    rows = list(own_devices(signed_in(request)))
    return render(request, "accounts/devices.html", {"devices": rows, "this": device_number(request)})


def _is_another(request: HttpRequest) -> bool:
    this, match = this_device(request), request.resolver_match
    return this is None or match is None or match.kwargs.get("public_id") != this.public_id


@require_POST
@proof_needed(when=_is_another)
def device_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    device = get_visible(Device, request.user, public_id=public_id)
    end_device(actor=signed_in(request), device=device)
    if device.pk == device_number(request):
        request.session.flush()
    messages.success(request, _("“%(name)s” is signed out.") % {"name": device})
    return redirect("accounts:devices")


@require_POST
@proof_needed()
def devices_end_others(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    count = end_other_devices(actor=person, user=person, this=this_device(request), keys=bool(request.POST.get("keys")))
    words = ngettext("%(count)d other device is signed out.", "%(count)d other devices are signed out.", count)
    messages.success(request, words % {"count": count})
    return redirect("accounts:devices")


@require_POST
@proof_needed()
def devices_end_all(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    sign_out_everywhere(actor=person, user=person, keys=bool(request.POST.get("keys")))
    request.session.flush()
    messages.success(request, _("You are signed out everywhere, here as well."))
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_POST
def person_sign_out(request: HttpRequest, public_id: UUID) -> HttpResponse:
    person = get_visible(User, request.user, public_id=public_id)
    sign_out_everywhere(actor=signed_in(request), user=person, keys=bool(request.POST.get("keys")))
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": person})
    return redirect(person)
