from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "files"
    verbose_name = "Files"

    def ready(self) -> None:
        from files import checks, registrations, topics  # noqa: F401, PLC0415 -- app ready; checks register themselves

        registrations.register()
        topics.register()
