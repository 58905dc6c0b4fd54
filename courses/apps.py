from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = "Courses"

    def ready(self) -> None:
        from courses import registrations, topics  # noqa: PLC0415 -- app ready

        registrations.register()
        topics.register()
