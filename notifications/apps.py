from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from notifications import registrations, topics  # noqa: PLC0415 -- app ready

        registrations.register()
        topics.register()
