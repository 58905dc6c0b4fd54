"""Files that are not there, disks that are full, processes that are killed."""

import errno
import io
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.worker import Worker
from files.models import StoredFile, Upload, Usage
from files.services.bin import delete_for_good, put_into_bin
from files.services.cleaning import clean_up
from files.services.kept import keep_file
from files.services.reconciling import reconcile
from files.services.sealed_spaces import seal_space
from files.services.sealing import sealed_models
from files.services.spaces import space_of
from files.services.store import forget_new_files, remove_unused_files, store_file
from files.storage.disk import Disk
from lms.backup import making
from lms.backup.checking import check
from lms.backup.container import Container, members
from lms.backup.database import counter, database
from lms.backup.errors import Refused
from lms.backup.making import make_backup, remove_broken_off
from lms.backup.media import named_files
from privacy.models import PersonalExport
from privacy.services.exports import remove_exports
from tests.factories import UserFactory
from tests.factories.files import png

pytestmark = [pytest.mark.usefixtures("_keys", "_own_folders"), pytest.mark.xdist_group("backup")]


@pytest.fixture
def _own_folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.AUDIT_ARCHIVE_DIR = str(tmp_path / "archive")
    settings.BACKUP_DIR = str(tmp_path / "backups")


def stored(people, number: int) -> StoredFile:
    return store_file(actor=people.owner, content=png(8, 8 + number), name=f"{number}.png")


@pytest.mark.django_db(transaction=True)
def test_files_that_are_missing_or_damaged_are_said(people, tmp_path):
    whole, missing, damaged = (stored(people, number) for number in range(3))
    Disk().path_of(missing.storage_key).unlink()
    Disk().path_of(damaged.storage_key).write_bytes(b"other bytes")
    said = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("backup", stdout=said)
    assert failed.value.returncode == 3
    assert str(failed.value) == (
        "The backup was made, but these files are not in it as the database knows them:\n"
        f"missing: files/{missing.storage_key}\ndamaged: files/{damaged.storage_key}"
    )
    assert said.getvalue().startswith(f"Backup: {tmp_path}/backups/aumbry-")
    [backup] = (tmp_path / "backups").iterdir()
    manifest = check(backup, count_rows=True).manifest
    assert manifest.missing == [f"files/{missing.storage_key}"]
    assert manifest.damaged == [f"files/{damaged.storage_key}"]
    assert sorted(file.name for file in manifest.files) == sorted(
        f"files/{file.storage_key}" for file in (whole, damaged)
    )
    assert backup.stat().st_mode & 0o777 == 0o600


def meanwhile(monkeypatch, act) -> None:
    """Have the site do something when the database was copied and no file was yet."""
    add_file, left = making._add_file, [act]

    def after(container, file, manifest):
        if left:
            left.pop()()
        return add_file(container, file, manifest)

    monkeypatch.setattr(making, "_add_file", after)


def is_whole(backup: Path, **digests: str) -> bool:
    """Whether the backup, read again, has exactly the files with these contents, by their keys."""
    manifest = check(backup, count_rows=True).manifest
    expected = {f"files/{key}": digest for key, digest in digests.items()}
    found = {member.name: member.sha256 for member in manifest.files}
    return found == expected and not (manifest.missing or manifest.damaged or manifest.let_go)


def run_jobs() -> None:
    """What waits for a moment that is over by then."""
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        Worker(name="later").drain()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["sealed", "deleted for good", "cleaned up", "refused", "compared"])
def test_what_loses_its_row_while_files_are_copied_is_in_the_backup(people, tmp_path, monkeypatch, settings, way):
    settings.FILES_BIN_DAYS = 0
    space = space_of("person", people.owner.pk)
    gone, stays = stored(people, 0), stored(people, 1)
    Usage.objects.create(file=stays, owner_kind="block", owner_id=1)
    if way != "refused":
        # With it come small pictures of it, which go as well.
        kept = keep_file(actor=people.owner, space=space, stored=gone).file
    digests = dict(StoredFile.objects.values_list("storage_key", "sha256"))

    def act() -> None:
        if way == "sealed":
            settings.SEALED_FILES = ("person",)
            seal_space(space_id=space.pk)
        elif way == "refused":
            forget_new_files([gone])
        else:
            put_into_bin(actor=people.owner, entries=[kept])
            delete_for_good(actor=people.owner, entries=[kept])
            if way == "compared":
                StoredFile.objects.filter(pk=gone.pk).delete()
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            if way == "cleaned up":
                clean_up()
            elif way == "compared":
                list(reconcile(repair=True))
            elif way == "deleted for good":
                remove_unused_files()
        assert not StoredFile.objects.filter(pk=gone.pk).exists()

    meanwhile(monkeypatch, act)
    made = make_backup(tmp_path / "to")
    assert is_whole(made.path, **digests)

    # And once it is made they are gone, without the clean-up of the next day.
    assert Disk().exists(gone.storage_key)
    monkeypatch.undo()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        run_jobs()
    lying = {found.key for found in Disk().kept()}
    assert (gone.storage_key in lying, stays.storage_key in lying) == (False, True)
    assert lying == set(StoredFile.objects.values_list("storage_key", flat=True))


@pytest.mark.django_db(transaction=True)
def test_bytes_that_wait_for_a_backup_wait_for_the_next_one_as_well(people, tmp_path, monkeypatch):
    gone = stored(people, 0)
    meanwhile(monkeypatch, lambda: (forget_new_files([gone]), run_jobs()))
    assert is_whole(make_backup(tmp_path / "to").path, **{gone.storage_key: gone.sha256})
    assert Disk().exists(gone.storage_key)
    with database().bytes_held():
        run_jobs()
        assert Disk().exists(gone.storage_key)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        run_jobs()
    assert not Disk().exists(gone.storage_key)


@pytest.mark.django_db(transaction=True)
def test_without_a_backup_bytes_go_at_once(people):
    gone = stored(people, 0)
    forget_new_files([gone])
    assert not Disk().exists(gone.storage_key)
    assert not DBTaskResult.objects.filter(task_path="files.tasks.remove_bytes").exists()


@pytest.mark.django_db(transaction=True)
def test_only_one_is_made_at_a_time(people, tmp_path, monkeypatch):
    monkeypatch.setattr("lms.backup.database._PATIENCE", 0.1)
    said = "Another backup of this site is being made at this moment. Try again when it is done."
    with database().bytes_held(), pytest.raises(Refused) as refused:
        make_backup(tmp_path / "to")
    assert (str(refused.value), list((tmp_path / "to").iterdir())) == (said, [])
    assert make_backup(tmp_path / "to").manifest.is_whole


@pytest.mark.django_db(transaction=True)
def test_a_file_that_somebody_takes_away_by_hand_is_missing_though_nothing_names_it_any_more(
    people, tmp_path, monkeypatch
):
    gone = stored(people, 0)
    meanwhile(monkeypatch, lambda: (Disk().remove(gone.storage_key), gone.delete()))
    name = f"files/{gone.storage_key}"
    manifest = make_backup(tmp_path / "to").manifest
    assert (manifest.missing, manifest.let_go, manifest.is_whole) == ([name], [], False)


@pytest.mark.django_db(transaction=True)
def test_an_archive_of_personal_data_that_goes_meanwhile_is_let_go(people, tmp_path, monkeypatch):
    export = PersonalExport.objects.create(user=people.student, asked_by=people.student, state="done")
    name = f"personal/{export.public_id}"
    meanwhile(monkeypatch, lambda: None)
    assert make_backup(tmp_path / "there").manifest.missing == [name]
    stored(people, 0)
    meanwhile(monkeypatch, lambda: remove_exports(PersonalExport.objects.all()))
    manifest = make_backup(tmp_path / "to").manifest
    assert (manifest.let_go, manifest.missing) == ([name], [])


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_stays_as_it_was(people):
    rows = counter(connection.vendor)
    with database().snapshot() as snapshot:
        first = snapshot.counts()
        UserFactory(email="later@example.org")
        later = snapshot.counts()
        for piece in snapshot.dump():
            rows.feed(piece)
    assert (later, rows.finish()) == (first, first)
    rows.close()
    assert database().counts()["accounts_user"] == first["accounts_user"] + 1 == 10


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_leaves_nothing(people, tmp_path, monkeypatch):
    stored(people, 0)

    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + len(data) > 300_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(making.os, "fdopen", lambda number, mode: Full(number, mode))
    with pytest.raises(Refused) as refused:
        make_backup(tmp_path / "to")
    assert str(refused.value) == (
        f"The disk is full, so there is no backup; what was written of it in {tmp_path}/to is removed. Make room, or choose "
        "another folder with --to."
    )
    assert list((tmp_path / "to").iterdir()) == []


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "to").write_text("a file")
    with pytest.raises(Refused, match=f"The backup could not be written to {tmp_path}/to: File exists."):
        make_backup(tmp_path / "to")


def test_what_is_being_made_is_not_taken_away(tmp_path):
    alive, dead, other = (tmp_path / name for name in ("aumbry-1.backup.part", "aumbry-2.backup.part", "x.part"))
    for path in (alive, dead, other):
        path.write_bytes(b"-")
    with alive.open("wb") as handle:
        flock(handle, LOCK_EX)
        assert remove_broken_off(tmp_path) == [dead]
    assert sorted(tmp_path.iterdir()) == [alive, other]


def test_a_file_that_cannot_be_read_to_its_end_is_filled_up():
    """Its size was said already; what comes behind it must stay readable."""

    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 20_000:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(min(size, 20_000 - self.tell()))

    archive = io.BytesIO()
    container = Container(archive)
    member, is_whole = container.add("files/a", Broken(b"x" * 100_000), 100_000)
    assert (member.size, is_whole) == (100_000, False)
    assert container.add("files/b", io.BytesIO(b"behind"), 6)[1]
    container._add_bytes("manifest.json", b"{}")
    found = {name: inside.read() for name, _size, inside in members(io.BytesIO(archive.getvalue() + bytes(1024)))}
    assert found == {"files/a": b"x" * 20_000 + bytes(80_000), "files/b": b"behind", "manifest.json": b"{}"}


@contextmanager
def never_ending(path: Path) -> Iterator[None]:
    """Whoever opens the file waits for its first byte for good."""
    away = path.with_name("away")
    path.rename(away)
    os.mkfifo(path)
    try:
        yield
    finally:
        away.rename(path)


@pytest.mark.django_db
def test_a_killed_one_leaves_a_part_that_the_next_takes_away(seeded, tmp_path):
    site, folder = seeded.site, tmp_path / "to"
    [stored_file] = (site.folder / "media").glob("??/*")
    with never_ending(stored_file):
        process = site.start("manage.py", "backup", "--to", str(folder))
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size for path in folder.glob("*.part")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    [part] = folder.iterdir()
    assert (process.returncode, part.suffix, part.stat().st_size > 0) == (-signal.SIGKILL, ".part", True)
    again = site.manage("backup", "--to", str(folder))
    assert (again.returncode, again.stderr) == (0, "")
    [backup] = folder.iterdir()
    assert backup.suffix == ".backup"
    assert check(backup).manifest.is_whole


def test_every_kind_of_encrypted_file_is_in_a_backup():
    """Whoever adds one says to ``lms.backup.media`` where its bytes lie; uploads that still arrive are left out."""
    assert set(sealed_models()) == {PersonalExport, StoredFile, Upload}


@pytest.mark.django_db
def test_only_finished_archives_of_personal_data_are_named(people):
    for state in ("queued", "failed", "done"):
        PersonalExport.objects.create(user=people.student, asked_by=people.student, state=state)
    done = PersonalExport.objects.get(state="done")

    def ask(query: str) -> list[tuple[object, ...]]:
        return [(done.public_id,)] if "privacy_" in query and "state = 'done'" in query else []

    assert [file.name for file in named_files(ask)] == [f"personal/{done.public_id}"]
