from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from lms.demo import load_demo


class Command(BaseCommand):
    help = "Load the demonstration courses and people, once per installation."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_demo()
        except DomainError as error:
            fields = "\n".join(f"  {name}: {', '.join(map(str, texts))}" for name, texts in error.fields.items())
            raise CommandError(f"{error.message}\n{fields}") from error
        if loaded is None:
            self.stdout.write("The demo is already here; nothing was changed.")
        else:
            self.stdout.write(
                f"Demo loaded: {loaded.courses} courses, {loaded.people} people, {loaded.lessons_done} lessons done."
            )
