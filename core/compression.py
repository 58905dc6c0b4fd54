"""API answers are sent compressed to programs that read that: Brotli, or gzip.

Only answers below ``/api/``: a page holds a safety token beside what its address says, and the length of the compressed
page would tell of it (BREACH); Django's masking makes that hard, leaving pages as they are makes it impossible. Answers
that hold secrets shown once or tokens say ``no-store`` and are left as they are, too.
"""

import gzip
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

# Shorter answers fit into one packet anyway.
SHORTEST = 1024
_TYPES = ("application/json", "application/problem+json", "application/vnd.oai.openapi", "text/csv")


def compress_answers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware; it stands outside of what sets an answer's headers."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith("/api/") or response.streaming or response.has_header("Content-Encoding"):
            return response
        body: bytes = response.content  # type: ignore[attr-defined]
        kind = response.get("Content-Type", "")
        if len(body) < SHORTEST or not kind.startswith(_TYPES) or "no-store" in response.get("Cache-Control", ""):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        way = _wanted(request.headers.get("Accept-Encoding", ""))
        if not way:
            return response
        packed = brotli.compress(body, quality=4) if way == "br" else gzip.compress(body, compresslevel=5, mtime=0)
        if len(packed) >= len(body):
            return response
        response.content = packed  # type: ignore[attr-defined]
        response.headers["Content-Encoding"] = way
        response.headers["Content-Length"] = str(len(packed))
        return response

    return middleware


def _wanted(accepted: str) -> str:
    """``br`` or ``gzip``, whichever the header (RFC 9110, 12.5.3) gives more weight; Brotli when equal, "" for neither."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _semicolon, parameters = part.strip().partition(";")
        try:
            weights[name.strip()] = float(parameters.partition("q=")[2] or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    others = weights.get("*", 0.0)
    br, zipped = weights.get("br", others), weights.get("gzip", others)
    if max(br, zipped) <= 0:
        return ""
    return "br" if br >= zipped else "gzip"
