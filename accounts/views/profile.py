from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ProfileForm
from accounts.services.profile import change_profile
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import signed_in
from core.slots import PROFILE_PARTS


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, zone and looks."""
    user: Any = request.user
    form = ProfileForm(request.POST or None, initial={name: getattr(user, name) for name in ProfileForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            change_profile(actor=user, user=user, **form.cleaned_data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Profile saved"))
            return redirect("accounts:profile")
    parts = [(part.template, part.build(user)) for part in PROFILE_PARTS]
    context = {"form": form, "parts": parts}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@require_POST
def time_zone(request: HttpRequest) -> HttpResponse:
    """The zone that the browser offers, taken with one button."""
    person = signed_in(request)
    with domain_errors_as_messages(request):
        zone = change_profile(actor=person, user=person, time_zone=request.POST.get("time_zone", "")).time_zone
        messages.success(request, _("Times are now shown as in %(zone)s.") % {"zone": zone or settings.TIME_ZONE})
    return redirect("accounts:profile")
