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


class ServerLease(models.Model):
    """A web process that has somebody present, until ``until`` unless it renews that. One row for all of its sockets."""

    server = models.CharField(_("process"), max_length=40, unique=True)
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("lease of a web process")
        verbose_name_plural = _("leases of web processes")

    def __str__(self) -> str:
        return self.server


class Presence(models.Model):
    """A socket through which somebody is present at a topic: as long as its process's lease, and until it has left."""

    topic = models.CharField(_("topic"), max_length=80, db_index=True)
    # Gone within seconds of the socket, so no foreign key holds on to the person.
    user_id = models.BigIntegerField(_("person"))
    connection = models.CharField(_("connection"), max_length=40)
    server = models.CharField(_("process"), max_length=40, db_index=True)
    joined_at = models.DateTimeField(_("since"))
    # A page that is loaded again leaves and comes back; who has left is shown for some seconds more.
    left_at = models.DateTimeField(_("left"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = (models.UniqueConstraint(fields=("connection", "topic"), name="core_presence_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.topic}"
