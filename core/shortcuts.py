from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

M = TypeVar("M", bound=Model)


def get_visible(model: type[M], user: Any, **lookup: Any) -> M:
    """The one object that ``user`` may see, or 404: a stranger cannot tell absent from hidden."""
    return get_object_or_404(model._default_manager.visible_to(user), **lookup)  # type: ignore[attr-defined]


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
    return render(request, f"{template}#{partial}" if wants_piece else template, context, status=status)
