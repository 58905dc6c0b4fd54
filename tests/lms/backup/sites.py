"""Sites of their own, each with a folder and a database, on which the commands are run as somebody would run them."""

import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

ROOT = Path(__file__).parents[3]
KEYS = "k7:" + "A" * 43
# Tables in which a restore ends sign-ins.
SIGN_INS = frozenset({"django_session", "accounts_device", "accounts_tokenfamily", "accounts_user"})


@dataclass
class Site:
    folder: Path
    # Of the database: a path, or an address of PostgreSQL.
    database: str

    @property
    def url(self) -> str:
        return self.database if "://" in self.database else f"sqlite:///{self.database}"

    @property
    def backups(self) -> list[Path]:
        return sorted((self.folder / "backups").glob("*"))

    def environment(self, **more: str) -> dict[str, str]:
        scratch = self.folder.parent / f"{self.folder.name}-tmp"
        scratch.mkdir(exist_ok=True)
        own = {"VAR_DIR": str(self.folder), "DATABASE_URL": self.url, "FILE_KEYS": KEYS, "TMPDIR": str(scratch)}
        return {**os.environ, "DJANGO_SETTINGS_MODULE": "lms.settings.test", **own, **more}

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        command = [sys.executable, *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*arguments, **more)
        out, said = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, said)

    def manage(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return self.run("manage.py", *arguments, **more)

    def call(self, function: str, *arguments: str) -> Any:
        """What a function of ``tests.lms.backup`` ("seed.seed") gives when it is called inside the site."""
        module, name = function.split(".")
        given = ", ".join(repr(argument) for argument in arguments)
        line = f"import json; from tests.lms.backup.{module} import {name}; print(json.dumps({name}({given})))"
        done = self.manage("shell", "-v", "0", "-c", line)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    @contextlib.contextmanager
    def connected(self) -> Iterator[Any]:
        """A connection of its own, whose ``execute`` commits at once."""
        if "://" in self.database:
            with psycopg.connect(self.database, autocommit=True) as found:
                yield found
        else:
            with contextlib.closing(sqlite3.connect(self.database, isolation_level=None, timeout=20)) as found:
                yield found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connected() as found:
            return list(found.execute(query).fetchall())

    def digests(self) -> dict[str, str]:
        """One for the rows of each table, in whatever order they lie."""
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"
        if "://" in self.database:
            names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        tables = {}
        for (name,) in self.rows(names):
            lines = sorted(repr(row) for row in self.rows(f'SELECT * FROM "{name}"'))  # noqa: S608 -- a table's own name
            tables[name] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return tables

    def files(self) -> dict[str, str]:
        """SHA-256 of every file of its data, by its path."""
        found = {}
        for folder in ("media", "event-archive"):
            for path in sorted((self.folder / folder).rglob("*")):
                if path.is_file():
                    found[str(path.relative_to(self.folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def state(self) -> tuple[dict[str, str], dict[str, str]]:
        return self.digests(), self.files()


@contextlib.contextmanager
def new_site(folder: Path) -> Iterator[Site]:
    """One without a database on SQLite, with an empty one on PostgreSQL."""
    folder.mkdir()
    if connection.vendor == "sqlite":
        yield Site(folder, str(folder / "site.sqlite3"))
        return
    name = f"{connection.settings_dict['NAME']}_{os.getpid()}_{folder.name}".replace("-", "_")
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield Site(folder, _address(name))
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def migrate_by_copy(site: Site) -> None:
    """The tables as the tests have them: quicker than a hundred migrations."""
    name = str(connection.settings_dict["NAME"])
    copy_database(name if connection.vendor == "sqlite" else _address(name), site)


def copy_database(source: str, site: Site) -> None:
    if "://" not in source:
        with contextlib.closing(sqlite3.connect(source)) as known, site.connected() as copy:
            known.backup(copy)
        return
    dump = ["pg_dump", "--no-owner", "--dbname", source]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
        subprocess.run(["psql", "-q", site.database], stdin=dumping.stdout, stdout=subprocess.DEVNULL, check=True)


def _address(name: str) -> str:
    known = connection.settings_dict
    return f"postgres://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{name}"
