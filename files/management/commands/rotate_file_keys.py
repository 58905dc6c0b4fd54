from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ProviderError
from files.sealing.keys import LocalKeys, key_service
from files.services.sealing import key_names, wrap_anew


class Command(BaseCommand):
    help = (
        "Make a new master key for encrypted files and wrap all their keys with it, while the site goes on. "
        "Keys from FILE_KEYS are not made here: write the new one in front there and start all processes anew first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--go-on", action="store_true", help="make no new key: finish what was broken off")
        parser.add_argument(
            "--forget", action="store_true", help="take old keys away afterwards; backups from before need them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        service = key_service()
        try:
            if isinstance(service, LocalKeys) and not options["go_on"] and not service.is_given:
                self.stdout.write(f"New key: {service.add()}")
            done, broken = wrap_anew()
            self.stdout.write(f"Wrapped anew: {done}, with {service.current()}")
            if broken:
                raise CommandError("These cannot be opened; their files cannot be read:\n" + "\n".join(broken))
            if options["forget"]:
                if not isinstance(service, LocalKeys):
                    raise CommandError("The key service keeps its keys itself.")
                old = set(service.names()) - key_names() - {service.current()}
                service.forget(old)
                self.stdout.write(f"Forgotten: {', '.join(sorted(old)) or 'none'}")
        except ProviderError as error:
            raise CommandError(str(error.message)) from error
        except ValueError as error:
            raise CommandError(f"{error}.") from error
