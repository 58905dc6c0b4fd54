"""What is not the backup that was made, or not one for this site, is refused, and the site stays as it is."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import IO, cast

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from files.sealing.stream import PIECE
from lms.backup import restore as restoring
from lms.backup.checking import check
from lms.backup.container import Container, members
from lms.backup.database import database
from lms.backup.errors import Refused
from lms.backup.manifest import NAME, Manifest, read
from lms.backup.media import path_of
from lms.backup.postgres import Postgres
from lms.backup.seal import EDITED, opened, sealing
from lms.backup.sqlite import Sqlite
from tests.lms.backup.sites import migrate_by_copy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_keys"), pytest.mark.xdist_group("backup")]

# A sealed piece with its tag.
STEP = PIECE + 16


def cut(content: bytes, head: int) -> bytes:
    return content[:-1]


def cut_between_pieces(content: bytes, head: int) -> bytes:
    return content[: head + STEP]


def with_a_byte_more(content: bytes, head: int) -> bytes:
    return content + b"\0"


def twice(content: bytes, head: int) -> bytes:
    return content + content[head:]


def exchanged(content: bytes, head: int) -> bytes:
    first, second = content[head : head + STEP], content[head + STEP : head + 2 * STEP]
    return content[:head] + second + first + content[head + 2 * STEP :]


def head_of(content: bytes) -> int:
    """How long what stands before the first piece is."""
    return 10 + int.from_bytes(content[8:10], "big") + 12


@pytest.mark.parametrize("change", [cut, cut_between_pieces, with_a_byte_more, twice, exchanged])
def test_cut_longer_or_in_another_order(seeded, tmp_path, change):
    content = seeded.backup.read_bytes()
    changed = tmp_path / "changed.backup"
    changed.write_bytes(change(content, head_of(content)))
    assert len(content) > head_of(content) + 2 * STEP
    with pytest.raises(Refused) as refused:
        check(changed)
    assert str(refused.value) == EDITED


def test_one_byte_anywhere(seeded, tmp_path):
    content = seeded.backup.read_bytes()
    changed = tmp_path / "changed.backup"
    head = head_of(content)
    check(seeded.backup)
    offsets = [*range(head), head + 1, head + STEP - 1, head + STEP, len(content) // 2, len(content) - 1]
    accepted = []
    for offset in offsets:
        changed.write_bytes(content[:offset] + bytes([content[offset] ^ 1]) + content[offset + 1 :])
        try:
            check(changed)
        except Refused:
            continue
        accepted.append(offset)
    assert accepted == []


@pytest.mark.parametrize(
    "content", [b"", b"AUMBACK1", b"PK\x03\x04 something else", b"AUMBACK1\x00\x02{}", b"AUMBACK1\x00\x02[]"]
)
def test_something_else(tmp_path, content):
    path = tmp_path / "else.backup"
    path.write_bytes(content)
    with pytest.raises(Refused, match="is no backup of Aumbry, or its beginning was edited"):
        check(path)
    with pytest.raises(Refused, match="cannot be read: No such file or directory"):
        check(tmp_path / "nothing")


def test_a_head_that_says_the_same_in_other_bytes(seeded, tmp_path):
    content = seeded.backup.read_bytes()
    end = 10 + int.from_bytes(content[8:10], "big")
    text = content[10:end].replace(b", ", b",  ")
    changed = tmp_path / "changed.backup"
    changed.write_bytes(content[:8] + len(text).to_bytes(2, "big") + text + content[end:])
    assert json.loads(text) == json.loads(content[10:end])
    with pytest.raises(Refused) as refused:
        check(changed)
    assert str(refused.value) == EDITED


def test_keys(seeded, settings, tmp_path):
    settings.FILE_KEYS = f"other:{'B' * 43}"
    with pytest.raises(Refused, match="sealed with the key “k7”, which is not here"):
        check(seeded.backup)
    settings.FILE_KEYS = f"k7:{'B' * 43}"
    with pytest.raises(Refused, match="The key “k7” here is not the one that this backup was sealed with"):
        check(seeded.backup)
    settings.FILE_KEYS, settings.FILE_KEYS_FILE = "", str(tmp_path / "file-keys")
    with pytest.raises(Refused, match=f"which is not here. Put it into {tmp_path}/file-keys, then try again"):
        check(seeded.backup)
    # Looking for a key makes none.
    assert list(tmp_path.iterdir()) == []


def test_an_edited_one_leaves_the_site_as_it_is(seeded, fresh):
    migrate_by_copy(fresh)
    (fresh.folder / "media").mkdir()
    (fresh.folder / "media" / "own").write_bytes(b"own")
    before = fresh.state()
    changed = fresh.folder / "changed.backup"
    content = seeded.backup.read_bytes()
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    refused = fresh.manage("restore", str(changed), "--replace")
    assert (refused.returncode, refused.stderr, fresh.state()) == (1, f"CommandError: {EDITED}\n", before)


def forged(source: Path, target: Path, *, manifest=lambda found: found, drop: str = "-") -> Path:
    """The backup again, sealed by this site and made by somebody who means it otherwise."""
    with opened(source).content as content, target.open("wb") as written:
        writer, _key = sealing(written)
        container = Container(cast(IO[bytes], writer))
        for name, _size, inside in members(content):
            if name == NAME:
                container.finish(manifest(read(inside.read())))
            elif not name.startswith(drop):
                container._add_bytes(name, inside.read())
        writer.finish()
    return target


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vendor": "oracle"}, "This backup is of a database on oracle, and this site has "),
        (
            {"migrations": ["core.0001_initial", "core.9999_of_next_year"], "version": "7.0"},
            "newer version of Aumbry (7.0): it has migrations that are not known here (core.9999_of_next_year)",
        ),
        ({"format": 2}, "This backup has format 2; this version of Aumbry reads format 1. Use the one that made it."),
        (
            {"files": []},
            "This backup does not have what it says: the files are others than listed. Nothing was changed here.",
        ),
    ],
)
def test_not_for_this_site(seeded, tmp_path, changes, said):
    backup = forged(seeded.backup, tmp_path / "f.backup", manifest=lambda found: replace(found, **changes))
    with pytest.raises(CommandError) as refused:
        call_command("restore", str(backup), "--replace")
    assert said in str(refused.value)


def test_a_part_of_the_database_is_missing(seeded, tmp_path):
    backup = forged(seeded.backup, tmp_path / "f.backup", drop="database/")
    with pytest.raises(Refused, match="the database is another one than listed"):
        check(backup)


def fewer_rows(found: Manifest) -> Manifest:
    return replace(found, rows={**found.rows, "courses_course": 1})


def test_other_rows_than_listed(seeded, fresh):
    backup = forged(seeded.backup, fresh.folder / "f.backup", manifest=fewer_rows)
    with pytest.raises(Refused, match="does not have what it says: courses_course: 2 instead of 1"):
        check(backup, count_rows=True)
    migrate_by_copy(fresh)
    before = fresh.digests()
    refused = fresh.manage("restore", str(backup), "--replace")
    assert (refused.returncode, fresh.digests()) == (1, before)
    assert "courses_course" in refused.stderr
    assert [path.name for path in fresh.folder.iterdir() if "restoring" in path.name] == []


@pytest.mark.parametrize(
    "name",
    [
        "files/../../evil",
        "files/ab/../../../evil",
        "/etc/passwd",
        "files//etc/passwd",
        "personal/../evil",
        "personal/00000000000000000000000000000000",
        "events/../evil",
        "events/.hidden",
        "events/a/b",
        "other/x",
        "",
    ],
)
def test_names_that_lead_elsewhere(name):
    with pytest.raises(Refused, match="names a file that cannot be one of this site"):
        path_of(name)


def test_a_file_that_would_be_written_elsewhere(seeded, tmp_path):
    target = tmp_path / "f.backup"
    with target.open("wb") as written:
        writer, _key = sealing(written)
        container = Container(cast(IO[bytes], writer))
        container._add_bytes("files/../../evil", b"evil")
        container.finish(check(seeded.backup).manifest)
        writer.finish()
    with pytest.raises(Refused, match="names a file that cannot be one of this site"):
        check(target)


def test_while_the_site_runs(seeded, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    with (tmp_path / "running").open("w") as running:
        flock(running, LOCK_EX)
        running.write("http://127.0.0.1:8000")
        running.flush()
        with pytest.raises(Refused) as refused:
            restoring.restore(seeded.backup, replace=True)
    assert str(refused.value) == "The site is running at http://127.0.0.1:8000. Stop it first, then try again."


@pytest.mark.django_db(transaction=True)
def test_while_somebody_uses_the_database(seeded, settings, tmp_path):
    """This process does: by Django's connection, which is not the one that restores."""
    settings.VAR_DIR = tmp_path
    connection.ensure_connection()
    connection.cursor().execute("SELECT 1 FROM accounts_user")
    with pytest.raises(Refused, match="The database is in use"), database().alone():
        pass


@pytest.mark.sqlite
def test_a_database_that_is_broken_is_replaced_when_it_is_said(seeded, fresh):
    path = Path(fresh.database)
    path.write_bytes(b"no database at all" * 1000)
    path.with_name(f"{path.name}-wal").write_bytes(b"its log")
    refused = fresh.manage("restore", str(seeded.backup))
    assert refused.returncode == 1
    assert "cannot be read: file is not a database. What is in it would be lost. Add --replace" in refused.stderr
    done = fresh.manage("restore", str(seeded.backup), "--replace")
    assert (done.returncode, done.stderr) == (0, "")
    with closing(sqlite3.connect(path)) as restored:
        assert restored.execute("SELECT COUNT(*) FROM courses_course").fetchone() == (2,)


@pytest.mark.sqlite
def test_a_log_that_was_left_without_its_database_is_not_read(seeded, tmp_path):
    path = tmp_path / "site.sqlite3"
    with closing(sqlite3.connect(tmp_path / "other.sqlite3", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE of_another_site (id integer)")
        shutil.copy(tmp_path / "other.sqlite3-wal", f"{path}-wal")
    manifest, target = check(seeded.backup).manifest, Sqlite(str(path))
    with target.alone():
        target.replace(restoring._dump(seeded.backup, manifest), manifest.rows)
    assert target.counts() == {**manifest.rows, "django_session": 0}


def test_without_the_programs_of_postgresql(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [])
    with pytest.raises(Refused) as refused, Postgres({"dbname": "x"}).snapshot():
        pass
    assert str(refused.value) == (
        "pg_dump was not found. Install the client programs of PostgreSQL (on Debian and Ubuntu: apt install "
        "postgresql-client), at least as new as the server."
    )


def test_the_manifest_is_plain(seeded):
    """What docs/backup.md says of it."""
    with opened(seeded.backup).content as content:
        *names, last = [(name, inside.read()) for name, _size, inside in members(content)]
    told = json.loads(last[1])
    assert last[0] == "manifest.json"
    assert [name for name, _content in names] == sorted(name for name, _content in names)
    assert set(told) == {
        "format", "made_at", "version", "vendor", "server", "migrations", "rows", "database", "files", "missing",
        "damaged", "let_go", "elsewhere",
    }  # fmt: skip
    assert [file["name"].split("/")[0] for file in told["files"]] == ["events", "files", "personal"]
