"""One limiter for pages, API and sockets: a count per key in the shared cache."""

from dataclasses import dataclass

from django.core.cache import cache


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    retry_after: int


def hit(key: str, *, limit: int, seconds: int) -> Verdict:
    """Count one use of ``key``; at most ``limit`` are allowed in a window of ``seconds``."""
    name = f"rate:{key}"
    cache.add(name, 0, timeout=seconds)
    try:
        count = cache.incr(name)
    except ValueError:
        # The window ended between the two calls.
        cache.set(name, 1, timeout=seconds)
        count = 1
    return Verdict(allowed=count <= limit, retry_after=seconds if count > limit else 0)
