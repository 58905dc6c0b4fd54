from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ProviderError
from files.services.reconciling import Finding, reconcile


class Command(BaseCommand):
    help = (
        "Compare the files of the database with the bytes in storage, while the site goes on; changes nothing without "
        "--repair. Ends with 1 if something is left that is wrong, with 2 if storage or keys cannot be asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="remove bytes older than a day that no row knows of, note broken seals",
        )
        parser.add_argument(
            "--read-all", action="store_true", help="read every byte and compare it with the SHA-256; takes long"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[Finding] = []
        try:
            for finding in reconcile(repair=options["repair"], read_all=options["read_all"]):
                if not found:
                    self._line("what", "file", "storage key", "")
                found.append(finding)
                self._line(*_cells(finding))
        except ProviderError as error:
            raise CommandError(str(error.message), returncode=2) from error
        left = [finding for finding in found if not finding.is_mended]
        if left:
            raise CommandError(f"Wrong: {len(left)} of {len(found)} findings are left.")
        self.stdout.write(f"All is well. Mended: {len(found)}." if found else "All is well.")

    def _line(self, what: str, file: str, key: str, detail: str) -> None:
        self.stdout.write(f"{what:<20} {file:<37} {key:<39} {detail}".rstrip())


def _cells(finding: Finding) -> tuple[str, str, str, str]:
    detail = f"{finding.detail}, removed" if finding.is_mended else finding.detail
    return finding.trouble, finding.file or "-", finding.storage_key, detail
