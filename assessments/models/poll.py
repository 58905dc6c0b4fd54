from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Block, Course


class PollVote(models.Model):
    """What a person chose at one question of a poll. ``question`` and ``option`` are ids in the block's settings."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="poll_votes"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="poll_votes")
    block = models.ForeignKey(Block, verbose_name=_("block"), on_delete=models.PROTECT, related_name="poll_votes")
    question = models.CharField(_("question"), max_length=64)
    option = models.CharField(_("option"), max_length=64)
    created_at = models.DateTimeField(_("voted"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("vote in a poll")
        verbose_name_plural = _("votes in polls")
        constraints = (
            models.UniqueConstraint(fields=("user", "block", "question"), name="assessments_poll_vote_once"),
        )
        indexes = (models.Index(fields=("block", "question", "option"), name="assessments_poll_count"),)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.block_id}: {self.option}"
