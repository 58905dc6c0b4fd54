import pytest

from files.health import keys_of_files
from files.sealing.keys import LocalKeys
from privacy.models import PersonalExport

pytestmark = pytest.mark.django_db
A = f"a:{'A' * 43}"


def test_all_is_well(settings, tmp_path):
    settings.FILE_KEYS_FILE = str(tmp_path / "keys")
    assert keys_of_files().ok


def test_keys_that_cannot_be_read(settings, tmp_path):
    settings.FILE_KEYS_FILE = str(tmp_path / "keys")
    (tmp_path / "keys").write_text("no key")
    report = keys_of_files()
    assert (report.ok, report.blocks, "cannot be encrypted" in report.detail) == (False, False, True)


def test_a_key_that_is_gone_is_named(settings, tmp_path, people):
    settings.FILE_KEYS_FILE = str(tmp_path / "keys")
    wrapped = LocalKeys().wrap(bytes(32), context="x")
    PersonalExport.objects.create(
        user=people.student, asked_by=people.student, key_name=wrapped.name, wrapped_key=wrapped.data
    )
    settings.FILE_KEYS = A
    assert keys_of_files().detail == "Encrypted files cannot be read: these keys are missing: k1."
