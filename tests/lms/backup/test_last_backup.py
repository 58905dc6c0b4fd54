"""The page about the site's health says how old the last backup is."""

import os
import time

import pytest

from lms.backup.health import last_backup

HOUR = 3600


@pytest.fixture
def made(settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path)

    def make(name: str, hours: float) -> None:
        (tmp_path / name).write_bytes(b"-")
        os.utime(tmp_path / name, (time.time() - hours * HOUR,) * 2)

    return make


def test_none_is_a_note(made):
    made("aumbry-20261129T141500Z.backup.part", 1)
    report = last_backup()
    assert (report.ok, report.blocks, report.detail) == (True, False, "No backup yet.")
    assert report.hint == "Run “manage.py backup” each night."


def test_without_the_folder(settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path / "backups")
    assert last_backup().ok


@pytest.mark.parametrize(
    ("hours", "ok", "said"), [(47.5, True, "47 hours"), (48.5, False, "48 hours"), (1.5, True, "1 hour")]
)
def test_its_age(made, hours, ok, said):
    made("aumbry-20261101T000000Z.backup", 400)
    made("aumbry-20261129T141500Z.backup", hours)
    report = last_backup()
    assert (report.ok, report.blocks, report.detail) == (ok, False, f"The last backup is {said} old.")
