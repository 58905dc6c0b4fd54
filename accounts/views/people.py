import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from core.authz import authorize
from core.shortcuts import get_visible


def people(request: HttpRequest) -> HttpResponse:
    authorize(request.user, "accounts.list_users")
    return render(request, "accounts/people.html")


def person_new(request: HttpRequest) -> HttpResponse:
    authorize(request.user, "accounts.add_user")
    return render(request, "accounts/people.html")


def person(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return render(request, "accounts/person.html", {"person": get_visible(User, request.user, public_id=public_id)})
