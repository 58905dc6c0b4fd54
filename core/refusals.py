"""What the server itself answers to a request that does not come whole: by problem details under ``/api/``, else by a page.

No middleware, session or database has a part in it.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from core.disks import NO_ROOM
from core.ids import new_public_id


@dataclass(frozen=True)
class Refusal:
    code: str
    status: int
    reason: str
    title: Any
    # Seconds after which it may go better.
    retry_after: int = 0


BAD = Refusal("bad_request", 400, "Bad Request", _("The request could not be read."))
SLOW = Refusal(
    "request_too_slow", 408, "Request Timeout", _("The request took too long to arrive. Nothing was stored.")
)
LARGE = Refusal("request_too_large", 413, "Content Too Large", _("The request is too large. Nothing was stored."))
LONG = Refusal(
    "head_too_large",
    431,
    "Request Header Fields Too Large",
    _("The address or the headers of the request are too long."),
)
FULL = Refusal("disk_full", 507, "Insufficient Storage", _("The disk is full, so nothing was stored."), 5)
UNKEPT = Refusal(
    "storage_down", 503, "Service Unavailable", _("The request could not be taken in. Nothing was stored."), 30
)


def refusal_for(error: OSError) -> Refusal:
    """What to say when the bytes of a request cannot be kept."""
    return FULL if error.errno in NO_ROOM else UNKEPT


def refusal_parts(refusal: Refusal, path: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of the answer to a request for ``path``."""
    request_id = str(new_public_id())
    if path.startswith("/api/"):
        kind = "application/problem+json"
        text = json.dumps(
            {
                "type": f"{settings.SITE_URL}/docs/errors/{refusal.code}/",
                "title": str(refusal.title),
                "status": refusal.status,
                "code": refusal.code,
                "instance": path.split("?")[0],
                "request_id": request_id,
            }
        )
    else:
        kind = "text/html; charset=utf-8"
        context = {"title": refusal.title, "status": refusal.status, "request_id": request_id}
        text = render_to_string("errors/cut_off.html", context)
    body = text.encode()
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "X-Request-ID": request_id}
    if refusal.retry_after:
        headers["Retry-After"] = str(refusal.retry_after)
    return headers | _HEADERS, body


_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
}
