"""Hashes that other systems made open an account once, and are Django's own from then on."""

import json

import bcrypt
import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, identify_hasher
from django.test import RequestFactory
from werkzeug.security import generate_password_hash

from accounts.hashers import adopt
from accounts.models import User
from accounts.services.people import create_user
from core.authz import SYSTEM
from core.errors import Invalid

PASSWORD = "a few words · ü"


def _bcrypt(password: str, prefix: bytes = b"2b") -> str:
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, prefix=prefix)).decode()


HASHES = {
    "werkzeug pbkdf2 sha256": generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000"),
    "werkzeug pbkdf2 sha1": generate_password_hash(PASSWORD, method="pbkdf2:sha1:1000"),
    "werkzeug scrypt": generate_password_hash(PASSWORD, method="scrypt:1024:8:1"),
    "bcrypt": _bcrypt(PASSWORD),
    "bcrypt of old libraries": _bcrypt(PASSWORD, b"2a"),
    "bcrypt of PHP": _bcrypt(PASSWORD).replace("$2b$", "$2y$", 1),
}


@pytest.mark.parametrize("made", HASHES.values(), ids=HASHES.keys())
def test_the_password_of_the_other_system_is_right_here(made):
    stored = adopt(made)

    assert stored is not None
    assert [check_password(tried, stored) for tried in (PASSWORD, PASSWORD + " ", PASSWORD.upper(), "")] == [
        True,
        False,
        False,
        False,
    ]


def test_bcrypt_reads_the_first_72_bytes_as_it_did_elsewhere():
    stored = adopt(_bcrypt("ü" * 40))

    assert (check_password("ü" * 36 + "other", stored), check_password("ü" * 35, stored)) == (True, False)


def test_a_null_byte_is_a_wrong_password():
    assert not check_password("a\x00b", adopt(_bcrypt("a")))


@pytest.mark.parametrize(
    "made",
    [
        "",
        "plain words",
        "sha1$ab12cd34$80005a31446da7612c9ceb493a06d59ff6feeb12",
        "md5$salt$0cc175b9c0f1b6a831c399e269772661",
        "pbkdf2:md5:1000$salt$" + "0" * 32,
        "pbkdf2:sha256:99999999$salt$" + "0" * 64,
        "scrypt:4194304:8:1$salt$" + "0" * 128,
        "scrypt:32767:8:1$salt$" + "0" * 128,
        "scrypt:0:0:0$salt$" + "0" * 128,
        "$2b$31$" + "a" * 53,
        "$2x$10$" + "a" * 53,
        "argon2$argon2id$v=19$m=102400",
    ],
)
def test_weak_unknown_and_endless_ones_are_refused(made):
    assert adopt(made) is None


@pytest.mark.django_db
@pytest.mark.parametrize("made", HASHES.values(), ids=HASHES.keys())
def test_the_first_sign_in_replaces_it(made, client):
    person = create_user(actor=SYSTEM, name="Ada Example", email="ada@example.org", password_hash=made)
    before = person.password

    signed_in = authenticate(RequestFactory().post("/"), email="ada@example.org", password=PASSWORD)
    person.refresh_from_db()

    assert signed_in == person
    assert (
        identify_hasher(before).algorithm in {"werkzeug", "bcrypt"},
        identify_hasher(person.password).algorithm,
    ) == (
        True,
        "md5",
    )
    assert person.check_password(PASSWORD)


@pytest.mark.django_db
def test_a_wrong_password_leaves_it():
    person = create_user(actor=SYSTEM, name="Ada Example", email="ada@example.org", password_hash=HASHES["bcrypt"])
    before = person.password

    refused = authenticate(RequestFactory().post("/"), email="ada@example.org", password="wrong")
    person.refresh_from_db()

    assert (refused, person.password) == (None, before)


@pytest.mark.django_db
def test_what_cannot_be_taken_over_is_said_and_nobody_is_made():
    with pytest.raises(Invalid) as refused:
        create_user(actor=SYSTEM, name="Ada Example", email="ada@example.org", password_hash="sha1$x$y")

    assert (refused.value.code, list(refused.value.fields)) == ("password_hash_unknown", ["password_hash"])
    assert not User.objects.filter(email="ada@example.org").exists()


@pytest.mark.samples
def test_people_of_a_flask_site_keep_their_passwords():
    folder = settings.SAMPLES_DIR / "legacy" / "flask-mongo-export"
    people = [json.loads(line) for line in (folder / "users.jsonl").read_text().splitlines()]
    expected = json.loads((folder / "expected-logins.json").read_text())

    verdicts = {}
    for person in people:
        email = person["email"].strip().lower()
        stored = adopt(person.get("password") or "")
        verdicts[email] = bool(stored and check_password(expected[email]["plain"] or "", stored))

    assert verdicts == {email: row["method"] not in {"sha1legacy", "null", "google"} for email, row in expected.items()}


@pytest.mark.samples
def test_bcrypt_hashes_of_node_are_taken_over():
    lines = (settings.SAMPLES_DIR / "legacy" / "mflix-users-bcrypt.jsonl").read_text().splitlines()

    kept = [json.loads(line)["password"] for line in lines]
    taken = [one for one in kept if adopt(one)]

    assert {one for one in kept if one not in taken} == {"somehashedpw", "foobar"}
    assert {identify_hasher(adopt(one)).algorithm for one in taken} == {"bcrypt"}
