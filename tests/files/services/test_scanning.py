"""Malware is refused, with a scanner and without one; nothing is kept that was not looked at."""

import io
import zipfile

import pytest
from django.core.exceptions import ImproperlyConfigured
from django_tasks_db.models import DBTaskResult

from core.errors import Invalid, ProviderError
from core.models import EventLog
from core.worker import Worker
from files.health import virus_scanner
from files.models import StoredFile, Upload
from files.scanners.base import TEST_VIRUS
from files.services import store_file, store_files
from lms.settings.env import env_clamd
from notifications.models import Notification
from tests.files.clamd import VIRUS, Clamd, running
from tests.files.services.test_uploads import PNG, begun, ended, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clamd(settings):
    with running() as server:
        settings.CLAMD = server.address
        settings.FILE_SCANNER = "files.scanners.clamav.ClamAV"
        yield server


def infected_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", VIRUS)
    return target.getvalue()


def refused(people, content: bytes = TEST_VIRUS, name: str = "a.txt") -> str:
    with pytest.raises(Invalid) as refusal:
        store_file(actor=people.owner, content=content, name=name)
    assert StoredFile.objects.count() == 0
    return refusal.value.code


class TestWithout:
    def test_the_test_file_is_refused_and_administrators_hear_of_it(self, people):
        assert refused(people) == "file_infected"
        fact = EventLog.objects.get(name="files.InfectedFileRefused")
        assert (fact.actor_id, fact.body["found"]) == (people.owner.pk, "EICAR test file")
        told = Notification.objects.get(kind="infected_file")
        assert (told.user, told.data) == (people.admin, {"found": "EICAR test file"})

    def test_files_say_that_nobody_looked_at_them(self, people):
        assert store_file(actor=people.owner, content=PNG, name="a.png").scan_state == "not_scanned"

    def test_an_upload_says_why(self, people):
        upload = begun(people.owner, TEST_VIRUS, "a.txt")
        send(upload, TEST_VIRUS)
        assert ended(upload) == ("refused", "file_infected")

    def test_one_among_many_is_refused_alone(self, people, tmp_path):
        (tmp_path / "a.txt").write_bytes(TEST_VIRUS)
        (tmp_path / "b.txt").write_bytes(b"Notes")
        stored = store_files(actor=people.owner, sources={name: tmp_path / name for name in ("a.txt", "b.txt")})
        assert (list(stored.rows), stored.refused["a.txt"].code) == (["b.txt"], "file_infected")


class TestWith:
    def test_what_is_found_is_refused(self, people, clamd):
        assert refused(people, infected_zip(), "a.zip") == "file_infected"
        assert EventLog.objects.get(name="files.InfectedFileRefused").body["found"] == "Test.Virus"

    def test_the_test_file_is_refused_whatever_it_knows(self, people, clamd):
        assert refused(people) == "file_infected"

    def test_what_is_clean_says_so(self, people, clamd: Clamd):
        file = store_file(actor=people.owner, content=PNG, name="a.png")
        assert (file.scan_state, clamd.seen) == ("clean", [PNG])

    def test_what_was_kept_before_is_clean_once_it_was_seen(self, people, clamd, settings):
        settings.FILE_SCANNER = "files.scanners.none.NoScanner"
        before = store_file(actor=people.owner, content=PNG, name="a.png")
        settings.FILE_SCANNER = "files.scanners.clamav.ClamAV"
        after = store_file(actor=people.owner, content=PNG, name="a.png")
        assert (before.scan_state, after.pk, after.scan_state) == ("not_scanned", before.pk, "clean")

    @pytest.mark.parametrize("trouble", ["away", "too large", "nonsense"])
    def test_what_cannot_be_looked_at_is_not_kept(self, people, clamd: Clamd, settings, trouble):
        if trouble == "away":
            settings.CLAMD = "unix:/nowhere/clamd.ctl"
        clamd.most = 10 if trouble == "too large" else clamd.most
        if trouble == "nonsense":
            clamd.RequestHandlerClass = type("Silent", (clamd.RequestHandlerClass,), {"handle": lambda self: None})
        with pytest.raises(ProviderError):
            store_file(actor=people.owner, content=PNG, name="a.png")
        assert StoredFile.objects.count() == 0

    def test_an_upload_waits_for_the_scanner(self, people, clamd: Clamd, settings):
        settings.JOBS_EAGER = False
        address, settings.CLAMD = settings.CLAMD, "unix:/nowhere/clamd.ctl"
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        Worker(name="test").drain()
        assert ended(upload) == ("checking", "")
        settings.CLAMD = address
        DBTaskResult.objects.update(run_after="2020-01-01T00:00:00Z")
        Worker(name="test").drain()
        assert (ended(upload), Upload.objects.get().file.scan_state) == (("done", ""), "clean")

    def test_an_upload_does_not_wait_for_ever(self, people, clamd, settings):
        settings.JOBS_EAGER = False
        settings.CLAMD = "unix:/nowhere/clamd.ctl"
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        for _again in range(9):
            DBTaskResult.objects.filter(status="READY").update(run_after="2020-01-01T00:00:00Z")
            Worker(name="test").drain()
        assert ended(upload) == ("refused", "upload_not_checked")

    def test_health(self, clamd, settings):
        assert virus_scanner().ok
        settings.CLAMD = "tcp://127.0.0.1:1"
        assert (virus_scanner().ok, virus_scanner().blocks) == (False, False)


@pytest.mark.parametrize("text", ["clamd", "unix:clamd.ctl", "tcp://host", "tcp://host:x", "http://host:1"])
def test_a_place_that_is_none_stops_the_start(monkeypatch, text):
    monkeypatch.setenv("CLAMD", text)
    with pytest.raises(ImproperlyConfigured, match="CLAMD is no place"):
        env_clamd("CLAMD")
