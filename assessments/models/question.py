from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.enums import QuestionKind, ShowAnswer
from assessments.querysets import QuestionManager
from core.models import Binned, PublicId, TimeStamped, Versioned
from courses.models import Block, Course


class Question(PublicId, TimeStamped, Binned, Versioned):
    """A stable entry of a course's question bank; its wording and key are revisions."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="questions")
    current = models.ForeignKey(
        "QuestionRevision",
        verbose_name=_("current revision"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = QuestionManager()
    everything = models.Manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.pk}"


class QuestionRevision(models.Model):
    """Wording, options and key as they were from some moment on. Never changed: answers point here."""

    question = models.ForeignKey(
        Question, verbose_name=_("question"), on_delete=models.CASCADE, related_name="revisions"
    )
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=QuestionKind)
    stem = models.TextField(_("question"))
    hints = models.JSONField(_("hints"), default=list, blank=True, help_text=_("Markdown, shown one after another."))
    explanation = models.TextField(_("explanation"), blank=True)
    points = models.DecimalField(
        _("points"), max_digits=12, decimal_places=5, default=Decimal(1), validators=[MinValueValidator(Decimal(0))]
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("tries"), null=True, blank=True, help_text=_("Leave empty for as many as one likes.")
    )
    show_answer = models.CharField(_("show the answer"), max_length=10, choices=ShowAnswer, default=ShowAnswer.FINISHED)
    config = models.JSONField(
        _("settings"), default=dict, help_text=_("Options and key; each kind of question checks its own keys.")
    )
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("revision of a question")
        verbose_name_plural = _("revisions of questions")
        ordering = ("question", "number")
        constraints = (
            models.UniqueConstraint(fields=("question", "number"), name="assessments_question_revision_once"),
            models.CheckConstraint(condition=models.Q(points__gte=0), name="assessments_question_points"),
        )

    def __str__(self) -> str:
        return f"{self.question_id} r{self.number}"


class BlockQuestion(models.Model):
    """The question that stands in a lesson's block."""

    block = models.OneToOneField(Block, verbose_name=_("block"), on_delete=models.PROTECT, related_name="question_link")
    question = models.ForeignKey(
        Question, verbose_name=_("question"), on_delete=models.PROTECT, related_name="block_links"
    )

    class Meta:
        verbose_name = _("question in a lesson")
        verbose_name_plural = _("questions in lessons")

    def __str__(self) -> str:
        return f"{self.block_id}: {self.question_id}"
