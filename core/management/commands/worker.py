import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.worker import Worker


class Command(BaseCommand):
    help = "Run background jobs until told to stop (SIGTERM finishes the job under way)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drain", action="store_true", help="run what is due now, then leave")

    def handle(self, *args: Any, drain: bool = False, **options: Any) -> None:
        worker = Worker()
        if drain:
            self.stdout.write(f"{worker.drain()} jobs done")
            return
        # Whoever waits for a page goes first; a job under way takes what processor time is left.
        os.nice(12)
        worker.listen_to_signals()
        worker.run()
