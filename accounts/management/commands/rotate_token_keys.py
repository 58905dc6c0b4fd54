from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.services.signing import rotate_keys


class Command(BaseCommand):
    help = (
        "Make a new key for signing tokens. Tokens that older keys signed are good until they expire; with --retire-now, "
        "for a key that others may have seen, they end at once and programs sign in again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--retire-now", action="store_true", help="end every token that older keys signed")

    def handle(self, *args: Any, **options: Any) -> None:
        kid = rotate_keys(retire_now=options["retire_now"])
        ended = "Every earlier token has ended." if options["retire_now"] else "Earlier tokens go on until they expire."
        self.stdout.write(f"Tokens are now signed with key {kid}. {ended}")
