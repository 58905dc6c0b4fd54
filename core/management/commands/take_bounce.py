import sys
from typing import Any

from django.core.management.base import BaseCommand

from core.bounces import MOST_BYTES, take_report


class Command(BaseCommand):
    help = "Take a report that a mail did not arrive (RFC 3464) from standard input, as a mail server pipes it to a program."

    def handle(self, *args: Any, **options: Any) -> None:
        for refusal in take_report(sys.stdin.buffer.read(MOST_BYTES)):
            self.stdout.write(f"{refusal.address}: {refusal.status}")
