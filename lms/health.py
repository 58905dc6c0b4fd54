"""For whoever watches the process: does it live, can it work?"""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.health import is_ready, run_checks


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives. Asks nothing of the database, so that a restart is not the answer to its trouble."""
    return JsonResponse({"alive": True})


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether to send visitors here: 503 while something fails that they would notice."""
    reports = run_checks()
    ready = is_ready(reports)
    checks = {key: {"ok": report.ok, "detail": report.detail, "hint": report.hint} for key, report in reports.items()}
    return JsonResponse(
        {"ready": ready, "checks": checks}, status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    )
