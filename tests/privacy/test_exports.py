import io
import json
import zipfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog, OutgoingMail
from core.slots import RETENTION
from privacy import storage
from privacy.models import PersonalExport
from privacy.selectors import exported_tables
from privacy.services.exports import MOST_STARTS, ask_export, open_export, run_export, write_archive
from privacy.storage import path_of
from tests.privacy.conftest import NAME

pytestmark = pytest.mark.django_db


@pytest.fixture
def lazy(settings):
    """No worker takes up what is queued."""
    settings.JOBS_EAGER = False


def opened(export, actor):
    with open_export(actor=actor, export=PersonalExport.objects.get(pk=export.pk)) as handle:
        return zipfile.ZipFile(io.BytesIO(handle.read()))


def rows(archive, area):
    return json.loads(archive.read(f"data/{area}.json"))


def made(person, actor=None, reason=""):
    return run_export(export=ask_export(actor=actor or person, user=person, reason=reason))


def test_the_archive_has_everything_of_the_person_and_nothing_of_others(lazy, busy, people, taught):
    archive = opened(made(busy), busy)
    index = json.loads(archive.read("index.json"))
    assert (index["format"], index["person"]) == (1, str(busy.public_id))
    assert [area["file"] for area in index["areas"]] == [f"data/{table.area}.json" for table in exported_tables()]
    assert {area["file"]: area["rows"] for area in index["areas"]} == {
        name: len(json.loads(archive.read(name))) for name in archive.namelist() if name.startswith("data/")
    }
    [account] = rows(archive, "account")
    assert {name: account[name] for name in ("id", "name", "email", "bio", "phone")} == {
        "id": str(busy.public_id),
        "name": NAME,
        "email": "zyxwvut@example.org",
        "bio": f"I am {NAME}.",
        "phone": "+441632960001",
    }
    [course] = rows(archive, "courses")
    assert (course["course"], course["role"]) == ("STAT 1", "student")
    assert [answer["response"] for answer in rows(archive, "answers")] == [{"answer": f"{NAME} wrote this"}]
    assert [vote["option"] for vote in rows(archive, "votes")] == ["well"]
    [file] = index["files"]
    assert archive.read(file["file"])[:4] == b"RIFF"
    assert "second@example.org" not in b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")


def test_who_asks_again_while_one_is_made_gets_that_one(lazy, busy):
    first = ask_export(actor=busy, user=busy)
    assert ask_export(actor=busy, user=busy) == first
    run_export(export=first)
    assert ask_export(actor=busy, user=busy) != first


def test_an_administrator_gives_a_reason_and_fetches_it_alone(lazy, busy, people):
    with pytest.raises(Invalid):
        ask_export(actor=people.admin, user=busy)
    export = made(busy, people.admin, "Asked by letter")
    assert (export.reason, export.state) == ("Asked by letter", "done")
    other_admin = User.objects.create_user("other@example.org", role="admin", name="Other")
    with pytest.raises(NotAllowed):
        open_export(actor=other_admin, export=export)
    assert opened(export, people.admin).testzip() is None
    assert opened(export, busy).testzip() is None
    facts = EventLog.objects.filter(name="privacy.PersonalExportFetched").order_by("pk")
    body = {"user_id": busy.pk, "export_id": export.pk}
    assert list(facts.values_list("actor_id", "body")) == [(people.admin.pk, body), (busy.pk, body)]


@pytest.mark.parametrize("name", ["owner", "teacher", "student", "outsider"])
def test_nobody_else_asks_for_it(lazy, people, name):
    with pytest.raises(NotAllowed):
        ask_export(actor=getattr(people, name), user=people.other_student, reason="I want it")


def test_rights_are_asked_again_when_it_is_made(lazy, busy, people):
    export = ask_export(actor=people.admin, user=busy, reason="Asked by letter")
    User.objects.filter(pk=people.admin.pk).update(role="student")
    assert run_export(export=export).state == "failed"
    assert not path_of(export).exists()


def test_it_is_told_by_mail_and_goes_after_its_days(lazy, busy):
    export = made(busy)
    mail = OutgoingMail.objects.get(recipients=["zyxwvut@example.org"])
    assert "/profile/data/" in mail.text
    assert path_of(export).stat().st_mode & 0o777 == 0o600
    later = timezone.now() + timedelta(days=8)
    PersonalExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Conflict) as error:
        open_export(actor=busy, export=PersonalExport.objects.get())
    assert error.value.code == "export_gone"
    kind = RETENTION["personal_exports"]
    assert (kind.count(later), kind.run(later)) == (1, 1)
    assert (PersonalExport.objects.count(), path_of(export).exists()) == (0, False)


def test_trouble_with_the_database_is_tried_again_and_ends(lazy, busy, monkeypatch):
    def broken(*_args):
        raise OperationalError

    export = ask_export(actor=busy, user=busy)
    monkeypatch.setattr("privacy.services.exports.write_archive", broken)
    for _ in range(MOST_STARTS):
        with pytest.raises(OperationalError):
            run_export(export=export)
    assert run_export(export=export).state == "failed"


def test_pages_ask_fetch_and_refuse(client, busy, people):
    client.force_login(busy)
    assert client.post("/profile/data/export/")["Location"] == "/profile/data/"
    export = run_export(export=PersonalExport.objects.get())
    page = client.get("/profile/data/").content.decode()
    assert f"/profile/data/exports/{export.public_id}/" in page
    answer = client.get(f"/profile/data/exports/{export.public_id}/")
    content = b"".join(answer.streaming_content)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("private, no-store", "application/zip")
    session = client.session
    session["proved_at"] = 0
    session.save()
    assert "/accounts/reauthenticate/" in client.get(f"/profile/data/exports/{export.public_id}/")["Location"]
    client.force_login(people.admin)
    assert client.get(f"/profile/data/exports/{export.public_id}/").status_code == 403
    client.force_login(people.other_student)
    assert client.get(f"/profile/data/exports/{export.public_id}/").status_code == 404


def test_memory_does_not_grow_with_the_rows(lazy, busy, taught):
    import tracemalloc  # noqa: PLC0415 -- read once

    def peak():
        tracemalloc.start()
        made(busy)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak()
    few = peak()
    EventLog.objects.bulk_create(
        [EventLog(name="courses.X", person_id=busy.pk, body={"words": "x" * 500}) for _ in range(8000)]
    )
    assert peak() < few + 3_000_000


def test_no_plain_copy_lies_on_disk(lazy, busy, settings):
    """Neither in the archive, nor in a part of one that broke off."""
    # The names in an archive are not packed.
    marker = b"data/account.json"
    export = made(busy)
    assert marker in open_export(actor=busy, export=PersonalExport.objects.get()).read()
    with suppress(ZeroDivisionError), storage.writing(export) as target:
        write_archive(busy, target)
        assert target.size > 1000
        raise ZeroDivisionError
    found = [
        path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file() and path.suffix in (".zip", ".part")
    ]
    assert sorted(path.suffix for path in found) == [".part", ".zip"]
    assert [path for path in found if marker in path.read_bytes()] == []


def test_an_archive_that_was_changed_is_not_given_out(lazy, busy, caplog):
    export = made(busy)
    path_of(export).write_bytes(path_of(export).read_bytes()[:5])
    with pytest.raises(Conflict) as refused:
        open_export(actor=busy, export=PersonalExport.objects.get())
    assert (refused.value.code, "changed in storage" in caplog.text) == ("export_gone", True)


def test_archives_from_before_encryption_open(lazy, busy):
    export = made(busy)
    whole = open_export(actor=busy, export=PersonalExport.objects.get()).read()
    path_of(export).write_bytes(whole)
    PersonalExport.objects.update(key_name="", wrapped_key=b"")
    assert opened(export, busy).testzip() is None
