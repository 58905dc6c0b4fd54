"""One limiter for pages, API and sockets, counted for all processes together (``core.counters``)."""

import logging
import math
import sqlite3
from dataclasses import dataclass

import redis

from core.counters import counters

logger = logging.getLogger("aumbry.limits")


@dataclass(frozen=True)
class Verdict:
    """``left`` uses are allowed until the window ends in ``resets_in`` seconds."""

    allowed: bool
    retry_after: int
    left: int = 0
    resets_in: int = 0


def hit(key: str, *, limit: int, seconds: int) -> Verdict:
    """Count one use of ``key``; at most ``limit`` are allowed in a window of ``seconds``.

    A store that does not answer lets everybody through: limits protect the site, and must not be what takes it down.
    """
    try:
        count, lasts = counters().add(key, seconds=seconds)
    except (sqlite3.Error, redis.RedisError, OSError) as error:
        logger.warning("limits are not counted", exc_info=error)
        return Verdict(allowed=True, retry_after=0, left=limit, resets_in=seconds)
    rest = max(1, math.ceil(lasts))
    allowed = count <= limit
    return Verdict(allowed, 0 if allowed else rest, max(0, limit - count), rest)
