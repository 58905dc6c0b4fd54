"""Master keys: from the environment or from a file; changed while files are read and written."""

import base64
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from core.errors import ProviderError
from files.sealing.keys import LocalKeys, WrappedKey, key_service
from files.services.sealing import key_names, wrap_anew
from lms.settings.env import env_file_keys
from privacy.models import PersonalExport
from privacy.services.exports import open_export, run_export
from privacy.storage import path_of
from tests.privacy.test_exports import ask_export

pytestmark = pytest.mark.django_db
A = f"a:{'A' * 43}"
B = f"b:{base64.urlsafe_b64encode(bytes([7] * 32)).decode().rstrip('=')}"
KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _own_file(settings, tmp_path):
    settings.FILE_KEYS = ""
    settings.FILE_KEYS_FILE = str(tmp_path / "keys" / "file-keys")


@pytest.fixture
def export(people, settings):
    settings.JOBS_EAGER = False
    return run_export(export=ask_export(actor=people.student, user=people.student))


def content(export) -> bytes:
    with open_export(actor=export.user, export=PersonalExport.objects.get(pk=export.pk)) as handle:
        return handle.read()


def test_a_key_is_wrapped_for_one_thing_alone():
    keys = LocalKeys()
    wrapped = keys.wrap(KEY, context="one")
    assert (wrapped.name, keys.unwrap(wrapped, context="one")) == ("k1", KEY)
    for broken, context in (
        (wrapped, "two"),
        (WrappedKey("k1", wrapped.data[:-1] + b"\0"), "one"),
        (WrappedKey("k1", b""), "one"),
    ):
        with pytest.raises(ProviderError) as refused:
            keys.unwrap(broken, context=context)
        assert refused.value.permanent


def test_the_same_key_is_never_wrapped_alike():
    keys = LocalKeys()
    assert keys.wrap(KEY, context="one").data != keys.wrap(KEY, context="one").data


def test_the_file_of_keys_is_its_owners_alone(settings):
    LocalKeys().current()
    assert Path(settings.FILE_KEYS_FILE).stat().st_mode & 0o777 == 0o600


def test_from_the_environment_the_first_is_in_use(settings):
    settings.FILE_KEYS = f"{A},{B}"
    wrapped = LocalKeys().wrap(KEY, context="x")
    settings.FILE_KEYS = f"{B},{A}"
    keys = LocalKeys()
    assert (wrapped.name, keys.current(), keys.unwrap(wrapped, context="x")) == ("a", "b", KEY)
    settings.FILE_KEYS = B
    with pytest.raises(ProviderError, match="FILE_KEYS"):
        keys.unwrap(wrapped, context="x")
    assert not Path(settings.FILE_KEYS_FILE).exists()


@pytest.mark.parametrize("text", ["x", "a:short", f"{A},{A}", f"{A},", f"a b:{'A' * 43}"])
def test_keys_that_are_none_stop_the_start(monkeypatch, text):
    monkeypatch.setenv("FILE_KEYS", text)
    with pytest.raises(ImproperlyConfigured, match="FILE_KEYS"):
        env_file_keys("FILE_KEYS")


def test_keys_of_the_environment_are_taken_as_they_are(monkeypatch):
    monkeypatch.setenv("FILE_KEYS", f"{A}, {B}=")
    assert env_file_keys("FILE_KEYS") == f"{A}, {B}="


def test_who_starts_at_the_same_moment_makes_one_key(settings):
    started, found = threading.Barrier(8), []

    def start():
        keys = LocalKeys()
        started.wait()
        found.append(keys.unwrap(keys.wrap(KEY, context="x"), context="x") == KEY)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(Path(settings.FILE_KEYS_FILE).read_text().splitlines())) == ([True] * 8, 1)


def test_another_key_is_used_by_who_runs_already(settings):
    running, command = LocalKeys(), LocalKeys()
    old = running.wrap(KEY, context="x")
    assert command.add() == "k2"
    assert (running.wrap(KEY, context="x").name, running.unwrap(old, context="x")) == ("k2", KEY)


class TestCommand:
    def test_the_archive_opens_before_between_and_after(self, export, capsys):
        before, bytes_before = content(export), path_of(export).read_bytes()
        call_command("rotate_file_keys")
        assert (content(export), path_of(export).read_bytes()) == (before, bytes_before)
        assert key_names() == {"k2"}
        call_command("rotate_file_keys", "--go-on", "--forget")
        assert (key_service().names(), content(export)) == (["k2"], before)
        assert capsys.readouterr().out.splitlines() == [
            "New key: k2",
            "Wrapped anew: 1, with k2",
            "Wrapped anew: 0, with k2",
            "Forgotten: k1",
        ]

    def test_one_that_cannot_be_opened_is_named_and_holds_up_no_other(self, export, people):
        other = run_export(export=ask_export(actor=people.teacher, user=people.teacher))
        PersonalExport.objects.filter(pk=export.pk).update(wrapped_key=b"\0" * 60)
        with pytest.raises(
            CommandError, match=rf"privacy.PersonalExport {export.pk}: The key of this file was changed"
        ):
            call_command("rotate_file_keys")
        assert (key_names(), content(other)[:2]) == ({"k1", "k2"}, b"PK")
        PersonalExport.objects.filter(pk=export.pk).delete()
        assert wrap_anew() == (0, [])

    def test_the_key_in_use_is_not_forgotten(self, export):
        LocalKeys().add()
        key_service().forget({"k2"})
        assert key_service().names() == ["k2", "k1"]

    def test_keys_of_the_environment_are_not_made_here(self, export, settings):
        kept = Path(settings.FILE_KEYS_FILE).read_text().strip()
        settings.FILE_KEYS = f"{A},{kept}"
        call_command("rotate_file_keys")
        assert (key_names(), content(export)[:2]) == ({"a"}, b"PK")
        with pytest.raises(CommandError, match="take the old keys out there"):
            call_command("rotate_file_keys", "--go-on", "--forget")
