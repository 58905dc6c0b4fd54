from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import PublicId
from files.models import SealedBytes
from privacy.enums import ErasureState, PersonalExportState
from privacy.querysets import OwnQuerySet


class PersonalExport(PublicId, SealedBytes):
    """All that is kept of a person, as an archive that a job makes; kept for some days.

    Its bytes lie encrypted under a name of their own (``privacy.storage``) and are given to the person, or to who asked,
    alone.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="personal_exports"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )
    # Of an administrator who asked for somebody else's.
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    state = models.CharField(
        _("state"), max_length=8, choices=PersonalExportState, default=PersonalExportState.QUEUED, editable=False
    )
    job_id = models.UUIDField(_("job"), null=True, blank=True, editable=False)
    starts = models.PositiveSmallIntegerField(_("how often it began"), default=0, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0, editable=False)
    message = models.TextField(_("why it failed"), blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    # Until when one that is ready can be fetched.
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True, editable=False)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("archive of personal data")
        verbose_name_plural = _("archives of personal data")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "asked_by"),
                condition=models.Q(state__in=(PersonalExportState.QUEUED, PersonalExportState.RUNNING)),
                name="privacy_one_export_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"

    @property
    def sealed_as(self) -> str:
        return f"personal/{self.public_id}"

    @property
    def is_over(self) -> bool:
        return self.state in (PersonalExportState.DONE, PersonalExportState.FAILED)

    @property
    def is_ready(self) -> bool:
        return self.expires_at is not None and self.expires_at > timezone.now()


class Erasure(PublicId):
    """A person is erased: asked for, waited for, carried out step by step. What stays of it names nobody."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="erasures"
    )
    # Empty: the site's own rule about closed accounts.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    state = models.CharField(
        _("state"), max_length=10, choices=ErasureState, default=ErasureState.WAITING, editable=False
    )
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("due"), db_index=True)
    began_at = models.DateTimeField(_("began"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    # Names of what is done already, so that one that broke off goes on where it was.
    steps = models.JSONField(_("steps done"), default=list, editable=False)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user",),
                condition=~models.Q(state=ErasureState.TAKEN_BACK),
                name="privacy_one_erasure",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"

    @property
    def can_be_taken_back(self) -> bool:
        return self.state in (ErasureState.WAITING, ErasureState.BLOCKED)


class RetentionRule(models.Model):
    """How long a kind of data is kept where administrators said so, and when it was let go of last."""

    kind = models.CharField(_("kind"), max_length=40, unique=True)
    # Empty: for good.
    days = models.PositiveIntegerField(_("days"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    last_at = models.DateTimeField(_("last run"), null=True, blank=True, editable=False)
    last_rows = models.PositiveBigIntegerField(_("rows then"), default=0, editable=False)

    class Meta:
        verbose_name = _("rule of retention")
        verbose_name_plural = _("rules of retention")
        ordering = ("kind",)

    def __str__(self) -> str:
        return self.kind
