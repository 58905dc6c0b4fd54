"""Uploads in parts of what will be sealed: all that holds for others, and what arrives is sealed from its first byte."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from core.errors import ProviderError
from core.slots import UPLOAD_PURPOSES, UploadPurpose
from files import incoming
from files.models import StoredFile, Upload
from files.services.sealing import key_of
from files.services.sent import take_upload, token_of
from files.services.upload_checks import check_upload
from files.services.uploads import arrived, start_upload
from tests.factories.files import bytes_of
from tests.files.services import test_uploads as plain
from tests.files.services.test_uploads import begun, ended, refusal, send, zipped

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _media_of_lessons_are_sealed(settings, tmp_path, monkeypatch):
    settings.FILE_KEYS = ""
    settings.FILE_KEYS_FILE = str(tmp_path / "file-keys")
    monkeypatch.setattr(UPLOAD_PURPOSES, "_entries", dict(UPLOAD_PURPOSES._entries))
    monkeypatch.delitem(UPLOAD_PURPOSES._entries, "lesson_media")
    UPLOAD_PURPOSES.register("lesson_media", UploadPurpose(sensitive=True))


class TestReceiving(plain.TestReceiving):
    """The same, sealed."""

    def test_a_full_disk_leaves_nothing_and_the_next_try_works(self, people, monkeypatch):
        content = zipped(300_000)
        upload = begun(people.owner, content)
        send(upload, content[:10])
        for call in ("os.pwrite", "os.fsync"):
            for nth in range(3):
                real, calls = getattr(os, call.removeprefix("os.")), iter(range(100))

                def full(*args, calls=calls, nth=nth, real=real):
                    if next(calls) == nth:
                        raise OSError(28, "full")
                    return real(*args)

                if (call, nth) == ("os.fsync", 2):
                    continue
                with monkeypatch.context() as patch:
                    patch.setattr(call, full)
                    assert refusal(send, upload, content[10:], 10) == (507, "disk_full")
                assert arrived(Upload.objects.get()) == 10
        send(upload, content[10:], 10)
        file = take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)
        assert (file.is_sealed, bytes_of(file)) == (True, content)


def test_what_was_acknowledged_is_there_after_a_kill(people, settings, tmp_path):
    content = zipped(3_000_000)
    upload = begun(people.owner, content)
    program = (
        "import io, os, sys\n"
        "from pathlib import Path\n"
        "from uuid import UUID\n"
        "from django.conf import settings\n"
        f"settings.configure(MEDIA_ROOT={str(settings.MEDIA_ROOT)!r})\n"
        "from files import incoming\n"
        "class Dying(io.BytesIO):\n"
        "    def read(self, size=-1):\n"
        "        if self.tell() > 700_000: os.kill(os.getpid(), 9)\n"
        "        return super().read(size)\n"
        "content = Path(sys.argv[1]).read_bytes()\n"
        f"key = bytes.fromhex({key_of(upload).hex()!r})\n"
        f"with incoming.writing(UUID({str(upload.public_id)!r}), key) as growing:\n"
        "    growing.append(io.BytesIO(content[:1_000_001]), most=len(content))\n"
        "    growing.append(Dying(content[1_000_001:]), most=len(content))\n"
    )
    source = tmp_path / "source"
    source.write_bytes(content)
    died = subprocess.run([sys.executable, "-c", program, str(source)], check=False)
    assert (died.returncode, arrived(upload)) == (-9, 1_000_001)
    send(upload, content[1_000_001:], 1_000_001)
    file = take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)
    assert (file.is_sealed, bytes_of(file)) == (True, content)


def test_the_key_is_wrapped_anew_while_parts_arrive(people):
    content = zipped()
    upload = begun(people.owner, content)
    send(upload, content[:50_000])
    call_command("rotate_file_keys")
    call_command("rotate_file_keys", "--go-on", "--forget")
    assert Upload.objects.get().key_name == "k2"
    send(upload, content[50_000:], 50_000)
    assert bytes_of(take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)) == content


def test_without_its_key_nothing_is_received_and_nothing_is_lost(people, settings):
    content = zipped()
    upload = begun(people.owner, content)
    send(upload, content[:50_000])
    keys = Path(settings.FILE_KEYS_FILE)
    known = keys.read_text()
    keys.write_text("k1:" + "A" * 43 + "\n")
    with pytest.raises(ProviderError):
        send(upload, content[50_000:], 50_000)
    keys.write_text(known)
    send(upload, content[50_000:], 50_000)
    assert ended(upload) == ("done", "")


def test_what_was_changed_on_disk_is_refused(people, settings):
    settings.JOBS_EAGER = False
    content = zipped(300_000)
    upload = begun(people.owner, content)
    send(upload, content)
    path = incoming.path_of(upload.public_id)
    stored = bytearray(path.read_bytes())
    stored[-1000] ^= 1
    path.write_bytes(stored)
    check_upload(upload_id=upload.pk)
    assert (ended(upload), path.exists(), StoredFile.objects.count()) == (("refused", "upload_changed"), False, 0)


def test_captions_are_stored_sealed(people):
    content = b"1\n00:00:01,000 --> 00:00:02,000\nWords\n"
    upload = begun(people.owner, content, "a.srt")
    send(upload, content)
    file = take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)
    assert (file.name, file.is_sealed, b"Words" in bytes_of(file)) == ("a.vtt", True, True)


def test_the_list_of_uploads_tells_how_far_it_is(people, client):
    content = random.Random(1).randbytes(200_000)
    upload = begun(people.owner, content)
    client.force_login(people.owner)
    for size, offset in ((0, 0), (70_000, 0), (1, 70_000)):
        if size:
            send(upload, content[offset : offset + size], offset)
        assert client.get("/api/v1/uploads/").json()["results"][0]["offset"] == offset + size


def test_without_a_key_service_no_upload_begins(people, settings):
    Path(settings.FILE_KEYS_FILE).write_text("no key")
    with pytest.raises(ValueError, match="each key"):
        start_upload(actor=people.owner, purpose="lesson_media", name="a.zip", size=10)
    assert Upload.objects.count() == 0
