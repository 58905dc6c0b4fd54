from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ProviderError
from files.services.cleaning import clean_up, what_would_go


class Command(BaseCommand):
    help = "Say what the daily clean-up of files would take away now; with --run, take it away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run", action="store_true", help="do it instead of waiting for the job")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for going in what_would_go():
                self.stdout.write(f"{going.count:>8}  {going.what}")
            if options["run"]:
                clean_up()
        except ProviderError as error:
            raise CommandError(str(error.message), returncode=2) from error
        self.stdout.write("Done." if options["run"] else "Nothing was changed. With --run they go.")
