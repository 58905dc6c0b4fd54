"""A backup under way while the site writes, restored where there is nothing, and over something else."""

import shutil
import threading

import pytest

from tests.lms.backup.seed import CAPTIONS, MARKER
from tests.lms.backup.sites import SIGN_INS, Site, copy_database

# For the tables that sites begin with.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("backup")]

INSERT = "INSERT INTO core_effect (key, at) VALUES ('{key}', '2026-01-01 00:00:00')"


class Writer(threading.Thread):
    """Writes two rows in each transaction: a state of the database has both or none."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site, self.over, self.pairs = site, threading.Event(), 0

    def run(self) -> None:
        with self.site.connected() as connection:
            while not self.over.wait(0.001):
                connection.execute("BEGIN")
                for half in "ab":
                    key = f"{half}{self.pairs:08}"
                    connection.execute(INSERT.format(key=key))
                connection.execute("COMMIT")
                self.pairs += 1


@pytest.fixture
def written_to(seeded):
    """The seeded site while somebody writes; afterwards it is as it was."""
    writer = Writer(seeded.site)
    writer.start()
    try:
        yield writer
    finally:
        writer.over.set()
        writer.join()
        with seeded.site.connected() as connection:
            connection.execute("DELETE FROM core_effect WHERE at < '2026-02-01'")


def test_what_is_restored_is_one_moment_of_the_site(seeded, fresh, written_to, tmp_path):
    before = written_to.pairs
    made = seeded.site.manage("backup", "--to", str(tmp_path / "to"))
    after = written_to.pairs
    assert (made.returncode, made.stderr) == (0, "")
    [backup] = (tmp_path / "to").iterdir()

    restored = fresh.manage("restore", str(backup))
    assert (restored.returncode, restored.stderr) == (0, "")

    digests, expected = fresh.digests(), seeded.site.digests()
    apart = SIGN_INS | {"core_effect"}
    assert {k: v for k, v in digests.items() if k not in apart} == {k: v for k, v in expected.items() if k not in apart}
    keys = sorted(key for (key,) in fresh.rows("SELECT key FROM core_effect WHERE at < '2026-02-01'"))
    pairs = len(keys) // 2
    assert keys == [f"{half}{number:08}" for half in "ab" for number in range(pairs)]
    assert before < pairs < after, "the writer did not write during the backup"
    assert fresh.files() == seeded.site.files()
    assert len(fresh.files()) == 3

    assert fresh.call("look.look", seeded.session) == {
        "session of before": 302,
        "signed in": 200,
        "broken in the archive": None,
        "captions": CAPTIONS,
    }


def test_over_another_site_only_when_it_is_said(seeded, fresh):
    copy_database(seeded.site.database, fresh)
    for folder in ("media", "event-archive"):
        shutil.copytree(seeded.site.folder / folder, fresh.folder / folder)
    state = fresh.state()
    assert state == seeded.site.state()
    with fresh.connected() as connection:
        connection.execute("CREATE TABLE of_somebody_else (id integer)")
        connection.execute("UPDATE accounts_user SET name = 'Changed'")
        connection.execute("DELETE FROM files_usage")
    files = sorted(path for path in (fresh.folder / "media").rglob("*") if path.is_file())
    files[0].write_bytes(b"broken")
    files[1].unlink()
    changed = fresh.state()

    refused = fresh.manage("restore", str(seeded.backup))
    assert (refused.returncode, fresh.state()) == (1, changed)
    assert refused.stderr.startswith(
        "CommandError: The database is not empty. These would be lost: 9 people, 2 courses, 1 files; "
    )
    assert refused.stderr.endswith("Add --replace if that is what you want.\n")

    done = fresh.manage("restore", str(seeded.backup), "--replace")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("These would be lost: 9 people, 2 courses, 1 files; ")
    assert "(2 written, 1 kept)" in done.stdout
    digests, files_now = fresh.state()
    assert files_now == state[1]
    assert {k: v for k, v in digests.items() if k not in SIGN_INS} == {
        k: v for k, v in state[0].items() if k not in SIGN_INS
    }
    assert fresh.rows("SELECT name FROM accounts_user WHERE name = 'Changed'") == []


def test_the_command_says_which_key_is_needed(seeded):
    assert seeded.said.startswith(f"Backup: {seeded.backup} (")
    assert seeded.said.endswith(
        "To open it the key “k7” is needed, from FILE_KEYS. It is not in the backup: keep a copy of it, and of SECRET_KEY, in "
        "another place. Without it the backup cannot be read by anybody.\n"
    )


def test_nobody_can_read_it_and_nothing_plain_lies_around(seeded, tmp_path):
    site, folder = seeded.site, tmp_path / "to"
    places = [site.folder, site.folder.parent / "site-tmp", folder]
    before = _contents(places)
    assert any(MARKER.encode() in content for content in before.values()), "nothing that could be found"
    process = site.start("manage.py", "backup", "--to", str(folder))
    seen: dict[str, bytes] = {}
    while process.poll() is None:
        seen |= {path: content for path, content in _contents(places).items() if before.get(path) != content}
    process.communicate()
    seen |= _contents([folder])
    assert [path for path in seen if path.endswith(".backup")]
    # The database's own log is the site's, not the backup's.
    own = {path for path in seen if path.startswith(f"{site.database}")}
    assert [path for path, content in seen.items() if MARKER.encode() in content and path not in own] == []


def _contents(places) -> dict[str, bytes]:
    found = {}
    for place in places:
        for path in place.rglob("*"):
            try:
                if path.is_file():
                    found[str(path)] = path.read_bytes()
            except FileNotFoundError:
                continue
    return found


def test_only_looking_touches_nothing(seeded, fresh):
    before = {path: path.stat().st_mtime_ns for path in fresh.folder.rglob("*")}
    looked = fresh.manage("restore", str(seeded.backup), "--verify")
    assert (looked.returncode, looked.stderr) == (0, "")
    assert looked.stdout.endswith(
        "The backup is whole: every digest and every number of rows is right. Nothing was changed.\n"
    )
    # The settings of the tests make this folder.
    after = {path: path.stat().st_mtime_ns for path in fresh.folder.rglob("*") if path.name != "static"}
    assert after == before
