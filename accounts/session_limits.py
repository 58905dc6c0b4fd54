"""How long a session lasts, by the person's role."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.selectors.policies import policy_for


@dataclass(frozen=True)
class SessionLimits:
    """Seconds without use, and in all, after which a session ends."""

    idle_seconds: int
    most_seconds: int


def limits_for(role: str) -> SessionLimits:
    """The limits for people of ``role``. No query: the rules are kept in the cache."""
    rule = policy_for(role)
    return SessionLimits(idle_seconds=rule.idle_minutes * 60, most_seconds=rule.most_hours * 3600)


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
