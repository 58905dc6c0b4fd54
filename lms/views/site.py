"""Pages about the site itself."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.authz import authorize
from lms.styleguide import SampleForm, sample

ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /api/\nDisallow: /files/\nDisallow: /sent-mail/\n"


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "errors/offline.html")


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this where a page names none, such as a picture opened by itself."""
    return redirect(static("icons/favicon.svg"), permanent=True)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    authorize(request.user, "core.view_styleguide")
    form = SampleForm({"name": "", "email": "mira@example"})
    form.is_valid()
    return render(request, "styleguide.html", {"form": form, "sample": sample(), "page_title": _("Style guide")})
