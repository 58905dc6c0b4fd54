"""Bytes leave storage here alone, and not while a backup is being made.

A backup copies the database first and the files that it names afterwards. What lost its row in between is in that copy still,
so its bytes must be there until the files are copied as well: whoever removes bytes shares a lock that a backup has alone.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from core.tasks import enqueue
from files import storage
from files.models import StoredFile

# Of PostgreSQL's advisory locks, which are numbers.
LOCK_NUMBER = int.from_bytes(b"removing", "big")
# Plain bytes of what is sealed by now may be among those that wait.
_AGAIN_AFTER = timedelta(minutes=1)
_MOST_IN_A_JOB = 500


def lock_file(database: str) -> int:
    """An open file beside a database of SQLite, to be locked by ``flock`` and closed by the caller. Raises ``OSError``."""
    return os.open(Path(f"{database}.removing"), os.O_RDONLY | os.O_CREAT, 0o644)


def remove_bytes(keys: Sequence[str]) -> None:
    """Delete bytes that no row names any more; those that a backup may still want are deleted by a job after it.

    Raises ``StorageDown``; what is left then is found by the clean-up.
    """
    left = [key for key in keys if not _is_removed(key)]
    for start in range(0, len(left), _MOST_IN_A_JOB):
        keys = left[start : start + _MOST_IN_A_JOB]
        enqueue("files.tasks.remove_bytes", run_after=timezone.now() + _AGAIN_AFTER, keys=keys)


def _is_removed(key: str) -> bool:
    with _removal() as is_free:
        # Nothing is stored under a key anew, but a restored database may name what this one had let go of.
        if is_free and not StoredFile.objects.filter(storage_key=key).exists():
            storage.remove(key)
    return is_free


@contextmanager
def _removal() -> Iterator[bool]:
    """Whether bytes may be removed in the block; no backup begins before it ends."""
    if connection.vendor == "postgresql":
        # Until the transaction ends: a lock of the session would be lost to whoever pools connections.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [LOCK_NUMBER])
            [is_free] = cursor.fetchone()
            yield is_free
        return
    handle = lock_file(str(connection.settings_dict["NAME"]))
    try:
        yield is_locked(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def is_locked(handle: int, how: int) -> bool:
    """Whether the lock, ``LOCK_SH`` or ``LOCK_EX``, is had now, until ``handle`` is closed; nobody waits for it."""
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
