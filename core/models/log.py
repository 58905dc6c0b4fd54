from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id


class EventLog(models.Model):
    """What happened, by whom: outbox of the events and audit trail in one append-only table.

    ``actor_id``, ``person_id`` and ``course_id`` are plain numbers, not foreign keys: an entry is never edited,
    whatever becomes of the rows it speaks of. ``actor_id`` is empty for the system itself. The database refuses
    changes (``core.append_only``), and each entry is sealed into a chain (``core.audit``).
    """

    public_id = models.UUIDField(_("public id"), default=new_public_id, unique=True, editable=False)
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    name = models.CharField(_("event"), max_length=80, db_index=True)
    schema_version = models.PositiveSmallIntegerField(_("schema version"), default=1)
    actor_id = models.BigIntegerField(_("actor"), null=True, blank=True, db_index=True)
    # Who acted as the actor; empty for nearly all. The seal covers it where there is one.
    impersonator_id = models.BigIntegerField(_("acting as the actor"), null=True, blank=True)
    # Whom it is about, where the facts name a person as ``user_id``.
    person_id = models.BigIntegerField(_("person"), null=True, blank=True, db_index=True)
    course_id = models.BigIntegerField(_("course"), null=True, blank=True, db_index=True)
    body = models.JSONField(_("facts"))
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    # Where the request came from; empty for what jobs and commands do.
    address = models.CharField(_("address"), max_length=45, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("event log")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("impersonator_id",),
                condition=models.Q(impersonator_id__isnull=False),
                name="core_event_impersonator",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class EventSeal(models.Model):
    """One link of the chain: entry ``event_id`` stood in the log in this form when its turn ``number`` came."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    event_id = models.BigIntegerField(_("event"), unique=True)
    digest = models.CharField(_("digest"), max_length=64)
    key = models.CharField(_("which key"), max_length=8)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("seal of an event")
        verbose_name_plural = _("seals of events")
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.number)


class EventArchive(models.Model):
    """The beginning of the chain that was moved into a file: seals up to ``number``, whose last digest goes on here."""

    number = models.BigIntegerField(_("up to number"), primary_key=True)
    digest = models.CharField(_("digest"), max_length=64)
    events = models.PositiveBigIntegerField(_("events"))
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("archive of events")
        verbose_name_plural = _("archives of events")
        ordering = ("-number",)

    def __str__(self) -> str:
        return self.file_name


class Effect(models.Model):
    """A finished effect of a job, by a key of its own; makes running a job twice harmless."""

    key = models.CharField(_("key"), max_length=200, unique=True)
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("effect")
        verbose_name_plural = _("effects")

    def __str__(self) -> str:
        return self.key
