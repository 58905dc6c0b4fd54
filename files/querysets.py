"""Rows that a reader may see; ``rules`` says the same, and a contract test holds them together."""

from collections.abc import Container
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils import timezone

from core.slots import FILE_ACCESS, FILE_SPACES, SHARE_AUDIENCES
from files.enums import ShareLevel


def _sees_all(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and user.is_superuser)


def _is_in(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active)


class StoredFileQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any, kinds: Container[str] | None = None) -> "StoredFileQuerySet":
        """Files that something uses which ``user`` may see; admins see all.

        ``kinds``: which kinds of owner use them, where that is known; asking all of them takes longer than the answer.
        """
        if getattr(user, "is_superuser", False) and user.is_active:
            return self.all()
        used = models.Q(pk__in=())
        for kind, owner_ids in FILE_ACCESS.items():
            if kinds is not None and kind not in kinds:
                continue
            used |= models.Q(usages__owner_kind=kind, usages__owner_id__in=owner_ids(user))
        return self.filter(used).distinct()


class UploadQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "UploadQuerySet":
        """One's own; administrators see that they are there."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(user_id=user.pk)


class SpaceQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "SpaceQuerySet":
        """Spaces all of whose files ``user`` sees and changes."""
        if _sees_all(user):
            return self
        return self.filter(owned_by(user, "")) if _is_in(user) else self.none()


class EntryQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Files, and in ``FolderQuerySet`` folders. ``path``: where the folders around an entry are named."""

    share_of = "file"
    path = "folder__path"

    def kept(self) -> "EntryQuerySet":
        return self.filter(deleted_at__isnull=True)

    def binned(self) -> "EntryQuerySet":
        return self.filter(deleted_at__isnull=False)

    def visible_to(self, user: Any) -> "EntryQuerySet":
        """Those in spaces of ``user``, also in the bin, and those that others share."""
        if _sees_all(user):
            return self
        if not _is_in(user):
            return self.none()
        return self.filter(owned_by(user, "space__") | (Q(deleted_at__isnull=True) & self._shared(user)))

    def changeable_by(self, user: Any) -> "EntryQuerySet":
        """Those that ``user`` may change: in their spaces, and what others share with them to be edited."""
        if _sees_all(user):
            return self
        if not _is_in(user):
            return self.none()
        edited = self._shared(user, level=ShareLevel.EDIT)
        return self.filter(owned_by(user, "space__") | (Q(deleted_at__isnull=True) & edited))

    def shared_with(self, user: Any) -> "EntryQuerySet":
        """Those that are themselves shared with ``user``, not only a folder around them."""
        shares = apps.get_model("files", "Share").objects.reaching(user)
        return self.kept().filter(Exists(shares.filter(**{f"{self.share_of}_id": OuterRef("pk")})))

    def _shared(self, user: Any, **level: Any) -> Q:
        shares = apps.get_model("files", "Share").objects.reaching(user).filter(**level)
        lies_in = ExpressionWrapper(OuterRef(self.path), output_field=CharField())
        around = shares.filter(folder__isnull=False).annotate(lies_in=lies_in)
        found = Q(Exists(around.filter(lies_in__startswith=F("folder__path"))))
        # A folder lies in itself, so that is all for folders.
        return found | Q(Exists(shares.filter(file_id=OuterRef("pk")))) if self.share_of == "file" else found


class FolderQuerySet(EntryQuerySet):
    share_of = "folder"
    path = "path"


class FileVersionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "FileVersionQuerySet":
        """Of the files that ``user`` may change all, of those that they may only view what counts now.

        Who replaces a file to take something out of it must be able to trust that nobody but those who work on it reads the
        earlier one.
        """
        if _sees_all(user):
            return self
        files = apps.get_model("files", "File").objects
        changed = files.changeable_by(user).order_by().values("pk")
        seen = files.visible_to(user).order_by().values("pk")
        return self.filter(Q(file__in=changed) | Q(pk=F("file__current"), file__in=seen))


class ShareQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def open(self) -> "ShareQuerySet":
        """Those that are neither ended nor too old."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()), revoked_at__isnull=True)

    def reaching(self, user: Any) -> "ShareQuerySet":
        """Those that open something to ``user`` as the person they are; links open to who has them."""
        whom = Q(audience_kind="person", audience_id=user.pk)
        for kind, audience in SHARE_AUDIENCES.items():
            whom |= Q(audience_kind=kind, audience_id__in=audience.ids(user))
        return self.open().filter(whom)

    def visible_to(self, user: Any) -> "ShareQuerySet":
        """Those of files and folders that lie in spaces of ``user``."""
        if _sees_all(user):
            return self
        if not _is_in(user):
            return self.none()
        return self.filter(owned_by(user, "file__space__") | owned_by(user, "folder__space__"))


class AccessLogQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: Any) -> "AccessLogQuerySet":
        """What became of files that lie in spaces of ``user``."""
        if _sees_all(user):
            return self
        if not _is_in(user):
            return self.none()
        return self.filter(owned_by(user, "file__space__") | owned_by(user, "folder__space__"))


def owned_by(user: Any, space: str) -> Q:
    """Whether the space at ``space``, a path such as "file__space__", is one of ``user``'s."""
    found = Q(pk__in=())
    for kind, spaces in FILE_SPACES.items():
        found |= Q(**{f"{space}kind": kind, f"{space}owner_id__in": spaces.ids(user)})
    return found


def keeps(user: Any, space: Any) -> bool:
    """What ``owned_by`` asks of rows, of one space: only its own kind is asked, and a person's own costs no query."""
    if not _is_in(user):
        return False
    if user.is_superuser:
        return True
    spaces = FILE_SPACES.get(space.kind)
    return spaces is not None and space.owner_id in set(spaces.ids(user))
