"""Where archives of personal data lie: beside the files of the site, encrypted, and served by no address of theirs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from files.sealing.stream import SealedWriter
from files.services.sealing import sealing, unsealed
from files.storage import sync_folder
from privacy.models import PersonalExport

_FOLDER = "personal"


def path_of(export: PersonalExport) -> Path:
    """Where an archive lies once it is whole."""
    return Path(settings.MEDIA_ROOT) / _FOLDER / f"{export.public_id}.zip"


@contextmanager
def writing(export: PersonalExport) -> Iterator[SealedWriter]:
    """A file for the archive of ``export``, which then holds its key; flushed to disk at the end, and not in its place
    yet (``keep``). What an earlier try left there is gone."""
    path = _part_of(export)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        writer = sealing(export, target)
        yield writer
        writer.finish()
        target.flush()
        os.fsync(target.fileno())


def keep(export: PersonalExport) -> None:
    """Give a written archive its place for good."""
    path = path_of(export)
    _part_of(export).rename(path)
    sync_folder(path.parent)


def open_archive(export: PersonalExport) -> BinaryIO:
    """Raises ``FileNotFoundError`` if its bytes are gone, ``Tampered`` if they were changed, ``ProviderError``."""
    return unsealed(export, path_of(export).open("rb"))


def remove(export: PersonalExport) -> None:
    """Delete the bytes; what is gone already is fine."""
    for path in (path_of(export), _part_of(export)):
        with suppress(FileNotFoundError):
            path.unlink()


def _part_of(export: PersonalExport) -> Path:
    return path_of(export).with_suffix(".part")
