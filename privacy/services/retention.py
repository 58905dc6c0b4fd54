"""How long things are kept, and letting them go: exactly what the preview counted."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict, DomainError, Invalid, Stale
from core.events import publish
from core.slots import RETENTION
from privacy.events import RetentionRan, RetentionRuleChanged
from privacy.models import RetentionRule
from privacy.selectors import Retention, days_of, retention

logger = logging.getLogger("aumbry.privacy")

MOST_DAYS = 36_500


def change_rule(*, actor: Actor, kind: str, days: int | None, version: int | None = None) -> Retention:
    """Keep a kind of data for so many days, or (None) for good. What is as it was is no change.

    Raises ``Invalid``, and ``Stale`` when the rule is not at ``version`` any more.
    """
    authorize(actor, "privacy.change_retention")
    known = RETENTION[kind]
    if not known.keepable if days is None else not known.least <= days <= MOST_DAYS:
        sentence = (
            _("Choose a number from %(least)d to %(most)d, or leave it empty to keep everything.")
            if known.keepable
            else _("Choose a number from %(least)d to %(most)d. This cannot be kept for good.")
        )
        sentence = sentence % {"least": known.least, "most": MOST_DAYS}
        raise Invalid("invalid", sentence, fields={"days": [sentence]})
    with transaction.atomic():
        rule = _locked(kind)
        if version is not None and version != rule.version:
            raise Stale(current_version=rule.version)
        if rule.days != days:
            before, rule.days = rule.days, days
            rule.version += 1
            rule.save()
            publish(RetentionRuleChanged(actor_id=actor.pk, kind=kind, before=before, after=days))
    return retention(kind)


def run_rule(*, actor: Actor, kind: str, before: datetime | None = None) -> int:
    """Let go of what the rule says now; returns how many rows.

    ``before`` is the moment of a preview that was looked at: then exactly what it counted goes, and nothing that has
    become old since. Raises ``Conflict``: ``retention_off`` for what is kept for good, ``preview_old`` when the rule
    keeps by now what the preview had counted.
    """
    authorize(actor, "privacy.change_retention")
    days = days_of(kind)
    if days is None:
        raise Conflict("retention_off", _("This is kept for good. Say for how many days first."))
    border = timezone.now() - timedelta(days=days)
    if before is not None and before > border:
        raise Conflict("preview_old", _("The rule has changed since. Look at what it would do now."))
    moment = before or border
    rows = RETENTION[kind].run(moment)
    with transaction.atomic():
        rule = _locked(kind)
        rule.last_at, rule.last_rows = timezone.now(), rows
        rule.save()
        if rows or actor is not SYSTEM:
            publish(RetentionRan(actor_id=actor.pk, kind=kind, moment=moment.isoformat("T", "seconds"), rows=rows))
    return rows


def run_all_rules() -> dict[str, int]:
    """Let go of everything that is old enough, each kind by itself: one that fails does not hold up the others."""
    done = {}
    for kind, _known in RETENTION.items():
        if days_of(kind) is None:
            continue
        try:
            done[kind] = run_rule(actor=SYSTEM, kind=kind)
        except DomainError as error:
            logger.error("retention did not run", extra={"kind": kind, "code": error.code})
        except Exception:
            logger.exception("retention broke off", extra={"kind": kind})
    return done


def _locked(kind: str) -> RetentionRule:
    """The stored rule, made from the default the first time; whoever else wants it waits."""
    RetentionRule.objects.get_or_create(kind=kind, defaults={"days": RETENTION[kind].days})
    return RetentionRule.objects.select_for_update().get(kind=kind)
