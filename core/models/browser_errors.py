from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import PublicId


class ClientError(PublicId):
    """An error in people's browsers, once for all that are alike; without the person, and scrubbed of secrets."""

    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=20)
    message = models.CharField(_("message"), max_length=500)
    source = models.CharField(_("script"), max_length=300, blank=True)
    line = models.PositiveIntegerField(_("line"), default=0)
    column = models.PositiveIntegerField(_("column"), default=0)
    stack = models.TextField(_("stack"), blank=True)
    page = models.CharField(_("page"), max_length=300, blank=True)
    browser = models.CharField(_("browser"), max_length=200, blank=True)
    count = models.PositiveIntegerField(_("how often"), default=1)
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"), db_index=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    class Meta:
        verbose_name = _("error in a browser")
        verbose_name_plural = _("errors in browsers")
        ordering = ("-last_seen",)

    def __str__(self) -> str:
        return self.message
