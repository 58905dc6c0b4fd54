from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "community"
    verbose_name = "Community"

    def ready(self) -> None:
        from community import registrations  # noqa: PLC0415 -- app ready

        registrations.register()
