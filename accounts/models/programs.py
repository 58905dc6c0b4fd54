from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.devices import Device
from accounts.models.user import User
from accounts.querysets import ApiKeyQuerySet
from core.models import PublicId


class TokenFamily(PublicId):
    """All refresh tokens that descend from one sign-in of a program; they live and die together."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="token_families")
    device = models.ForeignKey(
        Device, verbose_name=_("device"), on_delete=models.PROTECT, related_name="token_families", null=True
    )
    created_at = models.DateTimeField(_("signed in"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # The last refresh, for a client that lost its answer and asks again: which token was used up, under which
    # Idempotency-Key (its digest), when, and which token came of it.
    used_jti = models.CharField(_("used token"), max_length=64, blank=True, default="", editable=False)
    used_key = models.CharField(_("key of that request"), max_length=64, blank=True, default="", editable=False)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True, editable=False)
    next_jti = models.CharField(_("its successor"), max_length=64, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("token family")
        verbose_name_plural = _("token families")
        ordering = ("-id",)

    def __str__(self) -> str:
        return str(self.public_id)


class ApiKey(PublicId):
    """A person's own key for a program: part of their rights, for a time. The key itself is shown once and not kept."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=12, unique=True, editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.ended_at is None and self.expires_at > timezone.now()


class SigningKey(models.Model):
    """A pair of keys that access tokens are signed with; the private half is stored sealed with the site's secret."""

    kid = models.CharField(_("key id"), max_length=40, unique=True, editable=False)
    algorithm = models.CharField(_("algorithm"), max_length=10, editable=False)
    public_pem = models.TextField(_("public half"), editable=False)
    sealed_private = models.TextField(_("private half, sealed"), editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    # Signs nothing new from then on; tokens that it signed are good until they expire.
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("-id",)
        constraints = (
            # One key signs, whoever makes keys at the same time.
            models.UniqueConstraint(
                fields=("algorithm",), condition=models.Q(retired_at=None), name="accounts_one_signing_key"
            ),
        )

    def __str__(self) -> str:
        return self.kid
