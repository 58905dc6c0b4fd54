from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import DeviceKind
from accounts.models.user import User
from accounts.querysets import DeviceQuerySet
from core.models import PublicId


class Device(PublicId):
    """One sign-in: a browser with its session, or a program with its family of tokens. Ending it signs it out."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="devices")
    kind = models.CharField(_("kind"), max_length=10, choices=DeviceKind)
    # "Firefox on Linux", or what a program calls itself.
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    session_key = models.CharField(_("session"), max_length=40, blank=True, default="", editable=False)
    # Where it was last used from; forgotten some time after the device has ended.
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    # The time zone that the browser named: the nearest to a place that is known without asking anybody.
    zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    remembered = models.BooleanField(_("stays signed in"), default=False)
    created_at = models.DateTimeField(_("signed in"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now, editable=False)
    # When the person last proved here who they are: at the sign-in or since; never, if it was found already signed in.
    proved_at = models.DateTimeField(_("last proof"), null=True, blank=True, editable=False)
    # Signed in by a connection that asks for a second factor itself, so the rule of the role is kept.
    vouched = models.BooleanField(_("second factor elsewhere"), default=False, db_default=False, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("-last_seen_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("session_key",), condition=~models.Q(session_key=""), name="accounts_device_session"
            ),
        )
        indexes = (models.Index(fields=("user", "ended_at"), name="accounts_device_open"),)

    def __str__(self) -> str:
        return self.name or self.get_kind_display()
