"""Where archives of personal data lie: beside the files of the site, and served by no address of theirs."""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

_FOLDER = "personal"


def path_of(public_id: UUID) -> Path:
    """Where an archive lies once it is whole."""
    return Path(settings.MEDIA_ROOT) / _FOLDER / f"{public_id}.zip"


def new_part(public_id: UUID) -> Path:
    """Where it is written before it is whole; what an earlier try left there is gone."""
    path = path_of(public_id).with_suffix(".part")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return path


def keep(public_id: UUID) -> int:
    """Give a written archive its place for good, flushed to disk; returns its size."""
    part, path = path_of(public_id).with_suffix(".part"), path_of(public_id)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path.stat().st_size


def open_archive(public_id: UUID) -> BinaryIO:
    """Raises ``FileNotFoundError`` if its bytes are gone."""
    return path_of(public_id).open("rb")


def remove(public_id: UUID) -> None:
    """Delete the bytes; what is gone already is fine."""
    for path in (path_of(public_id), path_of(public_id).with_suffix(".part")):
        with suppress(FileNotFoundError):
            path.unlink()
