"""What the site needs."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from core.slots.base import Slot


@dataclass(frozen=True)
class HealthReport:
    """``blocks`` tells whether the site must take no visitors while the check fails."""

    ok: bool
    detail: str
    hint: str = ""
    blocks: bool = True


@dataclass(frozen=True)
class HealthCheck:
    """Something that the site needs: what it is called, and a look at it."""

    label: str | Promise
    run: Callable[[], HealthReport]


HEALTH_CHECKS: Slot[HealthCheck] = Slot("HEALTH_CHECKS")
