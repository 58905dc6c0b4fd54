from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import PublicId, TimeStamped
from files.enums import RenditionKind, ScanState, UploadState
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


class StoredFile(PublicId, TimeStamped, SealedBytes):
    """Bytes under a name of our own. Who may read them is decided by what uses them.

    What is sensitive lies in storage sealed; ``sha256`` and ``size`` are those of the content.
    """

    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    media_type = models.CharField(_("media type"), max_length=100)
    name = models.CharField(_("name"), max_length=255)
    scan_state = models.CharField(
        _("virus scan"), max_length=11, choices=ScanState, default=ScanState.NOT_SCANNED, editable=False
    )
    # Not unique: files of one person with the same bytes share them, and each holds the key of sealed ones.
    storage_key = models.CharField(_("storage key"), max_length=200, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    # When the seal was found broken: the bytes are not those that were stored.
    broken_at = models.DateTimeField(_("seal found broken"), null=True, blank=True, editable=False)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("sha256", "name", "media_type", "uploaded_by"),
                condition=models.Q(key_name=""),
                name="files_stored_once_by_person",
            ),
            models.UniqueConstraint(
                fields=("sha256", "name", "media_type", "uploaded_by"),
                condition=~models.Q(key_name=""),
                name="files_sealed_once_by_person",
            ),
            models.UniqueConstraint(
                fields=("sha256", "name", "media_type"),
                condition=models.Q(uploaded_by__isnull=True, key_name=""),
                name="files_stored_once_by_system",
            ),
            models.UniqueConstraint(
                fields=("sha256", "name", "media_type"),
                condition=models.Q(uploaded_by__isnull=True) & ~models.Q(key_name=""),
                name="files_sealed_once_by_system",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("files:serve", args=[self.public_id, self.name])

    @property
    def sealed_as(self) -> str:
        return self.storage_key

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


class Upload(PublicId, TimeStamped, SealedBytes):
    """A file that arrives in parts, over as many requests and breaks of the line as it takes (``files.incoming``).

    How much of it is here says its incoming file alone, or the bucket that parts go to: they are acknowledged without a
    write to the database. When all is here a job checks it; only then is there a file (``file``), for a day, until something
    uses it. What will be stored sealed gathers sealed, with a key of its own.
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
    # Where it is kept in the end, by itself: in a folder or at the top of a space, or as a version of a file there.
    space = models.ForeignKey(
        "files.Space", verbose_name=_("space"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    folder = models.ForeignKey(
        "files.Folder", verbose_name=_("folder"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    replaces = models.ForeignKey(
        "files.File",
        verbose_name=_("new version of"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # Of parts that may go straight to the bucket; 0 if they come through the site alone.
    part_size = models.PositiveIntegerField(_("size of parts in bytes"), default=0, editable=False)
    # What the bucket calls what it gathers of it; empty before the first part.
    bucket_upload = models.TextField(_("name in the bucket"), blank=True, default="", editable=False)
    is_in_bucket = models.BooleanField(_("arrived in the bucket"), default=False, editable=False)

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
    def parts(self) -> int:
        """How many parts it has where they go straight to the bucket."""
        return -(-self.size // self.part_size) if self.part_size else 0

    def size_of_part(self, number: int) -> int:
        """Of part ``number``, from 1 on, where they go straight to the bucket."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)

    @property
    def sealed_as(self) -> str:
        return f"upload/{self.public_id}"

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


class Rendition(models.Model):
    """What a job made of a file to show it by: a small picture, a PDF, a table. Without ``made`` there is nothing to show,
    and ``reason`` says why (``files.previews.base.Reason``)."""

    source = models.ForeignKey(StoredFile, verbose_name=_("of"), on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(_("kind"), max_length=5, choices=RenditionKind)
    made = models.ForeignKey(
        StoredFile, verbose_name=_("what was made"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(_("why there is none"), max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = (models.UniqueConstraint(fields=("source", "kind"), name="files_rendition_once"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.source_id}"
