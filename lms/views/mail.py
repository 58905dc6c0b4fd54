"""Mail that this site wrote: proof for administrators, the letter box of an installation without a mail server."""

import ipaddress
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.models import OutgoingMail
from core.shortcuts import render_page
from lms.selectors import newest, sent_mail

ROWS = 25
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


@login_not_required
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    if not may_read_mail(request):
        return _refuse(request)
    page = Paginator(sent_mail(), ROWS).get_page(request.GET.get("page"))
    state = newest(page)
    if request.GET.get("newest") == state:
        # The page asks every few seconds; an empty answer leaves it, and the reader's focus, alone.
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context: dict[str, Any] = {"page": page, "newest": state, "kept": not settings.MAIL_TRANSPORT}
    return render_page(request, "lms/mail_list.html", context, partial="rows")


@login_not_required
@require_safe
def mail_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One mail as text: what its HTML would load or run stays out."""
    if not may_read_mail(request):
        return _refuse(request)
    mail = get_object_or_404(OutgoingMail, public_id=public_id)
    return render(request, "lms/mail_detail.html", {"mail": mail})


def may_read_mail(request: HttpRequest) -> bool:
    """Administrators, and whoever sits at the machine of an installation that keeps its mail."""
    if request.user.has_perm("core.view_sent_mail"):
        return True
    # Behind a proxy nobody's own machine can be told from the world.
    if not settings.SENT_MAIL_OPEN or settings.MAIL_TRANSPORT or settings.TRUSTED_PROXIES:
        return False
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and not any(h in request.headers for h in _FORWARDED)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _refuse(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    raise PermissionDenied
