"""One's own keys for programs."""

from datetime import datetime, time
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import KeyForm
from accounts.models import ApiKey
from accounts.selectors import own_keys
from accounts.services.keys import end_key, make_key
from accounts.views.proof import proof_needed
from core.errors import DomainError
from core.forms import add_domain_error
from core.once import once
from core.shortcuts import get_visible, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@proof_needed(reading=False)
def keys(request: HttpRequest) -> HttpResponse:
    """The keys that one has, and a form for another. A new key is shown once, in the answer to the form."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made: list[tuple[ApiKey, str]] = []
        try:
            address = once(request, lambda: _made(request, form, made))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            if made:
                key, text = made[0]
                context = {"key": key, "text": text, "curl": _example(request, text)}
                return render(request, "accounts/key_made.html", context)
            messages.info(request, _("This key was made already. Its text was shown then and cannot be shown again."))
            return redirect(address)
    context = {"form": form, "keys": own_keys(signed_in(request))}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "accounts/keys.html", context, status=status)


def _made(request: HttpRequest, form: KeyForm, made: list[tuple[ApiKey, str]]) -> str:
    data = form.cleaned_data
    # The whole of the chosen day, where the person is.
    until = timezone.make_aware(datetime.combine(data["expires_on"], time.max.replace(microsecond=0)))
    made.append(make_key(actor=signed_in(request), name=data["name"], scopes=data["scopes"], expires_at=until))
    return reverse("accounts:keys")


def _example(request: HttpRequest, text: str) -> str:
    return f'curl -H "Authorization: Bearer {text}" {request.build_absolute_uri(reverse("api:courses:courses"))}'


@require_POST
def key_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    key = get_visible(ApiKey, request.user, public_id=public_id)
    end_key(actor=signed_in(request), key=key)
    messages.success(request, _("“%(name)s” can no longer be used.") % {"name": key.name})
    return redirect("accounts:keys")
