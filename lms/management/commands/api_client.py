import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import JSONRenderer

from lms.clients.javascript import FILE, javascript_client
from lms.clients.python import GeneratorMissing, write_python_client


class Command(BaseCommand):
    help = "Write a client of this site's API, generated from its description."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("language", choices=("python", "javascript"))
        parser.add_argument("--out", required=True, help="the folder to write into; it is made if need be")

    def handle(self, *args: Any, language: str, out: str, **options: Any) -> None:
        made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        # Once through JSON: plain values instead of lazy texts.
        schema = json.loads(JSONRenderer().render(made))
        folder = Path(out)
        if language == "javascript":
            folder.mkdir(parents=True, exist_ok=True)
            written = folder / FILE
            written.write_text(javascript_client(schema), encoding="utf-8")
        else:
            try:
                written = write_python_client(schema, folder)
            except GeneratorMissing as error:
                raise CommandError(
                    "The generator is not installed. It comes with the packages for tests: requirements/test.txt"
                ) from error
            except RuntimeError as error:
                raise CommandError(f"The generator left something out:\n{error}") from error
        self.stdout.write(f"Wrote {written}.")
