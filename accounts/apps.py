from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import receivers, registrations, topics  # noqa: F401, PLC0415 -- models must be loaded first
        from core.append_only import only_added  # noqa: PLC0415 -- app ready

        registrations.register()
        topics.register()
        # What somebody agreed to, and when, is said again in a new row.
        only_added("accounts_consent")
