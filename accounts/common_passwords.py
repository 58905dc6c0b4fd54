"""Passwords that are guessed first, as a file of cut hashes that comes with the site; nothing is asked of anybody.

The file holds the first five bytes of each password's BLAKE2b, sorted, and is searched where it lies on disk: a few
pages of it are in memory, shared by all processes. One good password in about a million is found in it by chance.
``accounts/data/README.md`` names the sources; ``manage.py build_common_passwords`` makes it anew.
"""

import hashlib
import mmap
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "common-passwords.bin"
SHORTEST = 8
_WIDTH = 5
_DECORATION = re.compile(r"^[\d\W_]+|[\d\W_]+$")
_PLAIN = str.maketrans("4@3106$5!7", "aaeiogssit")


def is_common(password: str) -> bool:
    """Whether ``password`` is on the list, also in other case, spaced, spelt with digits or with some of them around it."""
    return any(_listed(form) for form in _forms(password))


def fold(password: str) -> str:
    """How a password stands on the list: without regard to case and width."""
    return unicodedata.normalize("NFKC", password).casefold()


def build(passwords: Iterable[str], target: Path) -> int:
    """Write the file for ``passwords``; returns how many it holds. Shorter ones than anybody may choose are left out."""
    folded = {fold(password.strip()) for password in passwords}
    digests = sorted({_digest(password) for password in folded if len(password) >= SHORTEST})
    target.write_bytes(b"".join(digests))
    return len(digests)


def how_many() -> int:
    return len(_data()) // _WIDTH


def _forms(password: str) -> set[str]:
    folded = fold(password)
    forms = {folded, "".join(folded.split()), _half(folded)}
    forms |= {_DECORATION.sub("", form) for form in forms}
    forms |= {form.translate(_PLAIN) for form in forms}
    return {form for form in forms if len(form) >= SHORTEST}


def _half(text: str) -> str:
    """``text`` once if it is something twice."""
    half = len(text) // 2
    return text[:half] if text[:half] == text[half:] else text


def _listed(text: str) -> bool:
    wanted, data = _digest(text), _data()
    low, high = 0, len(data) // _WIDTH
    while low < high:
        middle = (low + high) // 2
        found = data[middle * _WIDTH : (middle + 1) * _WIDTH]
        if found == wanted:
            return True
        if found < wanted:
            low = middle + 1
        else:
            high = middle
    return False


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_WIDTH).digest()


@cache
def _data() -> mmap.mmap:
    with FILE.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
