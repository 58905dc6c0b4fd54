"""Looking at the site as another person: begun by an administrator with a reason, seen by the person, over by itself.

The session stays the administrator's. What the request then does, it does as the person; the event log names both.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ImpersonationEnd
from accounts.events import ImpersonationEnded, ImpersonationStarted
from accounts.models import Device, Impersonation, User
from accounts.services.reasons import checked_reason
from core.authz import Actor, authorize
from core.errors import Conflict, NotAllowed
from core.events import publish


@transaction.atomic
def start_impersonation(
    *, actor: User, user: User, device: Device | None, reason: str, may_change: bool = False
) -> Impersonation:
    """Let ``actor``, signed in on ``device``, look at the site as ``user``; what ran there before ends.

    ``may_change`` lets them act as the person, too, where ``IMPERSONATION_MAY_CHANGE`` allows it. Raises ``Invalid``
    without a reason; ``Conflict``: ``not_yourself``, ``not_an_admin``, ``account_ended``, ``view_only_site``.
    """
    authorize(actor, "accounts.impersonate")
    reason = checked_reason(reason)
    if device is None or device.user_id != actor.pk:
        # A token or a key has no session that could carry it.
        raise NotAllowed("accounts.impersonate")
    if actor.pk == user.pk:
        raise Conflict("not_yourself", _("You see the site as yourself already."))
    stored: User = User.objects.select_for_update().get(pk=user.pk)
    if stored.is_superuser:
        raise Conflict("not_an_admin", _("Nobody looks at the site as an admin: that would give away their rights."))
    if not stored.is_active:
        raise Conflict("account_ended", _("This account is closed or suspended. Open it again first."))
    if may_change and not settings.IMPERSONATION_MAY_CHANGE:
        raise Conflict("view_only_site", _("On this site you may only look. Leave out that you want to change things."))
    for earlier in Impersonation.objects.select_for_update().open().filter(device=device):
        _end(earlier, actor_id=actor.pk, how=ImpersonationEnd.STOPPED)
    now = timezone.now()
    row = Impersonation.objects.create(
        actor=actor,
        user=stored,
        device=device,
        reason=reason,
        may_change=may_change,
        started_at=now,
        expires_at=now + timedelta(minutes=settings.IMPERSONATION_MINUTES),
    )
    publish(ImpersonationStarted(actor_id=actor.pk, user_id=stored.pk, impersonation_id=row.pk, may_change=may_change))
    return row


@transaction.atomic
def end_impersonation(
    *, actor: Actor, impersonation: Impersonation, how: ImpersonationEnd = ImpersonationEnd.STOPPED
) -> Impersonation:
    """Stop one. Ending it twice changes nothing."""
    if impersonation.actor_id != actor.pk:
        # Whoever began it may end it, also without the role by now.
        authorize(actor, "accounts.end_impersonation", impersonation)
    stored: Impersonation = Impersonation.objects.select_for_update().get(pk=impersonation.pk)
    if stored.ended_at is None:
        _end(stored, actor_id=actor.pk, how=how)
    return stored


def end_of_devices(numbers: list[int]) -> None:
    """End those of devices that were just signed out; in the caller's transaction."""
    for row in Impersonation.objects.select_for_update().open().filter(device_id__in=numbers):
        _end(row, actor_id=row.actor_id, how=ImpersonationEnd.SIGNED_OUT)


def end_expired_impersonations() -> int:
    """End those whose time is over although nobody came to notice; returns how many."""
    with transaction.atomic():
        rows = list(Impersonation.objects.select_for_update().open().filter(expires_at__lte=timezone.now()))
        for row in rows:
            _end(row, actor_id=None, how=ImpersonationEnd.TIME)
    return len(rows)


def _end(row: Impersonation, *, actor_id: int | None, how: ImpersonationEnd) -> None:
    row.ended_at, row.ended_by = min(timezone.now(), row.expires_at), how
    row.save(update_fields=["ended_at", "ended_by"])
    publish(ImpersonationEnded(actor_id=actor_id, user_id=row.user_id, impersonation_id=row.pk, how=how))
