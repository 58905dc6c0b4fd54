"""Run inside a site of its own: fills it with people, a course, files and somebody who is signed in."""

import hashlib
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client

from core.models import EventArchive
from files.models import Usage
from files.services.store import store_file
from privacy.services.exports import ask_export
from tests.conftest import make_people, make_taught
from tests.factories.accounts import PASSWORD

MARKER = "Quibblefrost-Marker"
EMAIL = "student@example.org"
CAPTIONS = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{MARKER} in a file\n"


def seed() -> dict[str, str]:
    """Returns the key of a session."""
    people = make_people()
    taught = make_taught(people)
    student = people.student
    student.bio = f"{MARKER} in a row"
    student.save()
    EmailAddress.objects.create(user=student, email=student.email, primary=True, verified=True)
    file = store_file(actor=people.owner, content=CAPTIONS.encode(), name="captions.vtt")
    Usage.objects.create(file=file, owner_kind="block", owner_id=taught.block.pk)
    ask_export(actor=student, user=student)
    _archive_events(b"old entries of the event log")
    client = Client(SERVER_NAME="localhost")
    client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    assert client.get("/profile/").status_code == 200
    return {"session": client.cookies[settings.SESSION_COOKIE_NAME].value}


def _archive_events(content: bytes) -> None:
    folder = Path(settings.AUDIT_ARCHIVE_DIR)
    folder.mkdir(parents=True)
    name = "events-1-9.jsonl.gz"
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    EventArchive.objects.create(number=0, digest="0" * 64, events=9, file_name=name, sha256=digest)
