from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.enums import AttemptState, Verdict
from assessments.models.question import Question, QuestionRevision
from assessments.querysets import AttemptQuerySet
from core.models import PublicId, TimeStamped
from courses.models import Block, Course, Item


class Attempt(PublicId, TimeStamped):
    """One try of one person at an item's questions; with ``block``, at that one inline check.

    The score is written once, when it is submitted, by the server alone.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="attempts"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="attempts")
    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="attempts")
    block = models.ForeignKey(
        Block, verbose_name=_("block"), on_delete=models.PROTECT, null=True, blank=True, related_name="attempts"
    )
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=AttemptState, default=AttemptState.OPEN)
    started_at = models.DateTimeField(_("started"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    points = models.DecimalField(_("points"), max_digits=12, decimal_places=5, null=True, blank=True)
    max_points = models.DecimalField(_("of"), max_digits=12, decimal_places=5, null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "item", "number"),
                condition=models.Q(block__isnull=True),
                name="assessments_item_attempt_once",
            ),
            models.UniqueConstraint(
                fields=("user", "block", "number"),
                condition=models.Q(block__isnull=False),
                name="assessments_check_attempt_once",
            ),
            models.UniqueConstraint(
                fields=("user", "item"),
                condition=models.Q(state="open", block__isnull=True),
                name="assessments_item_one_open",
            ),
            models.UniqueConstraint(
                fields=("user", "block"),
                condition=models.Q(state="open", block__isnull=False),
                name="assessments_check_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", submitted_at__isnull=True)
                | models.Q(state="submitted", submitted_at__isnull=False),
                name="assessments_attempt_submitted_has_time",
            ),
        )
        indexes = (models.Index(fields=("block", "user", "state"), name="assessments_attempt_block"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.item_id} no. {self.number}"


class Answer(models.Model):
    """What was answered to one question in an attempt, pinned to the revision that was seen."""

    attempt = models.ForeignKey(Attempt, verbose_name=_("attempt"), on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, verbose_name=_("question"), on_delete=models.PROTECT, related_name="answers")
    revision = models.ForeignKey(
        QuestionRevision, verbose_name=_("revision seen"), on_delete=models.PROTECT, related_name="answers"
    )
    response = models.JSONField(_("response"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=0)
    saved_at = models.DateTimeField(_("saved"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=6, choices=Verdict, blank=True)
    points = models.DecimalField(_("points"), max_digits=12, decimal_places=5, null=True, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = (models.UniqueConstraint(fields=("attempt", "question"), name="assessments_answer_once"),)

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.question_id}"
