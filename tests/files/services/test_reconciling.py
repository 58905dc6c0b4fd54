"""Rows and bytes that do not agree are found, each kind, on a disk and in a bucket; only what is safe is mended."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.authz import SYSTEM
from files import storage
from files.models import StoredFile
from files.sealing.stream import PIECE
from files.services import forget_new_files, store_file
from files.services.reconciling import Trouble, reconcile
from tests.factories.files import bytes_of, png, stored
from tests.files.bucket import close, use_bucket
from tests.files.services.test_places import nobody
from tests.files.services.test_sealed_files import archive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(settings, tmp_path):
    settings.FILE_KEYS = ""
    settings.FILE_KEYS_FILE = str(tmp_path / "file-keys")


def sealed(name: str = "a.zip") -> StoredFile:
    return store_file(actor=SYSTEM, content=archive(), name=name, sensitive=True)


def flip(place, key: str, at: int) -> None:
    content = bytearray(place.all()[key])
    content[at] ^= 1
    place.put(key, bytes(content))


def found(**more) -> list[tuple[Trouble, str]]:
    return [(finding.trouble, finding.storage_key) for finding in reconcile(**more)]


def told(*options: str) -> tuple[str, str, int]:
    out = io.StringIO()
    try:
        call_command("reconcile_files", *options, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error), error.returncode
    return out.getvalue(), "", 0


def test_what_agrees_is_not_mentioned(place):
    stored()
    stored(name="b.png")
    sealed()
    sealed("b.zip")
    assert (found(), found(read_all=True)) == ([], [])
    assert told() == ("All is well.\n", "", 0)


def test_missing_bytes(place):
    lost, other = stored(), stored(png(3), "b.png")
    place.drop(lost.storage_key)
    assert found(repair=True, read_all=True) == [(Trouble.MISSING, lost.storage_key)]
    assert set(StoredFile.objects.all()) == {lost, other}


def test_bytes_without_a_row_go_when_they_are_old(place, monkeypatch):
    old, fresh, used = storage.make_key(), storage.make_key(), stored()
    place.put(old, b"old")
    place.put(fresh, b"fresh")
    place.age(monkeypatch, old)
    assert found() == [(Trouble.NO_ROW, old)]
    assert set(place.all()) == {old, fresh, used.storage_key}
    assert found(repair=True) == [(Trouble.NO_ROW, old)]
    assert set(place.all()) == {fresh, used.storage_key}
    assert found() == []


def test_another_size(place):
    file = stored()
    place.put(file.storage_key, png() + b"more")
    assert found() == [(Trouble.SIZE, file.storage_key)]


def test_other_bytes_of_the_same_size_are_found_by_reading(place):
    file, _same = stored(), stored(name="b.png")
    flip(place, file.storage_key, 40)
    assert found() == []
    assert found(read_all=True) == [(Trouble.CONTENT, file.storage_key)] * 2


@pytest.mark.parametrize("at", [20, -20], ids=["first", "last"])
def test_a_seal_that_is_broken_at_an_end(place, at):
    file = sealed()
    flip(place, file.storage_key, at)
    assert found() == [(Trouble.SEAL, file.storage_key)]
    assert StoredFile.objects.get().broken_at is None
    assert found(repair=True) == [(Trouble.SEAL, file.storage_key)]
    assert StoredFile.objects.get().broken_at is not None


def test_a_seal_that_is_cut(place):
    file = sealed()
    place.put(file.storage_key, place.all()[file.storage_key][:-1])
    assert found() == [(Trouble.SEAL, file.storage_key)]


def test_a_seal_that_is_broken_in_the_middle_is_found_by_reading(place):
    file = sealed()
    flip(place, file.storage_key, PIECE * 2)
    assert found() == []
    assert found(read_all=True) == [(Trouble.SEAL, file.storage_key)]


def test_a_key_that_is_gone(place, settings):
    file = sealed()
    Path(settings.FILE_KEYS_FILE).unlink()
    assert found() == [(Trouble.KEY, file.storage_key)]


def test_what_came_back_from_a_backup_is_sound_again(place):
    file = sealed()
    StoredFile.objects.update(broken_at=timezone.now())
    assert found(repair=True) == []
    assert StoredFile.objects.get().broken_at is not None
    assert found(read_all=True) == []
    assert StoredFile.objects.get().broken_at is not None
    assert found(read_all=True, repair=True) == []
    assert (StoredFile.objects.get().broken_at, bytes_of(file)) == (None, archive())


def test_files_that_come_and_go_meanwhile_are_no_trouble(place, monkeypatch):
    going = stored()
    kept = storage.all_kept

    def meanwhile():
        lying = list(kept())
        forget_new_files([going])
        stored(png(3), "b.png")
        return iter(lying)

    monkeypatch.setattr(storage, "all_kept", meanwhile)
    assert found(read_all=True, repair=True) == []


def test_the_table_and_how_the_command_ends(place, monkeypatch):
    lost, old = stored(), storage.make_key()
    place.put(old, b"old")
    place.age(monkeypatch, old)
    table = [
        f"{'what':<20} {'file':<37} storage key",
        f"{'bytes are missing':<20} {lost.public_id!s:<37} {lost.storage_key}",
        f"{'bytes without a row':<20} {'-':<37} {old} 3 bytes",
    ]
    place.drop(lost.storage_key)
    assert told() == ("\n".join([*table, ""]), "Wrong: 2 of 2 findings are left.", 1)
    repaired, said, code = told("--repair")
    assert (repaired.splitlines()[2], said, code) == (f"{table[2]}, removed", "Wrong: 1 of 2 findings are left.", 1)
    StoredFile.objects.all().delete()
    place.put(old, b"old")
    place.age(monkeypatch, old)
    assert told("--repair")[0].endswith("All is well. Mended: 1.\n")


def test_a_storage_that_is_away_is_no_answer(settings, media):
    gone = use_bucket(settings, nobody(), "files")
    assert told()[1:] == (
        "The storage for files does not answer at the moment. Nothing was lost: try again in a minute.",
        2,
    )
    close(gone)
