from django.contrib import admin

from core.admin import ReadOnlyAdmin
from notifications.models import (
    Delivery,
    Mute,
    Notification,
    Preference,
    Push,
    PushAttempt,
    PushKey,
    PushSubscription,
    Timing,
)


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "kind", "category", "count", "read_at", "in_app")
    list_filter = ("kind", "category")
    list_select_related = ("user",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "kind", "channel", "state", "reason", "due_at", "handed_at")
    list_filter = ("channel", "state", "reason")
    list_select_related = ("user",)


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin):
    list_display = ("user", "category", "channel", "frequency")
    list_select_related = ("user",)


@admin.register(Timing)
class TimingAdmin(ReadOnlyAdmin):
    list_display = ("user", "digest_at", "digest_day", "quiet_from", "quiet_until")
    list_select_related = ("user",)


@admin.register(Mute)
class MuteAdmin(ReadOnlyAdmin):
    list_display = ("user", "course", "thread", "created_at")
    list_select_related = ("user", "course")


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("user", "label", "created_at", "last_sent_at")
    list_select_related = ("user",)
    # Whoever has these could speak to the browser.
    exclude = ("endpoint", "p256dh", "auth")


@admin.register(Push)
class PushAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "title")
    list_select_related = ("user",)


@admin.register(PushAttempt)
class PushAttemptAdmin(ReadOnlyAdmin):
    list_display = ("push", "state", "error", "finished_at")
    list_filter = ("state",)
    list_select_related = ("push",)


@admin.register(PushKey)
class PushKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "created_at")
    exclude = ("sealed_private",)
