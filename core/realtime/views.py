"""The socket's address, for whoever opens it as a page."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.realtime.frames import PROTOCOL


@require_safe
@never_cache
def socket_door(request: HttpRequest) -> HttpResponse:
    """Says that a WebSocket is spoken here. The socket itself asks this, too: whoever gets so far may open one."""
    answer = HttpResponse(
        f"A WebSocket is spoken here, with the subprotocol {PROTOCOL}.\n",
        status=HTTPStatus.UPGRADE_REQUIRED,
        content_type="text/plain; charset=utf-8",
    )
    # Each socket asks, and that is nothing to be warned of.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    answer["Upgrade"] = "websocket"
    answer["Connection"] = "Upgrade"
    return answer
