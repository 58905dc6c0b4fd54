from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from core.slots import SEEN

M = TypeVar("M", bound=Model)


def get_visible(model: type[M] | QuerySet[M], user: Any, **lookup: Any) -> M:
    """The one object that ``user`` may see, or 404: a stranger cannot tell absent from hidden.

    Instead of the model a queryset of it can be given: one that follows foreign keys.
    """
    rows = model if isinstance(model, QuerySet) else model._default_manager.all()
    visible: QuerySet[M] = rows.visible_to(user)  # type: ignore[attr-defined]
    return get_object_or_404(visible, **lookup)


def get_permitted(rows: QuerySet[M], user: Any, permission: str, **lookup: Any) -> M:
    """As ``get_visible``, for what is looked up often: the rule may know of one object what costs more to ask of rows."""
    found = get_object_or_404(rows, **lookup)
    if not user.has_perm(permission, found):
        raise Http404
    return found


def signed_in(request: HttpRequest) -> Any:
    """The person of a request that has passed ``LoginRequiredMiddleware``."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def note_seen(request: HttpRequest, thread: str) -> None:
    """The reader of ``request`` has what ``thread`` ("announcement.<public id>") names before their eyes; whoever told
    them of it need not remind them."""
    for note in SEEN:
        note(request, thread)


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, or only its named partial when htmx asks for a piece of it."""
    wants_piece = partial and is_piece(request)
    response = render(request, f"{template}#{partial}" if wants_piece else template, context, status=status)
    if partial:
        # The browser must not show the kept piece where the page is asked for.
        patch_vary_headers(response, ["HX-Request"])
    return response


def lead_to(request: HttpRequest, address: str) -> HttpResponse:
    """Take the whole page to ``address``. To a redirect htmx would put the page behind it into the piece it asked for."""
    return HttpResponseClientRedirect(address) if is_piece(request) else HttpResponseRedirect(address)


def page_address(request: HttpRequest) -> str:
    """The address to come back to: of the page that asks, where htmx asks for a piece of it."""
    if is_piece(request):
        return request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined,no-any-return]
    return request.get_full_path()


def is_piece(request: HttpRequest) -> bool:
    """Whether htmx asks for a piece of a page."""
    htmx: Any = getattr(request, "htmx", False)
    return bool(htmx and not htmx.boosted)


def not_found_unless(condition: bool) -> None:
    """404 for what is there, but not at this address or not now."""
    if not condition:
        raise Http404
