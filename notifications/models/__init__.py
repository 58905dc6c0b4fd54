from notifications.models.push import Push, PushAttempt, PushSubscription

__all__ = ["Push", "PushAttempt", "PushSubscription"]
