from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.outline import Block


class Watching(models.Model):
    """How much of a film a person has seen. Written only by ``courses.services.watching``."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="watchings"
    )
    block = models.ForeignKey(Block, verbose_name=_("block"), on_delete=models.PROTECT, related_name="watchings")
    position = models.FloatField(_("stopped at, in seconds"), default=0)
    duration = models.FloatField(_("length, in seconds"), default=0)
    ranges = models.JSONField(
        _("seen"), default=list, help_text=_("Pairs of seconds from the start, in order, none touching another.")
    )
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("watching of a film")
        verbose_name_plural = _("watchings of films")
        constraints = (models.UniqueConstraint(fields=("user", "block"), name="courses_watching_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.block_id}"
