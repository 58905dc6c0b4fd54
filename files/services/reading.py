"""Reading what is stored: the one door to the bytes of files."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ProviderError
from files import storage
from files.captions import Cue, read_cues
from files.models import StoredFile
from files.sealing.stream import Tampered
from files.services.sealing import unsealed

logger = logging.getLogger("aumbry.files")

_CUES_FOR = 7 * 24 * 3600


class SealBroken(DomainError):
    """The bytes are not those that were stored; none of them is given out."""

    status = 500

    def __init__(self) -> None:
        super().__init__(
            "seal_broken",
            _(
                "This file is not what was stored here: it was changed or damaged in storage, so it is not shown. The "
                "administrators can see it under Operations; they may have a copy of it."
            ),
        )


def opened(file: StoredFile) -> BinaryIO:
    """The content of ``file``, seekable, from its beginning; the caller closes it.

    Raises ``FileNotFoundError`` if the bytes are lost, ``Tampered`` here or when it is read, ``ProviderError`` if the key
    cannot be had.
    """
    content = unsealed(file, storage.opened(file.storage_key))
    if not file.is_sealed:
        return content
    try:
        # Of what was cut or added every single piece may be sound.
        if content.seek(0, os.SEEK_END) != file.size:
            raise Tampered
        content.seek(0)
    except BaseException:
        content.close()
        raise
    return content


@contextmanager
def watched(file: StoredFile) -> Iterator[None]:
    """What is read of ``file`` inside: a seal that is broken is written down, and raised as ``SealBroken``, which pages and API
    can say. ``Tampered`` itself nobody can."""
    try:
        yield
    except Tampered:
        note_broken_seal(file)
        raise SealBroken from None


def note_broken_seal(file: StoredFile) -> None:
    """Write down, once, that the bytes of ``file`` are not what was sealed; administrators see it under Operations."""
    logger.error("seal of a file is broken", extra={"file": str(file.public_id)})
    StoredFile.objects.filter(storage_key=file.storage_key, broken_at__isnull=True).update(broken_at=timezone.now())


def cues_of(file: StoredFile) -> list[Cue]:
    """What a file of captions says, read once for each content; empty if it cannot be read or is no captions."""
    key = f"cues:{file.sha256}"
    known: list[tuple[float, float, str]] | None = cache.get(key)
    if known is None:
        try:
            with opened(file) as content:
                text = content.read().decode("utf-8-sig")
        except Tampered:
            note_broken_seal(file)
            return []
        except (OSError, UnicodeDecodeError, ProviderError):
            return []
        known = [(cue.start, cue.end, cue.text) for cue in read_cues(text)]
        if not file.is_sealed:
            cache.set(key, known, _CUES_FOR)
    return [Cue(*cue) for cue in known]
