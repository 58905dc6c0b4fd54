"""Who else may open a file or a folder, and who did."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import PublicId, TimeStamped
from files.enums import AccessAction, ShareLevel
from files.models.spaces import File, Folder
from files.querysets import AccessLogQuerySet, ShareQuerySet


class Share(PublicId, TimeStamped):
    """A file or a folder opened to a person, to those whom ``core.slots.SHARE_AUDIENCES`` names, or to who has a link."""

    PERSON = "person"
    LINK = "link"

    file = models.ForeignKey(
        File, verbose_name=_("file"), on_delete=models.CASCADE, null=True, blank=True, related_name="shares"
    )
    folder = models.ForeignKey(
        Folder, verbose_name=_("folder"), on_delete=models.CASCADE, null=True, blank=True, related_name="shares"
    )
    audience_kind = models.CharField(_("with"), max_length=30)
    # Of the person, the course …; none for a link.
    audience_id = models.BigIntegerField(_("with whom"), null=True, blank=True)
    level = models.CharField(_("may"), max_length=4, choices=ShareLevel, default=ShareLevel.VIEW)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    # Of links alone: a hash, or empty; how often it may be downloaded, and was.
    password = models.CharField(_("password"), max_length=200, blank=True, default="", editable=False)
    most_downloads = models.PositiveIntegerField(_("most downloads"), null=True, blank=True)
    downloads = models.PositiveIntegerField(_("downloads"), default=0, editable=False)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(file__isnull=True, folder__isnull=False)
                | models.Q(file__isnull=False, folder__isnull=True),
                name="files_share_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(audience_kind="link", audience_id__isnull=True)
                | (~models.Q(audience_kind="link") & models.Q(audience_id__isnull=False)),
                name="files_share_with_one",
            ),
            # Of two that were open, ending one would leave the other. Of links there may be several.
            models.UniqueConstraint(
                fields=("file", "audience_kind", "audience_id"),
                condition=models.Q(revoked_at__isnull=True, file__isnull=False, audience_id__isnull=False),
                name="files_share_of_file_once",
            ),
            models.UniqueConstraint(
                fields=("folder", "audience_kind", "audience_id"),
                condition=models.Q(revoked_at__isnull=True, folder__isnull=False, audience_id__isnull=False),
                name="files_share_of_folder_once",
            ),
        )
        indexes = (models.Index(fields=("audience_kind", "audience_id"), name="files_share_audience"),)

    def __str__(self) -> str:
        return f"{self.audience_kind} {self.audience_id or ''}: {self.file_id or self.folder_id}"

    @property
    def entry(self) -> File | Folder:
        """What is shared."""
        found = self.file if self.file_id else self.folder
        if found is None:
            raise ValueError(f"share {self.pk} is of nothing")
        return found

    @property
    def is_link(self) -> bool:
        return self.audience_kind == self.LINK

    @property
    def is_closed(self) -> bool:
        """Whether it was ended or is too old."""
        return bool(self.revoked_at or (self.expires_at and self.expires_at <= timezone.now()))

    @property
    def is_over(self) -> bool:
        """Whether it opens nothing any more: ended, too old, or fetched as often as it may be."""
        return self.is_closed or (self.most_downloads is not None and self.downloads >= self.most_downloads)


class AccessLog(models.Model):
    """Somebody opened, fetched or shared a file, or was refused it."""

    file = models.ForeignKey(
        File, verbose_name=_("file"), on_delete=models.CASCADE, null=True, blank=True, related_name="accesses"
    )
    folder = models.ForeignKey(
        Folder, verbose_name=_("folder"), on_delete=models.CASCADE, null=True, blank=True, related_name="accesses"
    )
    action = models.CharField(_("what"), max_length=8, choices=AccessAction)
    # None for who came by a link and is not signed in.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The link or share it was opened by, or that was made or ended.
    share = models.ForeignKey(
        Share, verbose_name=_("by"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Of the version that was opened.
    number = models.PositiveIntegerField(_("version"), null=True, blank=True)
    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access to a file")
        verbose_name_plural = _("accesses to files")
        ordering = ("-id",)
        # Each look asks first whether the same person looked a moment ago.
        indexes = (
            models.Index(fields=("file", "user", "at"), name="files_access_file_lately"),
            models.Index(fields=("folder", "user", "at"), name="files_access_folder_lately"),
        )

    def __str__(self) -> str:
        return f"{self.action}: {self.file_id or self.folder_id}"
