"""Files on a disk of this machine, in ``MEDIA_ROOT``; what is kept survives a power cut."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from files.storage.base import KEY, Kept, checked, disk_errors, sync_folder

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class Disk:
    """The place that every site has."""

    def path_of(self, key: str) -> Path:
        """Where the bytes of a storage key lie."""
        return root() / checked(key)

    def keep(self, path: Path, key: str) -> None:
        """The bytes stay where they were, too, until that is removed: who is killed in between does it once more."""
        with disk_errors():
            target = self.path_of(key)
            folder = made_folder(target.parent)
            try:
                os.link(path, target)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                # Not every file system has two names for one file.
                os.rename(path, target)
            sync_folder(folder)

    def opened(self, key: str) -> BinaryIO:
        return self.path_of(key).open("rb")

    def exists(self, key: str) -> bool:
        return self.path_of(key).is_file()

    def remove(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self.path_of(key).unlink()

    def kept(self) -> Iterator[Kept]:
        for folder in sorted(path for path in root().glob("*") if path.is_dir()):
            for path in folder.iterdir():
                key = f"{folder.name}/{path.name}"
                if KEY.match(key):
                    with suppress(FileNotFoundError):
                        found = path.stat()
                        yield Kept(key, found.st_size, found.st_mtime)


def root() -> Path:
    return Path(settings.MEDIA_ROOT)


def made_folder(path: Path) -> Path:
    """A folder that is there, for good."""
    if not path.is_dir():
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        sync_folder(path.parent)
    return path
