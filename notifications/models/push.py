"""Web push: browsers that asked for it, what is said to them, and how that goes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from notifications.enums import PushState
from notifications.querysets import OwnQuerySet


class PushSubscription(models.Model):
    """A browser that shows notifications of ``user``; gone with the sign-in on that device."""

    public_id = models.UUIDField(_("public id"), default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    device = models.ForeignKey(
        "accounts.Device",
        verbose_name=_("device"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="push_subscriptions",
    )
    # Addresses are long; the digest keeps them apart.
    endpoint = models.TextField(_("endpoint"))
    endpoint_digest = models.CharField(_("digest of the endpoint"), max_length=64, unique=True, editable=False)
    p256dh = models.CharField(_("public key"), max_length=120)
    auth = models.CharField(_("authentication secret"), max_length=60)
    label = models.CharField(_("browser"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    last_sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("browser with push")
        verbose_name_plural = _("browsers with push")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.label or str(self.public_id)


class Push(models.Model):
    """What is said to all browsers of one person at once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="pushes"
    )
    title = models.CharField(_("title"), max_length=200)
    body = models.CharField(_("text"), max_length=500, blank=True)
    url = models.CharField(_("address"), max_length=500)
    # A later one with the same tag takes the earlier one's place on the screen.
    tag = models.CharField(_("tag"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("written"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("push message")
        verbose_name_plural = _("push messages")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.title


class PushAttempt(models.Model):
    """One push message on its way to one browser."""

    push = models.ForeignKey(Push, verbose_name=_("push message"), on_delete=models.CASCADE, related_name="attempts")
    subscription = models.ForeignKey(
        PushSubscription,
        verbose_name=_("browser"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="attempts",
    )
    state = models.CharField(_("state"), max_length=8, choices=PushState, default=PushState.WAITING)
    error = models.CharField(_("error"), max_length=200, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("push on its way")
        verbose_name_plural = _("pushes on their way")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.push_id} to {self.subscription_id}"


class PushKey(models.Model):
    """The pair of keys that tells push services who sends (RFC 8292); the private half is sealed with the site's secret."""

    # One for the whole site, whoever makes it first.
    name = models.CharField(_("name"), max_length=20, unique=True, editable=False)
    public_key = models.CharField(_("public half"), max_length=120, editable=False)
    sealed_private = models.TextField(_("private half, sealed"), editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("key of push messages")
        verbose_name_plural = _("keys of push messages")

    def __str__(self) -> str:
        return self.public_key[:12]
