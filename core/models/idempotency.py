from django.db import models
from django.utils.translation import gettext_lazy as _


class IdempotentRequest(models.Model):
    """The answer to a creating request, kept so that the same request gets the same answer.

    The row is written in the request's own transaction: while that is under way a second one
    waits on the unique constraint, and a failed request leaves nothing behind.
    """

    caller = models.CharField(_("caller"), max_length=64, help_text=_("The person's number, or empty."))
    key = models.CharField(_("key"), max_length=255)
    address = models.CharField(_("method and address"), max_length=500)
    body_hash = models.CharField(_("hash of the body"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    headers = models.JSONField(_("headers"), default=dict)
    body = models.TextField(_("body"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        constraints = (models.UniqueConstraint(fields=("caller", "key"), name="core_idempotent_request_once"),)

    def __str__(self) -> str:
        return self.key
