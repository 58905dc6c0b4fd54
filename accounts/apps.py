from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import receivers, registrations, topics  # noqa: F401, PLC0415 -- models must be loaded first

        registrations.register()
        topics.register()
