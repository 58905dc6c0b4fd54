"""What students are given to make up for a disadvantage: for those who look after it, and for themselves."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import AccommodationForm
from accounts.models import Accommodation, User
from accounts.selectors.accommodations import courses_to_give_in, list_accommodations, shown_accommodations
from accounts.services.accommodations import FIELDS, change_accommodation, end_accommodation, give_accommodation
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import get_visible, signed_in


@require_safe
def own_accommodations(request: HttpRequest) -> HttpResponse:
    """What oneself is given."""
    me = signed_in(request)
    shown = shown_accommodations(me, list(list_accommodations(me, me)))
    return render(request, "accounts/own_accommodations.html", {"shown": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def accommodations(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What a person is given, and giving more of it."""
    person = get_visible(User, request.user, public_id=public_id)
    authorize(request.user, "accounts.list_accommodations", person)
    courses = courses_to_give_in(request.user, person)
    whole_site = request.user.has_perm("accounts.add_user")
    form = None
    if courses or whole_site:
        initial = {"starts_on": timezone.localdate(), "course": request.GET.get("course", "")}
        form = AccommodationForm(
            request.POST or None, courses=list(courses.values()), whole_site=whole_site, initial=initial
        )
    if request.method == "POST":
        if form is None:
            authorize(request.user, "accounts.change_accommodation", Accommodation(user=person))
        elif form.is_valid() and _give(request, person, courses, form):
            messages.success(request, _("Given"))
            return redirect("accounts:person-accommodations", public_id)
    context = {
        "person": person,
        "form": form,
        "shown": shown_accommodations(request.user, list(list_accommodations(request.user, person))),
        "nav_active": "people",
    }
    return render(request, "accounts/accommodations.html", context, status=422 if form and form.errors else 200)


def _give(request: HttpRequest, person: User, courses: dict[int, tuple[str, str]], form: AccommodationForm) -> bool:
    values = dict(form.cleaned_data)
    slug = values.pop("course")
    numbers = {address: number for number, (address, _title) in courses.items()}
    try:
        give_accommodation(actor=signed_in(request), user=person, course_id=numbers.get(slug), **values)
    except DomainError as error:
        add_domain_error(form, error)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def accommodation(request: HttpRequest, public_id: uuid.UUID, accommodation: uuid.UUID) -> HttpResponse:
    """Change one."""
    row = _load(request, public_id, accommodation)
    authorize(request.user, "accounts.change_accommodation", row)
    initial: dict[str, Any] = {name: getattr(row, name) for name in FIELDS}
    form = AccommodationForm(request.POST or None, courses=None, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            change_accommodation(
                actor=request.user,
                accommodation=row,
                version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
                **form.cleaned_data,
            )
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("accounts:person-accommodations", public_id)
    context = {"person": row.user, "row": row, "form": form, "nav_active": "people"}
    return render(request, "accounts/accommodation.html", context, status=422 if form.errors else 200)


@require_POST
def accommodation_end(request: HttpRequest, public_id: uuid.UUID, accommodation: uuid.UUID) -> HttpResponse:
    row = _load(request, public_id, accommodation)
    with domain_errors_as_messages(request):
        end_accommodation(actor=request.user, accommodation=row)
        messages.success(request, _("It counts no more."))
    return redirect("accounts:person-accommodations", public_id)


def _load(request: HttpRequest, person: uuid.UUID, public_id: uuid.UUID) -> Accommodation:
    rows = Accommodation.objects.select_related("user")
    return get_visible(rows, request.user, user__public_id=person, public_id=public_id)
