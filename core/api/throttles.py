"""How often: every operation counts for its caller, for the part of the API it belongs to, and, where it is dear, for itself.

The numbers are ``settings.API_LIMITS``; who is refused hears how long to wait.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.addresses import client_address
from core.errors import DomainError
from core.ratelimit import Verdict, hit

_RATE = re.compile(r"^([1-9][0-9]{0,8})/(second|minute|hour|day)$")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
# Everything that somebody does, whatever it is.
EVERYTHING = "person"


@dataclass(frozen=True)
class Limit:
    """At most ``most`` calls in ``seconds``, counted under ``name`` for each caller."""

    name: str
    most: int
    unit: str
    is_of_endpoint: bool = False

    @property
    def seconds(self) -> int:
        return _SECONDS[self.unit]

    @property
    def words(self) -> str:
        unit = {"second": _("a second"), "minute": _("a minute"), "hour": _("an hour"), "day": _("a day")}[self.unit]
        return f"{self.most:,} {unit}"


class TooManyRequests(DomainError):
    """Refused before anything was done."""

    status = 429

    def __init__(self, limit: Limit, verdict: Verdict) -> None:
        sentence = _("Too many requests: at most %(rate)s here. Go on in %(n)d seconds.")
        super().__init__("throttled", sentence % {"rate": limit.words, "n": verdict.retry_after})
        self.retry_after = verdict.retry_after


@lru_cache(maxsize=256)
def read_limit(name: str, rate: str, is_of_endpoint: bool = False) -> Limit:
    """The limit that ``rate`` ("30/minute") says. Raises ``ValueError`` with a sentence for anything else."""
    found = _RATE.match(rate)
    if found is None:
        raise ValueError(f"{name} is {rate!r}; write a number and a unit, for example 30/minute")
    return Limit(name, int(found[1]), found[2], is_of_endpoint)


def limits_of(view: Any, method: str) -> list[Limit]:
    """Which limits an operation counts for. A view's ``throttle_scope`` is a name, or names by method."""
    rates: Mapping[str, str] = settings.API_LIMITS
    part = getattr(view, "scope", "")
    own = getattr(view, "throttle_scope", "")
    if isinstance(own, Mapping):
        own = own.get(method, "")
    names = [(EVERYTHING, False), (f"{part}:{'read' if method in ('GET', 'HEAD') else 'write'}", False), (own, True)]
    return [read_limit(name, rates[name], is_own) for name, is_own in names if name in rates]


def count_call(request: Request, view: Any) -> tuple[Limit, Verdict] | None:
    """Count this call, and return the limit that comes nearest to its end. Raises ``TooManyRequests``."""
    caller = _caller(request)
    nearest: tuple[Limit, Verdict] | None = None
    for limit in limits_of(view, request.method or ""):
        verdict = hit(f"api:{limit.name}:{caller}", limit=limit.most, seconds=limit.seconds)
        if not verdict.allowed:
            raise TooManyRequests(limit, verdict)
        if nearest is None or verdict.left * nearest[0].most < nearest[1].left * limit.most:
            nearest = (limit, verdict)
    return nearest


def count_stranger(request: Request) -> None:
    """Count a call that came with something that is no token, no key and no session of anybody. Raises ``TooManyRequests``."""
    if EVERYTHING in settings.API_LIMITS:
        limit = read_limit(EVERYTHING, settings.API_LIMITS[EVERYTHING])
        verdict = hit(f"api:{limit.name}:{client_address(request._request)}", limit=limit.most, seconds=limit.seconds)
        if not verdict.allowed:
            raise TooManyRequests(limit, verdict)


def _caller(request: Request) -> str:
    # People by account, whichever way they are signed in; strangers by address.
    if request.user and request.user.is_authenticated:
        return f"person {request.user.pk}"
    return client_address(request._request)


def rate_headers(found: tuple[Limit, Verdict]) -> dict[str, str]:
    """What is left, as the fields that the IETF's draft on rate limits names."""
    limit, verdict = found
    return {
        "RateLimit-Policy": f'"{limit.name}";q={limit.most};w={limit.seconds}',
        "RateLimit": f'"{limit.name}";r={verdict.left};t={verdict.resets_in}',
    }
