"""Error pages: people get a page, programs below /api/ a problem document."""

import sys
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.late_forms import is_from_here, keep_late_form
from core.api.exceptions import problem_response
from core.middleware import trouble_answer


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, HTTPStatus.BAD_REQUEST, "bad_request", _("The request could not be read."))


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, HTTPStatus.FORBIDDEN, "not_allowed", _("You may not do this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(
        request, HTTPStatus.NOT_FOUND, "not_found", _("There is nothing at this address, or it is not yours to see.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither database nor session: whatever broke may have been they."""
    # Django calls this while it handles the exception, and does not pass it on.
    trouble = trouble_answer(request, sys.exc_info()[1])
    if trouble is not None:
        return trouble
    if _is_api(request):
        return problem_response(
            request,
            status_code=HTTPStatus.INTERNAL_SERVER_ERROR,
            code="server_error",
            title=_("Something broke on our side. Nothing of this request was stored."),
        )
    request_id = getattr(request, "request_id", "")
    return render(None, "errors/500.html", {"status": 500, "request_id": request_id}, status=500)  # type: ignore[arg-type]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's safety token ran out, mostly after signing in again in another tab; what was typed is kept."""
    match = request.resolver_match
    if is_from_here(request) and match is not None and getattr(match.func, "login_required", True):
        kept = keep_late_form(request)
        if kept is not None:
            return kept
    return _answer(
        request,
        HTTPStatus.FORBIDDEN,
        "csrf_failed",
        _("This form was opened too long ago or in another session. Go back, reload the page, and send it again."),
        template="errors/csrf.html",
    )


def _answer(
    request: HttpRequest, status: HTTPStatus, code: str, title: str, template: str = "", **context: Any
) -> HttpResponse:
    if _is_api(request):
        return problem_response(request, status_code=status, code=code, title=title)
    name = template or f"errors/{status.value}.html"
    return render(request, name, {"message": title, **context}, status=status)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
