from notifications.models.push import Push, PushAttempt, PushKey, PushSubscription
from notifications.models.told import Delivery, Notification
from notifications.models.wishes import Mute, Preference, Timing

__all__ = [
    "Delivery",
    "Mute",
    "Notification",
    "Preference",
    "Push",
    "PushAttempt",
    "PushKey",
    "PushSubscription",
    "Timing",
]
