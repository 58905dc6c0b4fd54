"""Abstract pieces that the other apps' models are made of."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id


class RankField(models.CharField):  # type: ignore[type-arg]
    """Text that sorts by code point on every database.

    Fractional ranks rely on ASCII order, which PostgreSQL's default collation does not give.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class TimeStamped(models.Model):
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True


class PublicId(models.Model):
    """Numbers stay inside; what leaves in an address or an answer is this id."""

    public_id = models.UUIDField(_("public id"), default=new_public_id, unique=True, editable=False)

    class Meta:
        abstract = True


class Ranked(models.Model):
    """Siblings are ordered by a text rank, so moving one writes one row."""

    rank = RankField()

    class Meta:
        abstract = True


class BinnedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def kept(self) -> "BinnedQuerySet":
        return self.filter(deleted_at__isnull=True)

    def binned(self) -> "BinnedQuerySet":
        return self.filter(deleted_at__isnull=False)


class Binned(models.Model):
    """A deleted row waits in the bin; default querysets do not show it."""

    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("deleted by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        abstract = True

    @property
    def is_binned(self) -> bool:
        return self.deleted_at is not None


class Versioned(models.Model):
    """Two people may edit this; a save names the version it started from."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True
