from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Kernel"

    def ready(self) -> None:
        # Every app's rules, receivers and scheduled tasks are known before the first request or job.
        autodiscover_modules("rules", "receivers", "tasks", "checks")
        from core.health import register_checks  # noqa: PLC0415 -- app ready

        register_checks()
        from core.translation import flatten_default  # noqa: PLC0415 -- app ready

        flatten_default()
