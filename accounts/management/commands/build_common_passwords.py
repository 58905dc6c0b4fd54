import gzip
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from accounts.common_passwords import FILE, build


class Command(BaseCommand):
    """For maintainers: make ``accounts/data/common-passwords.bin`` from lists of passwords."""

    help = "Make the file of common passwords from lists: one a line (.txt, .gz), or an array (.json)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("lists", nargs="+", type=Path)
        parser.add_argument("--target", type=Path, default=FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        count = build((password for path in options["lists"] for password in _read(path)), options["target"])
        self.stdout.write(f"{count} passwords in {options['target']}")


def _read(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "ignore")
    yield from json.loads(text) if path.suffix == ".json" else text.splitlines()
