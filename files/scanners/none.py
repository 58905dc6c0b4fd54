"""No scanner: only the rules for content hold (``files.validators``), and files say that nothing looked at them."""

from typing import BinaryIO

from files.scanners.base import TEST_VIRUS, TEST_VIRUS_NAME, Verdict

# The test file may have spaces behind it, and has at most so many bytes in all.
_HEAD = 128


class NoScanner:
    """Finds the test file, so that people can see what becomes of a virus."""

    def scan(self, content: BinaryIO) -> Verdict:
        found = TEST_VIRUS_NAME if content.read(_HEAD).startswith(TEST_VIRUS) else ""
        return Verdict(found, is_scanned=False)

    def is_there(self) -> bool:
        return True
