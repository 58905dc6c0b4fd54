"""What this app puts into the kernel's slots."""

from django.utils.translation import gettext_lazy as _

from core.retention import deleted_rows, register_retention
from core.slots import READ_ALONG, SEEN, Erase, PersonalTable, ReadAlong, columns, register_personal_tables
from notifications.models import Delivery, Notification, Push
from notifications.selectors.unread import keep_unread, unread_rows
from notifications.services.reading import note_seen


def register() -> None:
    """Called once, when all apps are loaded."""
    SEEN.register("notifications", note_seen)
    READ_ALONG.register("unread", ReadAlong(unread_rows, keep_unread))
    _register_personal_tables()
    register_retention(
        {
            "notifications": deleted_rows(
                _("Notifications"),
                _("deleted, with what is kept of mails and pushes about them"),
                days=180,
                rows=lambda before: Notification.objects.filter(at__lt=before),
            ),
            "deliveries": deleted_rows(
                _("How people were told"),
                _("deleted; senders see no more how it reached people"),
                days=180,
                rows=lambda before: Delivery.objects.filter(created_at__lt=before),
            ),
            "pushes": deleted_rows(
                _("Push messages"),
                _("deleted, with their texts"),
                days=30,
                rows=lambda before: Push.objects.filter(created_at__lt=before),
            ),
        },
        first=60,
    )


def _register_personal_tables() -> None:
    register_personal_tables(
        PersonalTable(
            "notifications.Notification",
            "user",
            area="notifications",
            fields=columns(id="public_id", course="course__code")
            | columns("kind category thread url count created_at at read_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.Delivery",
            "user",
            area="notifications_sent",
            fields=columns(notification="notification__public_id")
            | columns("channel state reason created_at due_at handed_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.Notification",
            "actor_id",
            not_exported="What others were told; it says by a number who did it.",
            kept="It is what others were told. It has a number instead of a name.",
        ),
        PersonalTable(
            "notifications.Delivery",
            "notification__user",
            not_exported="The same rows as by their person.",
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.PushAttempt",
            "push__user",
            area="push_attempts",
            fields=columns(message="push__title") | columns("state error finished_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.Preference",
            "user",
            area="notification_preferences",
            fields=columns("category channel frequency"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.Timing",
            "user",
            area="notification_timing",
            fields=columns("digest_at digest_day quiet_from quiet_until"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.Mute",
            "user",
            area="muted",
            fields=columns(course="course__code") | columns("thread title created_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.PushSubscription",
            "user",
            area="push_browsers",
            fields=columns("label endpoint created_at last_sent_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "notifications.Push",
            "user",
            area="push_messages",
            fields=columns("title body url created_at"),
            erase=Erase.DELETE,
        ),
    )
