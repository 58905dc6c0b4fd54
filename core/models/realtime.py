from django.db import models
from django.utils.translation import gettext_lazy as _


class Topic(models.Model):
    """Something that sockets listen to, and the number of the last thing said about it.

    Who says something takes the next number from this row, locked in their own transaction, so that the numbers of what
    is committed have no gaps and stand in the order of the commits.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    last_seq = models.PositiveBigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.name


class TopicMessage(models.Model):
    """One thing said about a topic; kept for a day, for those who were away."""

    topic = models.ForeignKey(Topic, verbose_name=_("topic"), on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveBigIntegerField(_("number"))
    at = models.DateTimeField(_("at"), db_index=True)
    body = models.JSONField(_("body"))

    class Meta:
        verbose_name = _("message of a topic")
        verbose_name_plural = _("messages of topics")
        ordering = ("topic_id", "seq")
        constraints = (models.UniqueConstraint(fields=("topic", "seq"), name="core_topicmessage_seq"),)

    def __str__(self) -> str:
        return f"{self.topic_id} #{self.seq}"
