from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import PublicId, TimeStamped
from files.enums import ScanState, UploadState
from files.querysets import StoredFileQuerySet, UploadQuerySet


class SealedBytes(models.Model):
    """A row whose bytes in storage are encrypted (``files.sealing``): it holds their key, wrapped."""

    # Of the master key; empty for bytes that lie there as they are.
    key_name = models.CharField(_("name of the key"), max_length=40, blank=True, default="", editable=False)
    wrapped_key = models.BinaryField(_("wrapped key"), default=b"", editable=False)

    class Meta:
        abstract = True

    @property
    def is_sealed(self) -> bool:
        return bool(self.key_name)

    @property
    def sealed_as(self) -> str:
        """What the bytes are kept under, once and for all: their seal and their key are bound to it."""
        raise NotImplementedError


class StoredFile(PublicId, TimeStamped):
    """Bytes under a name of our own. Who may read them is decided by what uses them."""

    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    media_type = models.CharField(_("media type"), max_length=100)
    name = models.CharField(_("name"), max_length=255)
    scan_state = models.CharField(
        _("virus scan"), max_length=11, choices=ScanState, default=ScanState.NOT_SCANNED, editable=False
    )
    # Not unique: files with the same bytes share them.
    storage_key = models.CharField(_("storage key"), max_length=200, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("sha256", "name", "media_type", "uploaded_by"), name="files_stored_once_by_person"
            ),
            models.UniqueConstraint(
                fields=("sha256", "name", "media_type"),
                condition=models.Q(uploaded_by__isnull=True),
                name="files_stored_once_by_system",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("files:serve", args=[self.public_id, self.name])

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


class Upload(PublicId, TimeStamped):
    """A file that arrives in parts, over as many requests and breaks of the line as it takes (``files.incoming``).

    How much of it is here says its incoming file alone: parts are acknowledged without a write to the database. When all
    is here a job checks it; only then is there a file (``file``), for a day, until something uses it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="uploads"
    )
    # A key of ``core.slots.UPLOAD_PURPOSES``.
    purpose = models.CharField(_("purpose"), max_length=30)
    name = models.CharField(_("name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    # What the sender says that it will be; empty if they say nothing.
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, default="")
    state = models.CharField(_("state"), max_length=9, choices=UploadState, default=UploadState.RECEIVING)
    # Of a refusal: its code and its sentence.
    code = models.CharField(_("code"), max_length=60, blank=True, default="")
    message = models.TextField(_("why it was refused"), blank=True, default="")
    file = models.ForeignKey(
        StoredFile, verbose_name=_("file"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("kept until"))

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("user", "state"), name="files_uploads_of_person"),
            models.Index(fields=("expires_at",), name="files_uploads_by_age"),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state in (UploadState.DONE, UploadState.REFUSED)


class Usage(models.Model):
    """Something refers to a file; whoever may see that something may read the file."""

    file = models.ForeignKey(StoredFile, verbose_name=_("file"), on_delete=models.PROTECT, related_name="usages")
    owner_kind = models.CharField(_("kind of owner"), max_length=30)
    owner_id = models.BigIntegerField(_("owner"))

    class Meta:
        verbose_name = _("use of a file")
        verbose_name_plural = _("uses of files")
        constraints = (models.UniqueConstraint(fields=("file", "owner_kind", "owner_id"), name="files_usage_once"),)
        indexes = (models.Index(fields=("owner_kind", "owner_id"), name="files_usage_owner"),)

    def __str__(self) -> str:
        return f"{self.owner_kind} {self.owner_id}: {self.file_id}"
