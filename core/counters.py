"""Counts that all processes of the site share: of uses in a window of time.

With ``REDIS_URL`` they are in Redis. Without it they are in a small file of their own beside the database, which all processes
of this machine open. Nothing is lost that matters when the file is: it is never synced, and may be deleted at any time.
"""

import hashlib
import sqlite3
import threading
import time
from functools import cache
from pathlib import Path
from typing import Protocol

import redis
from django.conf import settings

# After so many counts the windows that have ended are removed from the file.
_PRUNED_EACH = 2000


class Counters(Protocol):
    def add(self, name: str, *, seconds: int) -> tuple[int, float]:
        """Count one use of ``name``: how many there were in this window, and how many seconds it still lasts.

        A window begins with its first use.
        """
        ...

    def clear(self) -> None: ...


@cache
def counters() -> Counters:
    """The store that the settings name."""
    if settings.COUNTERS_URL.startswith("redis"):
        return RedisCounters(settings.COUNTERS_URL)
    return FileCounters(Path(settings.COUNTERS_URL))


def _private(name: str) -> str:
    # Names carry addresses of people and machines; a digest does for counting.
    return hashlib.sha256(name.encode()).hexdigest()[:32]


class RedisCounters:
    """One round trip: begin the window if there is none, count, ask how long it lasts."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)

    def add(self, name: str, *, seconds: int) -> tuple[int, float]:
        key = f"count:{_private(name)}"
        with self._client.pipeline(transaction=True) as steps:
            steps.set(key, 0, ex=seconds, nx=True)
            steps.incr(key)
            steps.pttl(key)
            _begun, count, left = steps.execute()
        return int(count), max(0.0, int(left) / 1000)

    def clear(self) -> None:
        for key in self._client.scan_iter("count:*", count=500):
            self._client.delete(key)


class FileCounters:
    """A table in a file; each thread has its own connection, as SQLite wants it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._added = 0

    def add(self, name: str, *, seconds: int) -> tuple[int, float]:
        database, key, now = self._database(), _private(name), time.time()
        database.execute("BEGIN IMMEDIATE")
        try:
            database.execute(
                "INSERT INTO counter (name, count, ends) VALUES (:name, 1, :ends) ON CONFLICT (name) DO UPDATE SET "
                "count = CASE WHEN ends <= :now THEN 1 ELSE count + 1 END, "
                "ends = CASE WHEN ends <= :now THEN :ends ELSE ends END",
                {"name": key, "ends": now + seconds, "now": now},
            )
            found = database.execute("SELECT count, ends FROM counter WHERE name = ?", (key,)).fetchone()
            self._added += 1
            if self._added % _PRUNED_EACH == 0:
                database.execute("DELETE FROM counter WHERE ends <= ?", (now,))
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise
        return int(found[0]), max(0.0, float(found[1]) - now)

    def clear(self) -> None:
        self._database().execute("DELETE FROM counter")

    def _database(self) -> sqlite3.Connection:
        if not hasattr(self._local, "database"):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            opened = sqlite3.connect(self._path, timeout=2, isolation_level=None)
            opened.execute("PRAGMA journal_mode=WAL")
            opened.execute("PRAGMA synchronous=OFF")
            opened.execute(
                "CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, count INTEGER NOT NULL, ends REAL NOT NULL)"
                " WITHOUT ROWID"
            )
            self._local.database = opened
        database: sqlite3.Connection = self._local.database
        return database
