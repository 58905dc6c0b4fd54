from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "files"
    verbose_name = "Files"

    def ready(self) -> None:
        from files import registrations, topics  # noqa: PLC0415 -- app ready

        registrations.register()
        topics.register()
