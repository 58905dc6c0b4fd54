from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "Personal data"

    def ready(self) -> None:
        from privacy import registrations  # noqa: PLC0415 -- app ready

        registrations.register()
