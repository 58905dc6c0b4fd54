"""Settings refuse what is unsafe, in a sentence; a secret is made once and kept from others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from lms.settings.env import (
    env_bool,
    env_int,
    env_list,
    env_origin_list,
    env_str,
    env_upload_limits,
    env_words,
    kept_secret,
)

SECRET = "kX7-" * 4 + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF_pq"
GOOD = {"SECRET_KEY": SECRET, "ALLOWED_HOSTS": "learn.example.org", "SITE_URL": "https://learn.example.org"}


def run(code: list[str], tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    # The browser tests set the third one for this process.
    unwanted = {"DATABASE_URL", "DEBUG", "DJANGO_ALLOW_ASYNC_UNSAFE", "SENT_MAIL_OPEN", *GOOD}
    env = {key: value for key, value in os.environ.items() if key not in unwanted}
    env |= {"DJANGO_SETTINGS_MODULE": "lms.settings.prod", "VAR_DIR": str(tmp_path), **variables}
    command = [sys.executable, "-W", "error", *code]
    return subprocess.run(
        command, env=env, cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=60
    )


START = ["-c", "import lms.settings.prod"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or too simple."),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is missing or too simple."),
        ({"SECRET_KEY": "django-insecure-" + SECRET}, "SECRET_KEY is missing or too simple."),
        ({"DEBUG": "true"}, "DEBUG is on."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the hosts of this site"),
        ({"ALLOWED_HOSTS": "learn.example.org,*"}, "ALLOWED_HOSTS must name the hosts of this site"),
        ({"SITE_URL": "http://learn.example.org"}, "SITE_URL must be the https:// address"),
        ({"SENT_MAIL_OPEN": "true"}, "SENT_MAIL_OPEN would show everybody's mail."),
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'; write 'true' or 'false'."),
    ],
)
def test_production_refuses(tmp_path, changes, sentence):
    done = run(START, tmp_path, **{**GOOD, **changes})
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {sentence}" in done.stderr


def test_production_starts_with_good_settings_and_checks_clean(tmp_path):
    done = run(["manage.py", "check", "--deploy", "--fail-level", "DEBUG"], tmp_path, **GOOD)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
        "",
    )


def test_the_embedded_start_makes_its_secret_once(tmp_path):
    code = ["-c", "from django.conf import settings; print(settings.SECRET_KEY, settings.DEBUG)"]
    variables = {"DJANGO_SETTINGS_MODULE": "lms.settings.embedded"}
    first, second = run(code, tmp_path, **variables), run(code, tmp_path, **variables)
    assert first.stdout == second.stdout
    key, debug = first.stdout.split()
    assert (len(key) > 50, debug) == (True, "False")
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_two_starts_at_once_agree_on_the_secret(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "secret"
    first = kept_secret(path)
    real = Path.read_text
    calls = []

    def absent_at_first(self: Path) -> str:
        calls.append(self)
        if len(calls) == 1:
            raise FileNotFoundError
        return real(self)

    monkeypatch.setattr(Path, "read_text", absent_at_first)
    assert kept_secret(path) == first


class TestEnvironment:
    @pytest.mark.parametrize(
        ("value", "expected"), [("1", True), ("Yes", True), (" on ", True), ("0", False), ("", False), ("off", False)]
    )
    def test_yes_and_no(self, monkeypatch, value, expected):
        monkeypatch.setenv("X", value)
        assert env_bool("X", not expected) is expected

    def test_absent_is_the_default(self, monkeypatch):
        monkeypatch.delenv("X", raising=False)
        assert (env_bool("X", True), env_int("X", 5), env_str("X", "a"), env_list("X", "a, b")) == (
            True,
            5,
            "a",
            ["a", "b"],
        )

    @pytest.mark.parametrize(
        ("value", "sentence"), [("ten", "X is 'ten'; write a whole number."), ("0", "X is 0; it must be at least 1.")]
    )
    def test_numbers(self, monkeypatch, value, sentence):
        monkeypatch.setenv("X", value)
        with pytest.raises(ImproperlyConfigured) as refusal:
            env_int("X", 5, least=1)
        assert str(refusal.value) == sentence

    def test_origins(self, monkeypatch):
        monkeypatch.setenv("X", "https://a.example/, http://localhost:3000")
        assert env_origin_list("X") == ["https://a.example", "http://localhost:3000"]

    @pytest.mark.parametrize("value", ["a.example", "ftp://a.example", "https://a.example/path", "*"])
    def test_what_is_no_origin(self, monkeypatch, value):
        monkeypatch.setenv("X", value)
        with pytest.raises(ImproperlyConfigured):
            env_origin_list("X")


def test_limits_of_uploads_by_purpose(monkeypatch):
    monkeypatch.setenv("X", " lesson_media=500/20, course_archive=100 ")
    found = env_upload_limits("X")
    assert found == {"lesson_media": (500 * 1024**2, 20), "course_archive": (100 * 1024**2, 0)}
    monkeypatch.delenv("X")
    assert env_upload_limits("X") == {}
    for value in ("lesson_media", "lesson_media=x", "a=1;b=2", "a=-1"):
        monkeypatch.setenv("X", value)
        with pytest.raises(ImproperlyConfigured, match="X holds something that is no limit"):
            env_upload_limits("X")


def test_limits_of_what_nothing_is_uploaded_for_are_a_mistake(settings):
    settings.UPLOAD_LIMITS = {"lesson_media": (1, 1), "lesson_meda": (1, 1)}
    (error,) = run_checks()
    assert (error.id, error.msg) == ("files.E001", "UPLOAD_LIMITS names “lesson_meda”, which nothing is uploaded for.")
    assert error.hint == "Purposes are: avatar, course_archive, file, lesson_media."


def test_words_are_those_that_are_known(monkeypatch):
    monkeypatch.setenv("WORDS", " person, exports ,")
    assert env_words("WORDS", {"person", "course", "exports"}) == {"person", "exports"}
    monkeypatch.setenv("WORDS", "persons,course")
    with pytest.raises(ImproperlyConfigured, match=r"WORDS has 'persons'; possible are: course, person"):
        env_words("WORDS", {"person", "course"})
    monkeypatch.delenv("WORDS")
    assert env_words("WORDS", {"person"}) == frozenset()
