from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id


class OutgoingMail(models.Model):
    """A mail written in the transaction that caused it and sent by a job."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Kept here")
        FAILED = "failed", _("Not sent")

    public_id = models.UUIDField(_("public id"), default=new_public_id, unique=True, editable=False)
    created_at = models.DateTimeField(_("written"), auto_now_add=True, db_index=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    sender = models.CharField(_("from"), max_length=320)
    recipients = models.JSONField(_("to"))
    subject = models.CharField(_("subject"), max_length=998)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(_("headers"), default=dict)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("outgoing mail")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.subject


class BouncedAddress(models.Model):
    """An address that a mail server has refused for good: nothing is sent there until its owner proves it again."""

    # In small letters.
    email = models.EmailField(_("email"), max_length=320, unique=True)
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("what the server said"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("address that takes no mail")
        verbose_name_plural = _("addresses that take no mail")
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.email
