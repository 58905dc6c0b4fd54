from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.authz import SYSTEM
from core.errors import DomainError
from courses.models import Course
from courses.services.exporting import export_folder


class Command(BaseCommand):
    help = "Write a course as a folder: its newest texts, published or not. An earlier export is replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the address of the course")
        parser.add_argument("path", type=Path, help="where the folder shall be")

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["slug"]).first()
        if course is None:
            raise CommandError(f"There is no course with the address {options['slug']}.")
        try:
            export_folder(actor=SYSTEM, course=course, path=options["path"])
        except DomainError as refused:
            raise CommandError(str(refused.message)) from None
        self.stdout.write(f"{course.slug} written to {options['path']}")
