"""What people read and agree to, version by version, and what they said."""

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConsentWay, PolicyAsks, PolicyKind
from accounts.models.user import User


class PolicyVersion(models.Model):
    """One version of a policy. Once it is in force it is never changed: people agreed to these words."""

    kind = models.CharField(_("policy"), max_length=12, choices=PolicyKind)
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=150)
    text = models.TextField(_("text"), max_length=100_000)
    html = models.TextField(_("rendered text"), editable=False)
    changes = models.CharField(_("what is new"), max_length=500, blank=True, default="")
    asks = models.CharField(_("people are asked for"), max_length=10, choices=PolicyAsks, default=PolicyAsks.NOTHING)
    # Whether a consent to an earlier version is not enough.
    asks_again = models.BooleanField(_("asks again"), default=True)
    effective_from = models.DateTimeField(_("in force from"), db_index=True)
    made_by = models.ForeignKey(
        User, verbose_name=_("written by"), on_delete=models.PROTECT, null=True, related_name="policy_versions"
    )
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("version of a policy")
        verbose_name_plural = _("versions of policies")
        ordering = ("kind", "-number")
        constraints = (models.UniqueConstraint(fields=("kind", "number"), name="accounts_policy_version_once"),)

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    def get_absolute_url(self) -> str:
        return reverse("accounts:policy-version", args=[self.kind, self.number])

    @property
    def is_in_force(self) -> bool:
        return self.effective_from <= timezone.now()


class Consent(models.Model):
    """What a person said to a version, and when. Rows are only added; the latest of a policy holds."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="consents_given")
    version = models.ForeignKey(
        PolicyVersion, verbose_name=_("version"), on_delete=models.PROTECT, related_name="consents"
    )
    given = models.BooleanField(_("agreed"))
    way = models.CharField(_("how"), max_length=12, choices=ConsentWay)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-id",)
        indexes = (models.Index(fields=("user", "version"), name="accounts_consent_of"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.version_id} {self.given}"
