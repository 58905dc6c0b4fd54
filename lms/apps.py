from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "Site"

    def ready(self) -> None:
        from lms import registrations  # noqa: PLC0415 -- app ready

        registrations.register()


class StaticFiles(StaticFilesConfig):
    """Leaves out what packages bring along and no page of ours uses."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx", "rest_framework"]
