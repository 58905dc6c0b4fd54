from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Kernel"

    def ready(self) -> None:
        # Every app's rules, receivers and scheduled tasks are known before the first request or job.
        pre_migrate.connect(_before_migration, sender=self)
        post_migrate.connect(_after_migration, sender=self)
        autodiscover_modules("rules", "receivers", "tasks", "checks")
        import core.client_errors  # noqa: F401, PLC0415 -- its events are known
        from core.health import register_checks  # noqa: PLC0415 -- app ready
        from core.realtime import site  # noqa: PLC0415 -- app ready
        from core.retention import register_kinds  # noqa: PLC0415 -- app ready

        register_checks()
        register_kinds()
        site.register()
        from core.translation import flatten_default  # noqa: PLC0415 -- app ready

        flatten_default()


def _before_migration(using: str, **_more: Any) -> None:
    from core import append_only  # noqa: PLC0415 -- app ready

    append_only.unguard(using)


def _after_migration(using: str, **_more: Any) -> None:
    from core import append_only  # noqa: PLC0415 -- app ready

    append_only.guard_if_wanted(using)
