"""What signing in asks of each role: asked on every page, so each process keeps it for some seconds."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.enums import SiteRole
from accounts.models import RolePolicy, User
from accounts.validators import SHORT_PASSWORD

# So long a reader may see a rule that was changed in another process.
_KEPT_SECONDS = 5


@dataclass(frozen=True)
class SignInRule:
    """The rule of one role, as stored or by default."""

    role: str
    second_factor: bool
    # None: since people have the role.
    second_factor_since: datetime | None
    grace_days: int
    idle_minutes: int
    most_hours: int
    # Where people wished to stay signed in; counts if it is more than ``idle_minutes``.
    kept_idle_minutes: int
    version: int

    @property
    def label(self) -> str:
        return str(SiteRole(self.role).label)


# Until when, by the process's clock, and the stored rules by role.
_kept: tuple[float, dict[str, SignInRule]] = (0.0, {})


def policy_for(role: str) -> SignInRule:
    """The rule of a site role."""
    until, stored = _kept
    if time.monotonic() >= until:
        stored = {row.role: as_rule(row) for row in RolePolicy.objects.all()}
        keep_rules(stored)
    return stored.get(role) or default_rule(role)


def keep_rules(stored: dict[str, SignInRule]) -> None:
    """Have these rules known in this process for some seconds, as if they had been read now."""
    global _kept
    _kept = (time.monotonic() + _KEPT_SECONDS, stored)


def forget_rules() -> None:
    """Have this process read the rules again when it is next asked."""
    global _kept
    _kept = (0.0, {})


def sign_in_rules() -> list[SignInRule]:
    """The rules of all roles as they are stored at this moment, in the order of the roles: for those who change them."""
    forget_rules()
    return [policy_for(role) for role in SiteRole.values]


def default_rule(role: str) -> SignInRule:
    """What holds for a role that nobody made a rule for: those who can change other people's things prove more."""
    staff = role != SiteRole.STUDENT
    return SignInRule(
        role=role,
        second_factor=staff,
        second_factor_since=None,
        grace_days=14,
        idle_minutes=60 if staff else 12 * 60,
        most_hours=12 if staff else 14 * 24,
        kept_idle_minutes=60 if staff else 7 * 24 * 60,
        # A stored rule begins at 2, so that who started from the default cannot overwrite it.
        version=1,
    )


def second_factor_due(user: Any) -> datetime | None:
    """Until when ``user`` may go on without a second factor; None when none is asked, one is there, or was asked elsewhere.

    The days of grace are counted from when the rule was made or when the person got the role, whichever is later.
    Costs no query.
    """
    if not isinstance(user, User) or user.has_second_factor or user.is_vouched:
        return None
    rule = policy_for(user.role)
    if not rule.second_factor:
        return None
    since = max(user.role_since, rule.second_factor_since or user.role_since)
    return since + timedelta(days=rule.grace_days)


def must_change_password(user: Any) -> bool:
    """Whether the password of ``user`` is one that may only stand beside a second factor, and there is none. No query."""
    return (
        isinstance(user, User)
        and user.short_password
        and not user.has_second_factor
        and settings.PASSWORD_MIN_LENGTH > SHORT_PASSWORD
    )


def as_rule(row: RolePolicy) -> SignInRule:
    """A stored rule as readers get it."""
    return SignInRule(
        role=row.role,
        second_factor=row.second_factor_since is not None,
        second_factor_since=row.second_factor_since,
        grace_days=row.grace_days,
        idle_minutes=row.idle_minutes,
        most_hours=row.most_hours,
        kept_idle_minutes=row.idle_minutes if row.kept_idle_minutes is None else row.kept_idle_minutes,
        version=row.version,
    )
