from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.backup.checking import check
from lms.backup.database import database
from lms.backup.errors import Refused
from lms.backup.manifest import Manifest
from lms.backup.restore import Restored, restore, what_would_be_lost


class Command(BaseCommand):
    help = (
        "Put a backup into the place of this site's database and files. Stop the site first. All of the backup is read and "
        "found whole before anything is changed. Afterwards everybody has to sign in again."
    )
    # What stands in the database may be broken, which is why somebody restores it.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a backup that “manage.py backup” has made")
        parser.add_argument("--verify", action="store_true", help="only read all of it and say whether it is whole")
        parser.add_argument(
            "--replace", action="store_true", help="also where the database is not empty; what it has is lost"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            if options["verify"]:
                self._verify(path)
            else:
                self._restore(path, replace=options["replace"])
        except Refused as error:
            raise CommandError(str(error)) from error

    def _verify(self, path: Path) -> None:
        checked = check(path, count_rows=True)
        self._about(checked.manifest, checked.key_name)
        self.stdout.write("The backup is whole: every digest and every number of rows is right. Nothing was changed.")

    def _restore(self, path: Path, *, replace: bool) -> None:
        if replace and (lost := what_would_be_lost(database())):
            self.stdout.write(lost)
        done = restore(path, replace=replace)
        manifest = done.checked.manifest
        self._about(manifest, done.checked.key_name)
        self._table(done)
        if done.wrong:
            raise CommandError("\n".join(["Restored, but this is not as it should be:", *done.wrong]))
        self.stdout.write(
            "Restored: all numbers of rows and all digests of files are those of the backup. All sign-ins were ended. Now run "
            "“manage.py migrate”, then start the site."
        )

    def _about(self, manifest: Manifest, key_name: str) -> None:
        self.stdout.write(
            f"Made {manifest.made_at} by Aumbry {manifest.version}, {manifest.server}, sealed with the key “{key_name}”: "
            f"{sum(manifest.rows.values())} rows in {len(manifest.rows)} tables, {len(manifest.files)} files."
        )
        for name in [*manifest.missing, *manifest.damaged]:
            self.stdout.write(self.style.WARNING(f"Missing or damaged when it was made: {name}"))

    def _table(self, done: Restored) -> None:
        manifest = done.checked.manifest
        rows = {table: count for table, count in manifest.rows.items() if count}
        width = max(map(len, [*rows, "files"]))
        self.stdout.write(f"{'':{width}}  {'backup':>10}  {'here':>10}")
        for table, count in rows.items():
            self.stdout.write(f"{table:{width}}  {count:10}  {done.rows.get(table, 0):10}")
        here = done.kept + done.written
        self.stdout.write(
            f"{'files':{width}}  {len(manifest.files):10}  {here:10}  ({done.written} written, {done.kept} kept)"
        )
