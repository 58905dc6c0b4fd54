"""What is sensitive: sealed wherever it lies, read as any other, and never as something else than what was stored."""

import io
import json
import random
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from core.asgi import PooledHandler
from core.errors import Invalid, ProviderError
from core.slots import FILE_ACCESS, UPLOAD_PURPOSES, UploadPurpose
from core.worker import Worker
from files.health import seals_of_files
from files.models import StoredFile, Usage
from files.scanners.base import TEST_VIRUS
from files.sealing.stream import PIECE, Tampered
from files.services import forget_new_files, store_file, store_made
from files.services.reading import cues_of
from files.services.sent import store_sent, take_upload, token_of
from files.services.uploads import start_upload
from files.zipping import Member, MemberLost
from privacy.models import PersonalExport
from privacy.services.exports import open_export, run_export
from tests.asgi import ask
from tests.factories import UserFactory
from tests.factories.files import bytes_of, png
from tests.files.services.test_store import bytes_on_disk
from tests.files.services.test_uploads import send
from tests.files.shelf import register_shelf
from tests.files.test_serve import daphne, request, warm_up
from tests.loops import run
from tests.privacy.test_exports import ask_export

MARKER = b"The marker that nobody may read."


@pytest.fixture(autouse=True)
def _own_keys_and_shelf(settings, tmp_path, monkeypatch):
    settings.FILE_KEYS = ""
    settings.FILE_KEYS_FILE = str(tmp_path / "file-keys")
    monkeypatch.setattr(FILE_ACCESS, "_entries", dict(FILE_ACCESS._entries))
    register_shelf()


@lru_cache
def archive(pieces: int = 4, marker: bytes = MARKER, seed: int = 1) -> bytes:
    """A ZIP of some pieces whose content stands in it as it is."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(zipfile.ZipInfo("a.bin"), marker + random.Random(seed).randbytes(PIECE * pieces - PIECE // 2))
    return target.getvalue()


def sealed(content: bytes | None = None, name: str = "a.zip", **more) -> StoredFile:
    file = store_file(
        actor=more.pop("actor", None) or UserFactory(), content=content or archive(), name=name, sensitive=True
    )
    Usage.objects.get_or_create(file=file, owner_kind="shelf", owner_id=1)
    return file


def holding(media: Path, marker: bytes = MARKER) -> list[Path]:
    return [path for path in bytes_on_disk(media) if marker in path.read_bytes()]


def change(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.django_db
class TestStoring:
    def test_content_is_what_it_was_and_lies_nowhere_in_plain(self, media):
        content = archive()
        file = sealed(content)
        assert (file.is_sealed, file.size, file.media_type) == (True, len(content), "application/zip")
        assert bytes_of(StoredFile.objects.get(pk=file.pk)) == content
        assert (bytes_on_disk(media), holding(media)) == ([media / file.storage_key], [])
        plain = store_file(actor=file.uploaded_by, content=content, name="a.zip")
        assert (plain.sha256, holding(media)) == (file.sha256, [media / plain.storage_key])

    def test_at_no_moment_on_the_way_either(self, media, monkeypatch):
        """Looked at when the file is checked, and when it is scanned, whatever becomes of it."""
        seen = []

        def looked(content, name):
            assert MARKER in content.read()
            seen.append((len(bytes_on_disk(media)), holding(media)))

        monkeypatch.setattr("files.services.store.validate_content", looked)
        sealed()
        assert seen == [(1, [])]

    def test_what_is_made_here_is_sealed_as_well(self, media):
        made = (archive()[at : at + 7] for at in range(0, len(archive()), 7))
        file = store_made(pieces=made, name="made.zip", media_type="application/zip", sensitive=True)
        assert (bytes_of(file), holding(media)) == (archive(), [])

    def test_what_cannot_be_made_leaves_nothing(self, media):
        def broken():
            yield b"PK"
            raise MemberLost(Member("a.png", timezone.now()))

        with pytest.raises(MemberLost):
            store_made(pieces=broken(), name="made.zip", media_type="application/zip")
        assert (bytes_on_disk(media), StoredFile.objects.count()) == ([], 0)

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [("a.png", b"<html>", "file_type_mismatch"), ("a.zip", b"PK\3\4", "file_damaged"), ("a.txt", TEST_VIRUS, "")],
    )
    def test_it_is_judged_by_its_content_and_leaves_nothing_when_refused(self, media, name, content, code):
        with pytest.raises(Invalid) as refused:
            sealed(content, name)
        assert refused.value.code == (code or "file_infected")
        assert (bytes_on_disk(media), StoredFile.objects.count()) == ([], 0)

    def test_captions_are_sealed_in_their_new_form(self, media):
        file = sealed(b"1\n00:00:01,000 --> 00:00:02,000\n" + MARKER + b"\n", "a.srt")
        assert (file.name, [cue.text for cue in cues_of(file)]) == ("a.vtt", [MARKER.decode()])
        assert holding(media) == []

    def test_without_a_key_nothing_is_stored(self, media, settings):
        Path(settings.FILE_KEYS_FILE).write_text("no key")
        with pytest.raises(ValueError, match="each key"):
            sealed()
        assert (bytes_on_disk(media), StoredFile.objects.count()) == ([], 0)


@pytest.mark.django_db
class TestSharing:
    def test_names_of_one_person_share_bytes_each_with_a_key_that_opens_them(self, media):
        person = UserFactory()
        one, two = sealed(name="a.zip", actor=person), sealed(name="b.zip", actor=person)
        assert (one.pk != two.pk, one.storage_key) == (True, two.storage_key)
        Usage.objects.all().delete()
        forget_new_files([one])
        assert (StoredFile.objects.get(), bytes_of(two)) == (two, archive())
        forget_new_files([two])
        assert bytes_on_disk(media) == []

    def test_the_same_again_is_the_same_row(self, media):
        person = UserFactory()
        assert sealed(actor=person) == sealed(actor=person)
        assert len(bytes_on_disk(media)) == 1

    def test_people_share_neither_bytes_nor_keys(self, media):
        one, two = sealed(), sealed()
        assert one.sha256 == two.sha256
        assert one.storage_key != two.storage_key
        assert (media / one.storage_key).read_bytes()[PIECE:] != (media / two.storage_key).read_bytes()[PIECE:]

    def test_sealed_and_plain_are_two_files(self, media):
        person = UserFactory()
        plain = store_file(actor=person, content=archive(), name="a.zip")
        file = sealed(actor=person)
        assert (plain.pk != file.pk, plain.storage_key != file.storage_key) == (True, True)
        assert store_file(actor=person, content=archive(), name="a.zip") == plain

    @pytest.mark.parametrize("name", ["a.zip", "b.zip"])
    def test_bytes_whose_key_is_gone_are_stored_anew(self, settings, name):
        person = UserFactory()
        lost = sealed(actor=person)
        Path(settings.FILE_KEYS_FILE).unlink()
        with pytest.raises(ProviderError):
            bytes_of(lost)
        again = sealed(actor=person, name=name)
        assert bytes_of(StoredFile.objects.get(pk=again.pk)) == archive()
        assert (again == lost) == (name == "a.zip")

    def test_another_master_key_opens_all_of_them(self, people, settings):
        person = UserFactory()
        files = [sealed(name="a.zip", actor=person), sealed(name="b.zip", actor=person), sealed(png(), "c.png")]
        wrapped = {row.pk: bytes(row.wrapped_key) for row in StoredFile.objects.all()}
        call_command("rotate_file_keys")
        call_command("rotate_file_keys", "--go-on", "--forget")
        rows = {row.pk: row for row in StoredFile.objects.all()}
        assert {row.key_name for row in rows.values()} == {"k2"}
        assert all(bytes(row.wrapped_key) != wrapped[row.pk] for row in rows.values())
        assert [bytes_of(rows[file.pk]) for file in files] == [archive(), archive(), png()]
        assert "k1:" not in Path(settings.FILE_KEYS_FILE).read_text()


@pytest.mark.django_db(transaction=True)
class TestUploads:
    def test_uploads_for_something_sensitive_end_sealed(self, media, people, monkeypatch):
        monkeypatch.setattr(UPLOAD_PURPOSES, "_entries", dict(UPLOAD_PURPOSES._entries))
        UPLOAD_PURPOSES.register("secret", UploadPurpose(sensitive=True))
        content = archive()
        upload = start_upload(actor=people.student, purpose="secret", name="a.zip", size=len(content))
        send(upload, content)
        Worker(name="one").drain()
        file = take_upload(actor=people.student, token=token_of(upload), purpose="secret")
        assert (file.is_sealed, bytes_of(file), holding(media)) == (True, content, [])

    def test_files_of_forms_are_sealed_where_what_they_are_for_says_so(self, media, people, monkeypatch):
        monkeypatch.setattr(UPLOAD_PURPOSES, "_entries", dict(UPLOAD_PURPOSES._entries))
        UPLOAD_PURPOSES.register("secret", UploadPurpose(sensitive=True))
        content = io.BytesIO(archive())
        content.name, content.size = "a.zip", len(archive())
        assert store_sent(actor=people.student, sent=content, purpose="secret").is_sealed
        assert holding(media) == []


SIZE = len(archive())
RANGES = [(0, 6), (PIECE - 3, PIECE + 2), (PIECE * 2 + 5, PIECE * 3 + 700), (SIZE - 9, SIZE - 1), (0, SIZE - 1)]


@pytest.mark.django_db
class TestServing:
    def test_all_of_it_with_the_headers_of_any_file(self, client):
        file = sealed()
        answer = client.get(file.get_absolute_url())
        assert b"".join(answer.streaming_content) == archive()
        assert (answer["Content-Length"], answer["ETag"]) == (str(SIZE), f'"{file.sha256}"')
        assert client.head(file.get_absolute_url())["Content-Length"] == str(SIZE)

    @pytest.mark.parametrize(("start", "end"), RANGES)
    def test_any_range(self, client, start, end):
        answer = client.get(sealed().get_absolute_url(), headers={"Range": f"bytes={start}-{end}"})
        assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {start}-{end}/{SIZE}")
        assert b"".join(answer.streaming_content) == archive()[start : end + 1]

    def test_the_proxy_is_not_asked_to_serve_what_it_cannot_open(self, client, settings):
        settings.FILES_ACCEL_PREFIX = "/protected/"
        answer = client.get(sealed().get_absolute_url())
        assert ("X-Accel-Redirect" in answer, b"".join(answer.streaming_content)) == (False, archive())

    def refused(self, client, file, **headers) -> bool:
        answer = client.get(file.get_absolute_url(), headers=headers)
        return (answer.status_code, answer.streaming, b"changed or damaged in storage" in answer.content) == (
            500,
            False,
            True,
        )

    @pytest.mark.parametrize("at", [0, 9, 20, PIECE], ids=["mark", "header", "first", "end of first"])
    def test_a_changed_beginning_is_never_sent(self, client, media, caplog, at):
        file = sealed()
        change(media / file.storage_key, at)
        assert self.refused(client, file)
        assert "seal of a file is broken" in caplog.text
        assert seals_of_files().detail == "The seal of 1 file is broken."
        assert not seals_of_files().ok

    @pytest.mark.parametrize("cut", [1, PIECE + 16, PIECE * 2, SIZE])
    def test_what_was_cut_is_seen_before_anything_is_sent(self, client, media, cut):
        file = sealed()
        path = media / file.storage_key
        path.write_bytes(path.read_bytes()[:-cut])
        assert self.refused(client, file)

    def test_two_files_that_changed_places_are_both_refused(self, client, media):
        one, two = sealed(), sealed(archive(seed=2))
        assert (one.size, one.sha256 != two.sha256) == (two.size, True)
        first, second = media / one.storage_key, media / two.storage_key
        (media / "aside").write_bytes(first.read_bytes())
        first.write_bytes(second.read_bytes())
        (media / "aside").rename(second)
        assert [self.refused(client, file) for file in (one, two)] == [True, True]
        assert seals_of_files().detail == "The seals of 2 files are broken."

    def test_a_range_in_a_sound_piece_is_served_and_one_in_a_changed_piece_is_not(self, client, media):
        file = sealed()
        change(media / file.storage_key, PIECE * 2 + 100)
        answer = client.get(file.get_absolute_url(), headers={"Range": "bytes=0-99"})
        assert (answer.status_code, b"".join(answer.streaming_content)) == (206, archive()[:100])
        assert self.refused(client, file, Range=f"bytes={PIECE * 2}-")

    def test_in_the_middle_the_answer_breaks_off(self, client, media):
        file = sealed()
        change(media / file.storage_key, PIECE * 2 + 100)
        answer = client.get(file.get_absolute_url())
        pieces = iter(answer.streaming_content)
        got = []
        with pytest.raises(Tampered):
            got.extend(pieces)
        assert archive().startswith(b"".join(got))
        assert not seals_of_files().ok

    def test_stored_once_more_it_is_sound_again(self, client, media):
        file = sealed()
        change(media / file.storage_key, 20)
        assert self.refused(client, file)
        assert sealed(actor=file.uploaded_by) == file
        assert (seals_of_files().ok, bytes_of(StoredFile.objects.get())) == (True, archive())

    def test_changed_captions_say_nothing(self, media):
        file = sealed(b"WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n", "a.vtt")
        change(media / file.storage_key, 30)
        assert (cues_of(file), seals_of_files().ok) == ([], False)

    def test_an_export_of_personal_data_names_what_was_changed(self, people, media, settings):
        settings.JOBS_EAGER = False
        file = sealed(actor=people.student)
        change(media / file.storage_key, PIECE * 2)
        export = run_export(export=ask_export(actor=people.student, user=people.student))
        assert export.state == "done"
        with open_export(actor=people.student, export=PersonalExport.objects.get()) as content:
            listed = json.loads(zipfile.ZipFile(content).read("index.json"))["files"]
        assert [entry.get("broken") for entry in listed] == [True]


@pytest.mark.django_db(transaction=True)
class TestServingWithoutWaiting:
    def test_ranges_pass_in_bounded_pieces(self):
        file = sealed()
        answer = run(ask(PooledHandler(), file.get_absolute_url(), headers={"Range": f"bytes=70000-{SIZE - 2}"}))
        assert (answer.status, answer.body) == (206, archive()[70000 : SIZE - 1])

    def test_the_connection_breaks_where_the_seal_does(self, tmp_path, media):
        file = sealed(archive(12))
        change(media / file.storage_key, PIECE * 10)
        with daphne(tmp_path) as (port, _pid):
            warm_up(port, sealed(png(), "a.png").get_absolute_url())
            with request(port, file.get_absolute_url()) as line:
                got = b""
                while piece := line.recv(65536):
                    got += piece
        head, _end, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert f"content-length: {file.size}".encode() in head.lower()
        assert PIECE < len(body) < file.size
        assert archive(12).startswith(body)
        assert StoredFile.objects.get(pk=file.pk).broken_at is not None
