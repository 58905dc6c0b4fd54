"""What people are told, and how it reaches them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from notifications.enums import Category, Channel, DeliveryState, SkipReason
from notifications.querysets import DeliveryQuerySet, NotificationQuerySet


class Notification(models.Model):
    """One thing that ``user`` is told. What comes while one of the same group is unread makes that one grow.

    Names of people are never kept here, only their numbers; ``data`` has titles and the like.
    """

    public_id = models.UUIDField(_("public id"), default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(_("kind"), max_length=40)
    category = models.CharField(_("category"), max_length=16, choices=Category)
    # What it is about, as ``kind.<public id>``: whoever opens the page of it has read this.
    thread = models.CharField(_("thread"), max_length=80, blank=True)
    course = models.ForeignKey(
        "courses.Course",
        verbose_name=_("course"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Who did the latest of it; empty if the system did.
    actor_id = models.BigIntegerField(_("who did it"), null=True, blank=True)
    data = models.JSONField(_("facts"), default=dict)
    url = models.CharField(_("address"), max_length=300)
    group_key = models.CharField(_("group"), max_length=120)
    count = models.PositiveIntegerField(_("how many"), default=1)
    created_at = models.DateTimeField(_("first"), default=timezone.now)
    at = models.DateTimeField(_("latest"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    # Whether it stands in the app; otherwise it is told by mail or push alone.
    in_app = models.BooleanField(_("in the app"), default=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                # What does not stand in the app is never read there: it is a group of its own.
                fields=("user", "group_key", "in_app"),
                condition=models.Q(read_at__isnull=True),
                name="notifications_one_unread_of_a_group",
            ),
        )
        indexes = (
            models.Index(
                fields=("user", "at"),
                condition=models.Q(read_at__isnull=True, in_app=True),
                name="notifications_unread",
            ),
            models.Index(fields=("user", "in_app", "at", "id"), name="notifications_of_person"),
            models.Index(fields=("at",), name="notifications_by_age"),
        )

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Delivery(models.Model):
    """One fact on its way to one person by mail or push: what is planned, what became of it, and why."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="deliveries"
    )
    notification = models.ForeignKey(
        Notification, verbose_name=_("notification"), on_delete=models.CASCADE, related_name="deliveries"
    )
    # The entry of the event log: the same fact is told once, however often the job that tells it is run.
    event_id = models.BigIntegerField(_("event"))
    kind = models.CharField(_("kind"), max_length=40)
    thread = models.CharField(_("thread"), max_length=80, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    state = models.CharField(_("state"), max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    reason = models.CharField(_("reason"), max_length=12, choices=SkipReason, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    handed_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    mail = models.ForeignKey(
        "core.OutgoingMail", verbose_name=_("mail"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    push = models.ForeignKey(
        "notifications.Push",
        verbose_name=_("push message"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deliveries",
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("event_id", "kind", "user", "channel"), name="notifications_delivered_once"
            ),
        )
        indexes = (
            models.Index(fields=("due_at", "user"), condition=models.Q(state="waiting"), name="notifications_due"),
            models.Index(fields=("thread", "channel"), name="notifications_of_thread"),
            models.Index(fields=("created_at",), name="notifications_delivery_age"),
        )

    def __str__(self) -> str:
        return f"{self.kind} to {self.user_id} by {self.channel}"
