"""Why there is no preview, and what all previews share: limits on reading, and signs that do not show themselves."""

import re
import unicodedata
from enum import StrEnum
from typing import Any, BinaryIO, cast

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from files.sealing.stream import Tampered


class Reason(StrEnum):
    """Why a file has no preview."""

    KIND = "kind"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    BINARY = "binary"
    PROTECTED = "protected"
    NOT_INSTALLED = "not_installed"
    TOO_SLOW = "too_slow"
    FAILED = "failed"


SENTENCES = {
    Reason.KIND: _("Files of this kind have no preview. Download it to open it."),
    Reason.DAMAGED: _("The file is damaged or incomplete, so there is nothing to show."),
    Reason.TOO_LARGE: _("The file is too large for a preview. Download it to open it."),
    Reason.BINARY: _("The file is no text, so it cannot be shown as one. Download it to open it."),
    Reason.PROTECTED: _("The file is protected and not taken apart for a preview. Download it to open it."),
    Reason.NOT_INSTALLED: _("Office documents have no preview on this site. Download it to open it."),
    Reason.TOO_SLOW: _("Making the preview took too long. Download the file to open it."),
    Reason.FAILED: _("No preview could be made of the file. Download it to open it."),
}


class NoPreview(Exception):
    """There is nothing to show; ``reason`` says why in a word, ``sentence`` to people."""

    def __init__(self, reason: Reason | str) -> None:
        self.reason = Reason(reason)
        super().__init__(self.reason.value)

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.reason])


# What a reader that takes any error for damage of the file must let pass: bytes that are not those that were stored, and a
# storage that does not answer at the moment.
NOT_DAMAGE = (NoPreview, Tampered, DomainError)


class BoundedFile:
    """A binary file that reads no large piece at once: what asks for one was told so by the file itself."""

    def __init__(self, source: BinaryIO, most: int) -> None:
        self._source = source
        self._most = most
        self.seek = source.seek
        self.tell = source.tell

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(self._most + 1 if size is None or size < 0 else min(size, self._most + 1))
        if len(piece) > self._most:
            raise NoPreview(Reason.TOO_LARGE)
        return piece

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def bounded(source: BinaryIO, most: int) -> BinaryIO:
    """``source`` from its beginning as a file of which at most ``most`` bytes are read at once."""
    source.seek(0)
    return cast("BinaryIO", cast("Any", BoundedFile(source, most)))


# Controls, and what changes the order of the signs around it: a reader would see something else than what stands there.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_UNSEEN_IN_NAME = re.compile(f"[\t\n]|{_UNSEEN.pattern}")


def visible(text: str) -> str:
    """``text`` with signs that cannot be seen written as their numbers: ``‹U+202E›``. Tabs and new lines stay."""
    return _UNSEEN.sub(_number, text)


def visible_name(name: str) -> str:
    """A name on one line in which everything can be seen."""
    return _UNSEEN_IN_NAME.sub(_number, unicodedata.normalize("NFC", name))


def _number(sign: re.Match[str]) -> str:
    return f"‹U+{ord(sign[0]):04X}›"
