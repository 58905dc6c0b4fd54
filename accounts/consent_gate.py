"""Where a policy asks for consent that a person has not answered yet, the next page they open asks them first.

Only opening a page asks: a form that is sent, a piece of a page, a picture or a program goes on as before, so nothing
that somebody has typed is lost.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.factor_gate import OPEN_WITHOUT
from accounts.selectors.consents import due_policies

# Beside what is open without a second factor: reading the policies, answering, and leaving for good.
_OPEN = OPEN_WITHOUT | frozenset(
    {
        "accounts:consent",
        "accounts:consents",
        "accounts:policies",
        "accounts:policy",
        "accounts:policy-version",
        "accounts:policy-list",
        "accounts:policy-new",
        "accounts:policy-edit",
        "accounts:late-form",
        "privacy:own-data",
        "privacy:export-download",
        "files:serve",
    }
)


class ConsentGate:
    """Asks no database: the account says what was answered, and the policies are kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not _opens_a_page(request) or not due_policies(request.user):
            return None
        if request.resolver_match and request.resolver_match.view_name in _OPEN:
            return None
        return HttpResponseRedirect(f"{reverse('accounts:consent')}?{urlencode({'next': request.get_full_path()})}")


def _opens_a_page(request: HttpRequest) -> bool:
    if request.method != "GET" or request.path.startswith("/api/") or "HX-Request" in request.headers:
        return False
    # A browser names HTML where it opens a page, and anything where it fetches a part of one.
    return "text/html" in request.headers.get("Accept", "text/html") and "X-Background" not in request.headers
