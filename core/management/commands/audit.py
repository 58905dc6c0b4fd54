"""The event log: does its chain hold, and what is old into a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import audit

_SAID = {
    "changed": "event {event} (seal {number}) was changed, or its seal was",
    "missing": "event {event} (seal {number}) is missing",
    "inserted": "event {event} was put in afterwards",
    "seal_missing": "seal {number} is missing",
    "unknown_key": "event {event} (seal {number}) was sealed with a key that is not set here: see AUDIT_KEY",
    "cut_off": "seal {number} is not what was noted: the end of the log was cut off or replaced",
}


class Command(BaseCommand):
    help = "Check the chain of the event log (verify), seal new entries now (seal), or move old ones into a file (archive)."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser("verify", help="names the first entry that was changed, taken away or put in")
        verify.add_argument("--head", default="", help="a head that was noted earlier, as NUMBER:DIGEST")
        verify.add_argument("--archive", type=Path, help="check this archive instead")
        actions.add_parser("seal", help="seal what was published since")
        archive = actions.add_parser("archive", help="move entries that are older than a day into a file")
        archive.add_argument("--before", required=True, help="the first day that stays, as YYYY-MM-DD")
        archive.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(**options)

    def _verify(self, head: str, archive: Path | None, **_more: Any) -> None:
        verdict = audit.verify_archive(archive) if archive else audit.verify(expected=_head(head))
        for problem in verdict.problems:
            said = _SAID[problem.kind].format(event=problem.event_id, number=problem.number)
            self.stderr.write(self.style.ERROR(said))
        if not verdict.holds:
            raise CommandError("The event log does not hold; the first place is named first.")
        self.stdout.write(f"The event log holds: {verdict.sealed} sealed, {verdict.waiting} waiting for their seal.")
        self.stdout.write(f"Head: {verdict.head}")

    def _seal(self, **_more: Any) -> None:
        self.stdout.write(f"{audit.seal_events()} sealed.")

    def _archive(self, before: str, folder: Path, **_more: Any) -> None:
        try:
            day = datetime.strptime(before, "%Y-%m-%d").replace(tzinfo=UTC)
            made = audit.archive(before=day, folder=folder)
        except ValueError as error:
            raise CommandError(str(error)) from None
        if made is None:
            self.stdout.write("Nothing is that old.")
        else:
            self.stdout.write(f"{made.events} events are in {folder / made.file_name} now.")


def _head(text: str) -> audit.Head | None:
    if not text:
        return None
    number, _colon, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise CommandError("Give the head as “audit verify” wrote it: NUMBER:DIGEST.")
    return audit.Head(int(number), digest)
