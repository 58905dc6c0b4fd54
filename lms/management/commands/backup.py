from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from lms.backup.errors import Refused
from lms.backup.making import Made, make_backup
from lms.backup.seal import where_keys_are

# Made, but not everything that the database names is in it.
NOT_WHOLE = 3
_MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "Write the database and all files into one encrypted file, while the site goes on. Ends with 3 if files were "
        "missing or damaged, with 1 if there is no backup."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=None, help="the folder, instead of BACKUP_DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make_backup(options["to"] or Path(settings.BACKUP_DIR))
        except Refused as error:
            raise CommandError(str(error)) from error
        self._tell(made)
        if not made.manifest.is_whole:
            raise CommandError(_not_whole(made), returncode=NOT_WHOLE)

    def _tell(self, made: Made) -> None:
        manifest = made.manifest
        self.stdout.write(f"Backup: {made.path} ({_size(made.size)})")
        self.stdout.write(
            f"In it: {sum(manifest.rows.values())} rows in {len(manifest.rows)} tables, {len(manifest.files)} files "
            f"({_size(manifest.bytes_of_files)})."
        )
        if manifest.let_go:
            self.stdout.write(f"Let go of by the site meanwhile: {len(manifest.let_go)} archives of personal data.")
        if manifest.elsewhere:
            self.stdout.write(f"Not in AUDIT_ARCHIVE_DIR, keep them yourself: {', '.join(manifest.elsewhere)}")
        self.stdout.write(
            f"To open it the key “{made.key_name}” is needed, from {where_keys_are()}. It is not in the backup: keep a copy of "
            "it, and of SECRET_KEY, in another place. Without it the backup cannot be read by anybody."
        )


def _not_whole(made: Made) -> str:
    manifest = made.manifest
    lines = [f"missing: {name}" for name in manifest.missing] + [f"damaged: {name}" for name in manifest.damaged]
    more = [f"and {len(lines) - _MOST_NAMED} more"] if len(lines) > _MOST_NAMED else []
    head = "The backup was made, but these files are not in it as the database knows them:"
    return "\n".join([head, *lines[:_MOST_NAMED], *more])


def _size(count: int) -> str:
    return filesizeformat(count).replace("\xa0", " ")
