"""What the clean-up of files takes away, counted before it does."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from files import storage
from files.models import StoredFile, Upload
from files.services.bin import old_in_bin, remove_old_from_bin
from files.services.sharing import old_shares, remove_old_shares
from files.services.store import UNUSED_FOR, remove_unused_files, unused_files
from files.services.uploads import remove_old_uploads


@dataclass(frozen=True)
class Going:
    """Something that goes: what it is, in words for administrators, and how many."""

    what: str
    count: int


def what_would_go() -> Iterator[Going]:
    """What ``clean_up`` would take away now. Changes nothing. Raises ``StorageDown``."""
    yield Going("uploads that were not finished or not used in time", _old_uploads())
    files, folders = old_in_bin()
    yield Going("files from bins", files.count())
    yield Going("folders from bins", folders.count())
    yield Going("shares that are over", old_shares().count())
    yield Going("files that nothing uses", unused_files().count())
    known = set(StoredFile.objects.order_by().values_list("storage_key", flat=True))
    before = time.time() - UNUSED_FOR.total_seconds()
    orphans = sum(kept.changed_at < before and kept.key not in known for kept in storage.all_kept())
    yield Going("bytes in storage that no file knows of", orphans)


def clean_up() -> None:
    """Take it away, and the bytes of what goes from bins. Raises ``StorageDown``."""
    remove_old_uploads()
    remove_old_from_bin()
    remove_old_shares()
    remove_unused_files()


def _old_uploads() -> int:
    return Upload.objects.filter(expires_at__lte=timezone.now()).count()
