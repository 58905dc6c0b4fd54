"""How much a space may hold, for administrators."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error
from core.shortcuts import get_visible, signed_in
from files.forms import RoomForm
from files.models import Space
from files.services.spaces import PERSON, name_of, quota_of_kind, room_of, set_quota, space_to_look_at

REFUSED = 422
_MB = 1024**2


@require_http_methods(["GET", "HEAD", "POST"])
def space_room(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Of a space, by its own address."""
    space = get_visible(Space, request.user, public_id=public_id)
    return _room(request, space, space.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
def person_room(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Of a person's own space, which they need not have used yet."""
    person = get_visible(User, request.user, public_id=public_id)
    return _room(request, space_to_look_at(PERSON, person.pk), reverse("accounts:person", args=[person.public_id]))


def _room(request: HttpRequest, space: Space, back: str) -> HttpResponse:
    authorize(request.user, "files.change_quota", space)
    default = filesizeformat(quota_of_kind(space.kind))
    form = RoomForm(request.POST or None, initial=_now(space), default=default)
    if request.method == "POST" and form.is_valid():
        try:
            set_quota(actor=signed_in(request), space=space, quota=_wanted(form, space))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("The limit is saved."))
            return redirect(request.path)
    context: dict[str, Any] = {
        "nav_active": "files",
        "name": name_of(space),
        "form": form,
        "back": back,
        "default": default,
        **room_of(space),
    }
    return render(request, "files/room.html", context, status=REFUSED if form.errors else 200)


def _now(space: Space) -> dict[str, Any]:
    if space.quota is None:
        return {"limit": RoomForm.DEFAULT, "megabytes": round(quota_of_kind(space.kind) / _MB)}
    return {"limit": RoomForm.OWN, "megabytes": round(space.quota / _MB)}


def _wanted(form: RoomForm, space: Space) -> int | None:
    # What a program gave to the byte stays so, if only the form is sent again.
    is_as_it_was = form.cleaned_data["limit"] == RoomForm.OWN and not form.has_changed()
    return space.quota if is_as_it_was else form.quota
