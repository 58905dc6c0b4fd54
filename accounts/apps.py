from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import receivers, registrations  # noqa: F401, PLC0415 -- models must be loaded first
        from core.append_only import only_added  # noqa: PLC0415 -- app ready

        registrations.register()
        # What somebody agreed to, and when, is said again in a new row.
        only_added("accounts_consent")
