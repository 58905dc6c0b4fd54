from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from core.authz import SYSTEM
from core.errors import DomainError
from courses.services.importing import import_course


class Command(BaseCommand):
    help = "Take in a course folder, or a ZIP file of one. Run again, it changes what differs and doubles nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder with course.toml, or a ZIP file")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="who becomes an owner of the course")
        state = parser.add_mutually_exclusive_group()
        state.add_argument(
            "--publish", action="store_true", default=None, help="publish the course (usual for a new one)"
        )
        state.add_argument("--draft", action="store_false", dest="publish", help="leave or make the course a draft")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = self._owner(options["owner"])
        try:
            report = import_course(actor=SYSTEM, path=options["path"], owner=owner, publish=options["publish"])
        except DomainError as refused:
            lines = [f"{place}: {sentence}" for place, found in refused.fields.items() for sentence in found]
            raise CommandError("\n".join([str(refused.message), *lines])) from None
        for entry in report.entries:
            if entry.verdict != "unchanged":
                self.stdout.write(f"{entry.verdict}: {entry.kind} “{entry.title}” {entry.reason}".rstrip())
        self.stdout.write(
            f"{report.course.slug}: {report.created} created, {report.changed} changed, {report.unchanged} unchanged"
        )

    def _owner(self, email: str) -> User | None:
        if not email:
            return None
        try:
            owner: User = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"There is no account with the email {email}.") from None
        return owner
