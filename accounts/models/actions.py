from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import PeopleActionKind, PeopleActionState, RowVerdict
from accounts.models.user import User
from accounts.querysets import PeopleActionQuerySet
from core.models import PublicId


class PeopleAction(PublicId):
    """One thing done to several people: first looked at, with a verdict for each, then applied."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("what"), max_length=10, choices=PeopleActionKind)
    # What it takes: a reason, a role, or a course with a role in it.
    values = models.JSONField(_("values"), default=dict)
    state = models.CharField(
        _("state"), max_length=10, choices=PeopleActionState, default=PeopleActionState.JUDGING, editable=False
    )
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)

    objects = PeopleActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("change to several people")
        verbose_name_plural = _("changes to several people")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_under_way(self) -> bool:
        return self.state in (PeopleActionState.JUDGING, PeopleActionState.APPLYING)


class PeopleActionRow(models.Model):
    """One of the people: what would become of them, and once applied what did."""

    action = models.ForeignKey(PeopleAction, verbose_name=_("change"), on_delete=models.CASCADE, related_name="rows")
    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(_("verdict"), max_length=10, choices=RowVerdict, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    applied = models.BooleanField(_("applied"), default=False)

    class Meta:
        verbose_name = _("person of a change to several")
        verbose_name_plural = _("people of changes to several")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("action", "user"), name="accounts_action_row_once"),)

    def __str__(self) -> str:
        return str(self.user)
