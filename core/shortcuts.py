from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers

M = TypeVar("M", bound=Model)


def get_visible(model: type[M] | QuerySet[M], user: Any, **lookup: Any) -> M:
    """The one object that ``user`` may see, or 404: a stranger cannot tell absent from hidden.

    Instead of the model a queryset of it can be given: one that follows foreign keys.
    """
    rows = model if isinstance(model, QuerySet) else model._default_manager.all()
    visible: QuerySet[M] = rows.visible_to(user)  # type: ignore[attr-defined]
    return get_object_or_404(visible, **lookup)


def signed_in(request: HttpRequest) -> Any:
    """The person of a request that has passed ``LoginRequiredMiddleware``."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, or only its named partial when htmx asks for a piece of it."""
    wants_piece = partial and getattr(request, "htmx", False) and not request.htmx.boosted  # type: ignore[attr-defined]
    response = render(request, f"{template}#{partial}" if wants_piece else template, context, status=status)
    if partial:
        # The browser must not show the kept piece where the page is asked for.
        patch_vary_headers(response, ["HX-Request"])
    return response


def not_found_unless(condition: bool) -> None:
    """404 for what is there, but not at this address or not now."""
    if not condition:
        raise Http404
