"""PostgreSQL: pg_dump of one snapshot into a pipe, and back by pg_restore through psql, in one transaction."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from files.services.removing import LOCK_NUMBER
from lms.backup.container import CHUNK
from lms.backup.database import ending_sign_ins, take_patiently
from lms.backup.errors import Refused

_INSTALL = (
    "{program} was not found. Install the client programs of PostgreSQL (on Debian and Ubuntu: apt install postgresql-client), "
    "at least as new as the server."
)
_COPY = re.compile(rb'^COPY (?:"?[^".]+"?\.)?"?([^"(]+?)"? \(')
_LAST_WORDS = 2000
# Whatever a site has in its schema; extensions and their functions are left.
_EMPTY_THE_SCHEMA = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'DROP TABLE IF EXISTS ' || found.name || ' CASCADE';
  END LOOP;
  FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE 'DROP ROUTINE ' || found.name || ' CASCADE';
  END LOOP;
END $$;
"""
_CHECK_ROWS = """
DO $$ DECLARE wanted record; found bigint; BEGIN
  FOR wanted IN SELECT * FROM (VALUES {values}) AS listed(name, rows) LOOP
    EXECUTE format('SELECT count(*) FROM public.%I', wanted.name) INTO found;
    IF found <> wanted.rows THEN
      RAISE EXCEPTION 'The table % has % rows in this backup instead of %.', wanted.name, found, wanted.rows;
    END IF;
  END LOOP;
END $$;
"""
_TABLE = re.compile(r"[A-Za-z0-9_]+")


class PostgresSnapshot:
    """A transaction that sees one state, which pg_dump sees with it."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]", login: "Login") -> None:
        self._connection, self._login = connection, login
        version = connection.info.server_version
        self.server = f"PostgreSQL {version // 10000}.{version % 10000}"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.encode()).fetchall()

    def counts(self) -> dict[str, int]:
        return _counts(self._connection)

    def dump(self) -> Iterator[bytes]:
        [(name,)] = self._connection.execute("SELECT pg_export_snapshot()").fetchall()
        options = ["--format=custom", "--no-owner", "--no-privileges", "--schema=public", f"--snapshot={name}"]
        with _running([_program("pg_dump"), *options, *self._login.options], self._login, stdout=subprocess.PIPE) as (
            process,
            said,
        ):
            while piece := process.stdout.read(CHUNK):
                yield piece
            if process.wait():
                raise Refused(f"pg_dump could not copy the database: {said()}")


class Postgres:
    """``params``: how Django connects."""

    vendor = "postgresql"

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._login = Login(params)

    @contextmanager
    def snapshot(self) -> Iterator[PostgresSnapshot]:
        _program("pg_dump")
        with self._connect() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield PostgresSnapshot(connection, self._login)

    @contextmanager
    def bytes_held(self) -> Iterator[None]:
        with self._connect() as connection:
            # Of the session, and nothing else in it: a transaction of hours would keep the server from tidying up.
            connection.autocommit = True
            take_patiently(lambda: _is_true(connection, "SELECT pg_try_advisory_lock(%s)"))
            yield
            if not _is_true(connection, "SELECT pg_advisory_unlock(%s)"):
                raise Refused("The database let go of a lock while the backup was made. Try again.")

    def counts(self) -> dict[str, int]:
        with self._connect() as connection:
            return _counts(connection)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self._connect() as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def alone(self) -> Iterator[None]:
        for program in ("pg_restore", "psql"):
            _program(program)
        others = self.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )[0][0]
        if others:
            raise Refused(
                f"The database is in use by {others} others. Stop the site and its workers first, then try again."
            )
        yield

    def replace(self, pieces: Iterable[bytes], rows: Mapping[str, int]) -> None:
        psql = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *self._login.options]
        with _running(psql, self._login, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (session, said):
            trouble = ""
            try:
                # One transaction: COMMIT is said when all else went well, and else nothing was.
                _say(session.stdin, "SET client_min_messages = warning; SET lock_timeout = '20s'; BEGIN;")
                _say(session.stdin, _EMPTY_THE_SCHEMA)
                trouble = self._hand_on(pieces, session.stdin)
                if not trouble:
                    _say(session.stdin, "SET LOCAL search_path = public;")
                    _say(session.stdin, _CHECK_ROWS.format(values=_as_values(rows)))
                    _say(session.stdin, "".join(f"{statement};\n" for statement in ending_sign_ins("now()")))
                    _say(session.stdin, "COMMIT;")
                session.stdin.close()
            except BrokenPipeError:
                trouble = trouble or "psql ended"
            if session.wait() or trouble:
                raise Refused(f"The database could not be restored; nothing of it was changed. {said() or trouble}")

    def _hand_on(self, pieces: Iterable[bytes], session: IO[bytes]) -> str:
        """The dump as statements, from pg_restore straight to psql; returns what went wrong."""
        command = [_program("pg_restore"), "--no-owner", "--no-privileges", "--schema=public", "--file=-"]
        with _running(command, self._login, stdin=subprocess.PIPE, stdout=session) as (process, said):
            try:
                for piece in pieces:
                    process.stdin.write(piece)
                process.stdin.close()
            except BrokenPipeError:
                # It says itself why it ended.
                pass
            return (said() or "pg_restore ended") if process.wait() else ""

    @contextmanager
    def _connect(self) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
        try:
            with psycopg.connect(self._login.conninfo, password=self._login.password) as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise Refused(f"The database does not answer: {error}") from error


class PostgresCounter:
    """Has pg_restore say the dump in statements and counts the lines of its tables; no server is asked."""

    def __init__(self) -> None:
        command = [_program("pg_restore"), "--data-only", "--file=-"]
        self._process = subprocess.Popen(  # noqa: S603 -- found by us
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._rows: dict[str, int] = {}
        self._said = _Tail(self._process.stderr)
        self._counting = threading.Thread(target=self._count, daemon=True)
        self._counting.start()

    def feed(self, piece: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 -- asked for above
        try:
            self._process.stdin.write(piece)
        except BrokenPipeError as error:
            raise Refused(f"The database in this backup cannot be read: {self._said.text()}") from error

    def finish(self) -> dict[str, int]:
        assert self._process.stdin is not None  # noqa: S101 -- asked for above
        self._process.stdin.close()
        self._counting.join()
        if self._process.wait():
            raise Refused(f"The database in this backup cannot be read: {self._said.text()}")
        return self._rows

    def close(self) -> None:
        _end(self._process, self._said)

    def _count(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 -- asked for above
        table = ""
        for line in self._process.stdout:
            if table:
                if line == b"\\.\n":
                    table = ""
                else:
                    self._rows[table] += 1
            elif match := _COPY.match(line):
                table = match[1].decode()
                self._rows[table] = 0


class Login:
    """How to reach a database, for libpq's programs; the password goes by the environment, which others cannot see."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        known = {option.keyword.decode() for option in Conninfo.get_defaults()}
        given = {key: value for key, value in params.items() if key in known and value not in (None, "")}
        self.password = str(given.pop("password", ""))
        self.conninfo = make_conninfo(**given)

    @property
    def options(self) -> list[str]:
        return ["--no-password", f"--dbname={self.conninfo}"]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **({"PGPASSWORD": self.password} if self.password else {})}


class _Tail:
    """The last words of a process, read all along so that it never waits for somebody to listen."""

    def __init__(self, source: IO[bytes] | None) -> None:
        self._source, self._kept = source, b""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def text(self) -> str:
        self._reading.join(5)
        return self._kept.decode(errors="replace").strip()

    def _read(self) -> None:
        assert self._source is not None  # noqa: S101 -- a pipe
        while piece := self._source.read1(CHUNK):  # type: ignore[attr-defined]
            self._kept = (self._kept + piece)[-_LAST_WORDS:]


@contextmanager
def _running(command: list[str], login: Login, **pipes: Any) -> Iterator[Any]:
    """A process and what it says last; it is ended if the caller breaks off."""
    process = subprocess.Popen(command, env=login.environment, stderr=subprocess.PIPE, **pipes)  # noqa: S603 -- ours
    said = _Tail(process.stderr)
    try:
        yield process, said.text
    finally:
        _end(process, said)


def _end(process: "subprocess.Popen[bytes]", said: _Tail) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    said.text()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None and not pipe.closed:
            with suppress(BrokenPipeError):
                pipe.close()


def _is_true(connection: "psycopg.Connection[tuple[Any, ...]]", question: LiteralString) -> bool:
    return bool(connection.execute(question, [LOCK_NUMBER]).fetchall()[0][0])


def _counts(connection: "psycopg.Connection[tuple[Any, ...]]") -> dict[str, int]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    found = {}
    for (name,) in names:
        count = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(name))
        found[name] = connection.execute(count).fetchall()[0][0]
    return found


def _as_values(rows: Mapping[str, int]) -> str:
    """Raises ``Refused`` for names that no table of a site has."""
    if not rows or not all(_TABLE.fullmatch(table) for table in rows):
        raise Refused("The list of contents in this backup cannot be understood.")
    return ", ".join(f"('{table}', {int(count)})" for table, count in rows.items())


def _say(session: IO[bytes], text: str) -> None:
    session.write(text.encode() + b"\n")
    session.flush()


def _program(name: str) -> str:
    """Where it is. Raises ``Refused`` with what to install."""
    found = shutil.which(name)
    if found is None:
        places = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
        newest = sorted(places, key=lambda path: float(path.parts[-3]) if path.parts[-3].isdigit() else 0)
        found = str(newest[-1]) if newest else None
    if found is None:
        raise Refused(_INSTALL.format(program=name))
    return found
