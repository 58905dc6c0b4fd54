"""What people keep: files with their versions, in folders, in a space that is a person's own or a course's."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Binned, PublicId, TimeStamped
from files.models.stored import StoredFile
from files.querysets import EntryQuerySet, FileVersionQuerySet, FolderQuerySet, SpaceQuerySet


class Space(PublicId, TimeStamped):
    """Where files are kept together, under one limit: who sees and changes them says ``core.slots.FILE_SPACES``."""

    kind = models.CharField(_("kind"), max_length=20)
    # Of a person, a course …, as the kind says.
    owner_id = models.BigIntegerField(_("owner"))
    # In bytes; without it the kind's own limit holds.
    quota = models.PositiveBigIntegerField(_("limit in bytes"), null=True, blank=True)

    objects = SpaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("space for files")
        verbose_name_plural = _("spaces for files")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("kind", "owner_id"), name="files_space_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.owner_id}"

    def get_absolute_url(self) -> str:
        return reverse("files:space", args=[self.public_id])


class InSpace(PublicId, TimeStamped, Binned):
    """What lies in a space under a name, or in its bin."""

    space = models.ForeignKey(Space, verbose_name=_("space"), on_delete=models.PROTECT, related_name="%(class)ss")
    name = models.CharField(_("name"), max_length=255)
    # By which names are compared and sorted.
    name_key = models.CharField(max_length=600, editable=False)
    # The folder that went into the bin and took this along.
    binned_with = models.ForeignKey(
        "files.Folder", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True
        ordering = ("name_key", "id")

    def __str__(self) -> str:
        return self.name


class Folder(InSpace):
    """A folder in a space. ``path`` holds the numbers of the folders above it and its own: "/3/17/"."""

    parent = models.ForeignKey(
        "self", verbose_name=_("in"), on_delete=models.PROTECT, null=True, blank=True, related_name="folders"
    )
    path = models.CharField(max_length=400, editable=False, default="", db_index=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), on_delete=models.PROTECT, related_name="+"
    )

    objects = FolderQuerySet.as_manager()

    class Meta(InSpace.Meta):
        verbose_name = _("folder")
        verbose_name_plural = _("folders")
        constraints = (
            models.UniqueConstraint(
                fields=("parent", "name_key"),
                condition=models.Q(deleted_at__isnull=True, parent__isnull=False),
                name="files_folder_name_once",
            ),
            models.UniqueConstraint(
                fields=("space", "name_key"),
                condition=models.Q(deleted_at__isnull=True, parent__isnull=True),
                name="files_top_folder_name_once",
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("files:folder", args=[self.public_id])

    @property
    def above(self) -> list[int]:
        """Numbers of the folders that it lies in, from the top."""
        return [int(number) for number in self.path.strip("/").split("/")[:-1]]


class File(InSpace):
    """A file that somebody keeps: its name, its place, and the version that counts."""

    folder = models.ForeignKey(
        Folder, verbose_name=_("folder"), on_delete=models.PROTECT, null=True, blank=True, related_name="files"
    )
    current = models.ForeignKey(
        "FileVersion", verbose_name=_("version"), on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    # When the current version came.
    changed_at = models.DateTimeField(_("changed"), auto_now_add=True)

    objects = EntryQuerySet.as_manager()

    class Meta(InSpace.Meta):
        verbose_name = _("kept file")
        verbose_name_plural = _("kept files")
        constraints = (
            models.UniqueConstraint(
                fields=("folder", "name_key"),
                condition=models.Q(deleted_at__isnull=True, folder__isnull=False),
                name="files_file_name_once",
            ),
            models.UniqueConstraint(
                fields=("space", "name_key"),
                condition=models.Q(deleted_at__isnull=True, folder__isnull=True),
                name="files_top_file_name_once",
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("files:file", args=[self.public_id])

    @property
    def shown(self) -> "FileVersion":
        """The version that counts. Only a file that is being made has none yet."""
        if self.current is None:
            raise ValueError(f"file {self.pk} has no version")
        return self.current


class FileVersion(PublicId):
    """What a file was from some moment on; never changed."""

    file = models.ForeignKey(File, verbose_name=_("file"), on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    stored = models.ForeignKey(StoredFile, verbose_name=_("content"), on_delete=models.PROTECT, related_name="versions")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    # The number of the version that was brought back by this one.
    brought_back = models.PositiveIntegerField(_("brought back"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = FileVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a file")
        verbose_name_plural = _("versions of files")
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("file", "number"), name="files_version_once"),)

    def __str__(self) -> str:
        return f"{self.file_id}, version {self.number}"
