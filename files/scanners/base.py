"""What a scanner is asked, and what it answers."""

from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

# The test file that every scanner takes for a virus (https://www.eicar.org/download-anti-malware-testfile/), in two pieces,
# so that none takes this one for it.
TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
TEST_VIRUS_NAME = "EICAR test file"


@dataclass(frozen=True)
class Verdict:
    """``found`` is the name of what was found, empty for nothing; ``is_scanned`` says whether anything looked for more than
    the test file."""

    found: str = ""
    is_scanned: bool = True


class Scanner(Protocol):
    def scan(self, content: BinaryIO) -> Verdict:
        """Read ``content`` to its end. Raises ``ProviderError`` if it cannot be told: then the file is not taken."""

    def is_there(self) -> bool:
        """Whether it answers."""


def scanner() -> Scanner:
    """The one that ``FILE_SCANNER`` names."""
    return _made(settings.FILE_SCANNER)


@lru_cache(maxsize=4)
def _made(path: str) -> Scanner:
    made: Scanner = import_string(path)()
    return made
