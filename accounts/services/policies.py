"""What administrators set about signing in, by role."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import SiteRole
from accounts.events import SignInRulesChanged
from accounts.models import RolePolicy
from accounts.selectors.policies import SignInRule, as_rule, default_rule, forget_rules, policy_for
from core.authz import Actor, authorize
from core.errors import Invalid, Stale
from core.events import publish

__all__ = ["LIMITS", "change_policy", "policy_for"]

# The least and the most of each number.
LIMITS = {
    "grace_days": (0, 90),
    "idle_minutes": (5, 30 * 24 * 60),
    "most_hours": (1, 90 * 24),
    "kept_idle_minutes": (5, 30 * 24 * 60),
}


def change_policy(*, actor: Actor, role: str, version: int | None = None, **fields: Any) -> SignInRule:
    """Change ``second_factor`` (whether one is required), ``grace_days``, ``idle_minutes``, ``kept_idle_minutes``, ``most_hours`` of a role.

    Returns the rule as it is now; what is as it was writes nothing. Raises ``Invalid`` with a sentence by field,
    and ``Stale`` when the rule is not at ``version`` any more.
    """
    authorize(actor, "accounts.change_signinrules")
    _check(role, fields)
    with transaction.atomic():
        row = RolePolicy.objects.select_for_update().filter(role=role).first()
        if row is None:
            base = default_rule(role)
            # The default asks since people have their role; a stored rule names a day.
            row = RolePolicy(
                role=role,
                second_factor_since=timezone.now() if base.second_factor else None,
                grace_days=base.grace_days,
                idle_minutes=base.idle_minutes,
                most_hours=base.most_hours,
                kept_idle_minutes=base.kept_idle_minutes,
                version=base.version,
            )
        if version is not None and version != row.version:
            raise Stale(current_version=row.version)
        changed = _apply(row, fields)
        if changed:
            row.version += 1
            row.save()
            publish(SignInRulesChanged(actor_id=actor.pk, role=role, fields=changed))
            transaction.on_commit(forget_rules)
    return as_rule(row) if row.pk else default_rule(role)


def _apply(row: RolePolicy, fields: dict[str, Any]) -> list[str]:
    changed = []
    for name in LIMITS:
        if name in fields and getattr(row, name) != fields[name]:
            setattr(row, name, fields[name])
            changed.append(name)
    if "second_factor" in fields and fields["second_factor"] != (row.second_factor_since is not None):
        row.second_factor_since = timezone.now() if fields["second_factor"] else None
        changed.append("second_factor")
    return sorted(changed)


def _check(role: str, fields: dict[str, Any]) -> None:
    problems: dict[str, list[Any]] = {}
    if role not in SiteRole.values:
        problems["role"] = [_("Choose student, manager or admin.")]
    for name, value in fields.items():
        if name == "second_factor":
            continue
        least, most = LIMITS.get(name, (0, 0))
        if name not in LIMITS:
            problems[name] = [_("This cannot be set.")]
        elif not least <= value <= most:
            problems[name] = [_("Choose a number from %(least)d to %(most)d.") % {"least": least, "most": most}]
    if problems:
        raise Invalid("invalid", _("Some values cannot be used. Nothing was stored."), fields=problems)
