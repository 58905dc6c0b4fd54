"""How long a session lasts, by the person's role and whether they wished to stay signed in; and its last use."""

import time
from dataclasses import asdict, dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.selectors.policies import policy_for


@dataclass(frozen=True)
class SessionLimits:
    """Seconds without use, and in all, after which a session ends."""

    idle_seconds: int
    most_seconds: int


@dataclass
class SessionUse:
    """Moments of a device, in seconds since 1970: signed in, last used, last noted in the database, last use in the cache."""

    began: float
    used: float
    noted: float
    cached: float = 0.0
    # The person wished to stay signed in.
    kept: bool = False

    def seconds_left(self, limits: SessionLimits, now: float) -> dict[str, float]:
        return {"idle": self.used + limits.idle_seconds - now, "age": self.began + limits.most_seconds - now}


# The number changes with the fields: a process of another release may read what this one wrote.
_KEY = "device-use-2:%d"
_CACHED_FOR = 15 * 24 * 3600


def known_use(number: int) -> SessionUse | None:
    """What the cache knows of the use of a device."""
    kept = cache.get(_KEY % number)
    return SessionUse(**kept) if kept else None


def remember_use(number: int, use: SessionUse) -> None:
    """Have the cache know of the use."""
    use.cached = use.used
    cache.set(_KEY % number, asdict(use), _CACHED_FOR)


def remember_beginning(number: int, *, kept: bool) -> None:
    """A device was opened just now; its first page need not ask."""
    now = time.time()
    remember_use(number, SessionUse(began=now, used=now, noted=now, kept=kept))


def limits_for(role: str, *, kept: bool) -> SessionLimits:
    """The limits for people of ``role``; ``kept``: they stay signed in. No query: the rules are kept in the cache."""
    rule = policy_for(role)
    idle_minutes = max(rule.idle_minutes, rule.kept_idle_minutes) if kept else rule.idle_minutes
    return SessionLimits(idle_seconds=idle_minutes * 60, most_seconds=rule.most_hours * 3600)


def farewell_words(said: object) -> str:
    """Why a session has ended, for the sign-in page; empty if nothing is known."""
    if not isinstance(said, dict):
        return ""
    time = _duration(int(said.get("minutes", 0)))
    if said.get("why") == "age":
        return _("You were signed out: a sign-in lasts at most %(time)s.") % {"time": time}
    return _("You were signed out after %(time)s without use.") % {"time": time}


def _duration(minutes: int) -> str:
    days, hours = minutes / 1440, minutes / 60
    if days >= 2 and days.is_integer():
        return ngettext("%(count)d day", "%(count)d days", int(days)) % {"count": int(days)}
    if minutes == 60:
        return _("an hour")
    if hours >= 1 and hours.is_integer():
        return ngettext("%(count)d hour", "%(count)d hours", int(hours)) % {"count": int(hours)}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
