from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ImpersonationEnd
from accounts.models.devices import Device
from accounts.models.user import User
from accounts.querysets import ImpersonationQuerySet
from core.models import PublicId


class Impersonation(PublicId):
    """Somebody looked at the site as another person: who, whom, why, since when and until when. The person reads it."""

    actor = models.ForeignKey(User, verbose_name=_("who looked"), on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="impersonations")
    # Where the actor is signed in; when that ends, this ends.
    device = models.ForeignKey(
        Device, verbose_name=_("device"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300)
    may_change = models.BooleanField(_("may change"), default=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("ends at the latest"), editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    ended_by = models.CharField(
        _("why it ended"), max_length=10, choices=ImpersonationEnd, blank=True, default="", editable=False
    )

    objects = ImpersonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("look as somebody else")
        verbose_name_plural = _("looks as somebody else")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("expires_at",), condition=models.Q(ended_at__isnull=True), name="accounts_impersonation_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.actor} → {self.user}"

    def is_over(self, now: datetime) -> bool:
        return self.ended_at is not None or self.expires_at <= now
