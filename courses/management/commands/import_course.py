from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from core.authz import SYSTEM
from core.errors import DomainError
from courses.services.importing import ImportReport, import_course


class Command(BaseCommand):
    help = (
        "Take in a course: a course folder, an export of Open edX, or an archive of either. Run again, it changes what "
        "differs and doubles nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder, or a .tar.gz or .zip of it")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="who becomes an owner of the course")
        parser.add_argument("--trial", action="store_true", help="say what would happen, and store nothing")
        state = parser.add_mutually_exclusive_group()
        state.add_argument(
            "--publish", action="store_true", default=None, help="publish the course (usual for a new one)"
        )
        state.add_argument("--draft", action="store_false", dest="publish", help="leave or make the course a draft")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = self._owner(options["owner"])
        try:
            report = import_course(
                actor=SYSTEM,
                path=options["path"],
                owner=owner,
                publish=options["publish"],
                trial=options["trial"],
                progress=self._progress if options["verbosity"] > 1 else None,
            )
        except DomainError as refused:
            lines = [f"{place}: {sentence}" for place, found in refused.fields.items() for sentence in found]
            raise CommandError("\n".join([str(refused.message), *lines])) from None
        self._print(report)

    def _print(self, report: ImportReport) -> None:
        for entry in report.entries:
            if entry.verdict != "unchanged":
                about = " ".join(part for part in (f"“{entry.title}”", entry.reason) if part)
                where = f" ({entry.where})" if entry.where else ""
                self.stdout.write(f"{entry.verdict}: {entry.kind} {about}{where}")
        self.stdout.write(", ".join(f"{count} × {kind}" for kind, count in report.counts.items()))
        self.stdout.write(
            f"{report.course.slug}: {report.created} created, {report.changed} changed, {report.unchanged} unchanged, "
            f"{len(report.skipped)} skipped, {len(report.left)} left"
        )
        if report.is_trial:
            self.stdout.write("This was a trial run. Nothing was stored.")

    def _progress(self, stage: str, done: int, total: int) -> None:
        self.stderr.write(f"{stage} {done}/{total}" if total else stage)

    def _owner(self, email: str) -> User | None:
        if not email:
            return None
        try:
            owner: User = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"There is no account with the email {email}.") from None
        return owner
