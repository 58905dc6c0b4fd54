"""What a backup needs of a database: a port, and which adapter the site has."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from accounts.models import Device, TokenFamily, User
from lms.backup.errors import Refused

# Filled by "migrate" alone; in a database without anything else nobody has done anything.
BOOKKEEPING = frozenset({"django_migrations", "django_content_type", "auth_permission", "sqlite_sequence"})


class Snapshot(Protocol):
    """One state of the database; what is written meanwhile is not in it."""

    server: str

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of this state."""

    def counts(self) -> dict[str, int]:
        """Rows by table."""

    def dump(self) -> Iterator[bytes]:
        """This state as a whole; can be asked for once, and nothing else afterwards."""


# Whoever removes bytes is done in a moment; another backup is not.
_PATIENCE = 20


def take_patiently(is_taken: Callable[[], bool]) -> None:
    """Try for a lock until it is taken. Raises ``Refused`` if it is not to be had."""
    until = time.monotonic() + _PATIENCE
    while not is_taken():
        if time.monotonic() > until:
            raise Refused("Another backup of this site is being made at this moment. Try again when it is done.")
        time.sleep(0.05)


class Database(Protocol):
    vendor: str

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The state of now; the site goes on writing. Raises ``Refused``."""

    def bytes_held(self) -> AbstractContextManager[None]:
        """The site removes no bytes of files; what loses its row meanwhile goes afterwards. Raises ``Refused``, at the end
        as well if it cannot be said that none were removed."""

    def counts(self) -> dict[str, int]:
        """Rows by table now; none where there is no database. Raises ``Refused`` if it cannot be read."""

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of now."""

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else is using the database. Raises ``Refused`` if somebody is."""

    def replace(self, pieces: Iterable[bytes], rows: Mapping[str, int]) -> None:
        """Put a dump into the place of what is there, all or nothing, with all sign-ins ended.

        Raises ``Refused`` if it does not have these ``rows``; nothing has changed then. Called while ``alone``.
        """


class Counter(Protocol):
    """Counts the rows of a dump that is not put anywhere."""

    def feed(self, piece: bytes) -> None:
        """More of the dump."""

    def finish(self) -> dict[str, int]:
        """Rows by table. Raises ``Refused`` if it is no dump."""

    def close(self) -> None:
        """Let go of what it holds; done again it does nothing."""


def database() -> Database:
    """That of this site."""
    from lms.backup.postgres import Postgres  # noqa: PLC0415 -- the adapters know the port
    from lms.backup.sqlite import Sqlite  # noqa: PLC0415 -- the adapters know the port

    if connection.vendor == "sqlite":
        return Sqlite(str(settings.DATABASES["default"]["NAME"]))
    if connection.vendor == "postgresql":
        return Postgres(connection.get_connection_params())
    raise Refused(f"Backups of {connection.display_name} cannot be made.")


def counter(vendor: str) -> Counter:
    """For a dump of a database of ``vendor``."""
    from lms.backup.postgres import PostgresCounter  # noqa: PLC0415 -- the adapters know the port
    from lms.backup.sqlite import SqliteCounter  # noqa: PLC0415 -- the adapters know the port

    if vendor == "sqlite":
        return SqliteCounter()
    if vendor == "postgresql":
        return PostgresCounter()
    raise Refused(f"This backup is of a database that is not known here: {vendor}")


def different(expected: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Tables whose number of rows is another one, in words."""
    return [
        f"{table}: {found.get(table, 'no such table')} instead of {expected.get(table, 'no such table')}"
        for table in sorted({*expected, *found})
        if expected.get(table) != found.get(table)
    ]


def ending_sign_ins(now: str) -> list[str]:
    """Statements after which nobody is signed in: whoever was signed out since the backup must not be so again.

    ``now``: how this database says it.
    """
    devices, families = Device._meta.db_table, TokenFamily._meta.db_table
    return [
        f"DELETE FROM {Session._meta.db_table}",  # noqa: S608 -- ours
        f"UPDATE {devices} SET ended_at = {now}, session_key = '' WHERE ended_at IS NULL",  # noqa: S608 -- ours
        f"UPDATE {families} SET ended_at = {now} WHERE ended_at IS NULL",  # noqa: S608 -- ours
        f"UPDATE {User._meta.db_table} SET sign_in_epoch = sign_in_epoch + 1",  # noqa: S608 -- ours
    ]
