from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import PeopleImportState, RowVerdict
from accounts.models.user import User
from accounts.querysets import PeopleImportQuerySet
from core.models import PublicId


class PeopleImport(PublicId):
    """A table of people that somebody sent: read by a job, looked at, then applied by another."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="people_imports")
    name = models.CharField(_("file"), max_length=255)
    # The file as it came; forgotten with the import.
    content = models.BinaryField(_("content"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=PeopleImportState, default=PeopleImportState.READING, editable=False
    )
    # Whether new people are mailed a link to choose a password, and whether courses in the table count.
    invite = models.BooleanField(_("mail new people"), default=False)
    extras = models.BooleanField(_("with courses"), default=False)
    headings = models.JSONField(_("headings"), default=list, editable=False)
    # Field by place of the column; empty: guessed from the headings.
    columns = models.JSONField(_("columns"), default=dict, editable=False)
    done = models.PositiveIntegerField(_("rows done"), default=0, editable=False)
    total = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    message = models.TextField(_("message"), blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)

    objects = PeopleImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of people")
        verbose_name_plural = _("imports of people")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        return self.state in (PeopleImportState.READING, PeopleImportState.APPLYING)


class PeopleImportRow(models.Model):
    """One row of the table: what would become of it, and once applied what did."""

    run = models.ForeignKey(PeopleImport, verbose_name=_("import"), on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(_("cells"), default=list)
    name = models.CharField(_("name"), max_length=150, blank=True, default="")
    email = models.CharField(_("email"), max_length=254, blank=True, default="")
    verdict = models.CharField(_("verdict"), max_length=10, choices=RowVerdict)
    field = models.CharField(_("field"), max_length=30, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    applied = models.BooleanField(_("applied"), default=False)

    class Meta:
        verbose_name = _("row of an import of people")
        verbose_name_plural = _("rows of imports of people")
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="accounts_import_row_once"),)
        indexes = (models.Index(fields=("run", "verdict", "number"), name="accounts_import_verdict"),)

    def __str__(self) -> str:
        return f"{self.number}: {self.email}"
