"""The same of files on a disk and in a bucket, the latter over a real line."""

import hashlib
import io
import json
import os
import random
import socket
import subprocess
import sys
import zipfile

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured

from core.errors import ProviderError
from core.slots import FILE_ACCESS
from files import storage
from files.health import place_of_files
from files.models import StoredFile, Usage
from files.sealing.stream import PIECE
from files.services import forget_new_files, opened, store_file
from files.services.reading import cues_of
from files.services.store import remove_unused_files
from files.serving import POLICY, is_fetched
from files.storage import StorageDown
from files.storage import bucket as buckets
from lms.settings.buckets import bucket_origin
from lms.settings.env import env_bucket, env_origin, env_region
from tests.factories import UserFactory
from tests.factories.files import bytes_of, png, stored
from tests.files.bucket import close, silent, use_bucket
from tests.files.services.test_sealed_files import MARKER, archive
from tests.files.shelf import register_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys_and_shelf(settings, tmp_path, monkeypatch):
    settings.FILE_KEYS = ""
    settings.FILE_KEYS_FILE = str(tmp_path / "file-keys")
    monkeypatch.setattr(FILE_ACCESS, "_entries", dict(FILE_ACCESS._entries))
    register_shelf()


def on_shelf(content: bytes, name: str, **more) -> StoredFile:
    file = store_file(actor=UserFactory(), content=content, name=name, **more)
    Usage.objects.create(file=file, owner_kind="shelf", owner_id=1)
    return file


class TestBoth:
    def test_what_is_stored_lies_there_and_is_read(self, place):
        file = stored()
        assert place.all() == {file.storage_key: png()}
        assert bytes_of(file) == png()

    def test_it_is_read_from_any_place_on(self, place):
        content = archive(40)
        file = stored(content, "a.zip")
        dice = random.Random(7)
        with opened(file) as handle:
            for _ in range(30):
                start, length = dice.randrange(len(content)), dice.choice([1, 100, PIECE, 3_000_000])
                assert handle.seek(start) == start
                assert handle.read(length) == content[start : start + length]
            assert handle.seek(-10, io.SEEK_END) == len(content) - 10
            assert (handle.read(), handle.read()) == (content[-10:], b"")
            handle.seek(0)
            assert hashlib.file_digest(handle, "sha256").hexdigest() == file.sha256
            assert zipfile.ZipFile(handle).namelist() == ["a.bin"]

    def test_what_is_sensitive_lies_there_sealed(self, place):
        file = store_file(actor=UserFactory(), content=archive(), name="a.zip", sensitive=True)
        assert [MARKER in content for content in place.all().values()] == [False]
        assert bytes_of(file) == archive()
        with opened(file) as handle:
            handle.seek(PIECE * 2 + 5)
            assert handle.read(PIECE) == archive()[PIECE * 2 + 5 : PIECE * 3 + 5]

    def test_names_share_bytes_until_the_last_is_gone(self, place):
        one, two = stored(name="a.png"), stored(name="b.png")
        forget_new_files([one])
        assert place.all() == {two.storage_key: png()}
        forget_new_files([two])
        assert place.all() == {}

    def test_lost_bytes_are_not_found(self, client, place):
        file = on_shelf(png(), "a.png")
        place.drop(file.storage_key)
        with pytest.raises(FileNotFoundError):
            opened(file)
        assert client.get(file.get_absolute_url()).status_code == 404
        assert bytes_of(store_file(actor=file.uploaded_by, content=png(), name="a.png")) == png()

    def test_removed_twice_is_removed(self, place):
        file = stored()
        storage.remove(file.storage_key)
        storage.remove(file.storage_key)
        assert (storage.exists(file.storage_key), place.all()) == (False, {})

    def test_the_clean_up_takes_old_bytes_without_a_row(self, place, monkeypatch):
        old, fresh, used = storage.make_key(), storage.make_key(), stored()
        place.put(old, b"old")
        place.put(fresh, b"fresh")
        place.age(monkeypatch, old)
        remove_unused_files()
        assert place.all() == {fresh: b"fresh", used.storage_key: png()}

    def test_what_is_none_of_ours_is_left_alone(self, place, monkeypatch):
        place.put("personal/a.zip", b"kept elsewhere")
        place.age(monkeypatch, "personal/a.zip")
        assert list(storage.all_kept()) == []
        remove_unused_files()
        with pytest.raises(ValueError, match="not a storage key"):
            storage.remove("personal/a.zip")

    @pytest.mark.parametrize("name", ["a.vtt", "a.svg"])
    def test_captions_and_drawings_are_sent_by_us(self, client, place, name):
        content = {
            "a.vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n",
            "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        }
        file = on_shelf(content[name], name)
        answer = client.get(file.get_absolute_url(), headers={"Range": "bytes=2-9"})
        assert (answer.status_code, b"".join(answer.streaming_content)) == (206, content[name][2:10])
        assert answer["Content-Security-Policy"] == POLICY

    def test_what_is_sensitive_is_sent_by_us(self, client, place):
        file = on_shelf(archive(), "a.zip", sensitive=True)
        answer = client.get(file.get_absolute_url(), headers={"Range": "bytes=70000-"})
        assert (answer.status_code, b"".join(answer.streaming_content)) == (206, archive()[70000:])


class TestBucket:
    def test_a_large_file_goes_in_parts_and_none_is_left_behind(self, bucket_place, monkeypatch):
        sent = []
        client = bucket_place.bucket.client
        client.meta.events.register("before-call.s3.UploadPart", lambda **_: sent.append(1))
        content = archive(600)
        file = stored(content, "a.zip")
        assert len(sent) == 3
        assert hashlib.sha256(bucket_place.all()[file.storage_key]).hexdigest() == file.sha256
        assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket_place.bucket.name)

    def test_all_that_is_sent_has_a_checksum(self, bucket_place):
        file = stored()
        wanted = {"Bucket": bucket_place.bucket.name, "Key": file.storage_key, "ChecksumMode": "ENABLED"}
        assert bucket_place.bucket.client.head_object(**wanted)["ChecksumSHA256"]

    def test_a_part_is_read_and_not_the_whole(self, bucket_place):
        file = stored(archive(200), "a.zip")
        read = []
        bucket_place.bucket.client.meta.events.register(
            "after-call.s3.GetObject", lambda parsed, **_: read.append(parsed["ContentLength"])
        )
        with opened(file) as handle:
            assert read == []
            handle.seek(6_000_000)
            for _ in range(8):
                handle.read(PIECE)
        assert read == [buckets.BLOCK]

    def test_more_than_a_page_of_them(self, bucket_place, monkeypatch):
        keys = sorted(storage.make_key() for _ in range(7))
        for key in keys:
            bucket_place.put(key, b"x")
        paginator = bucket_place.bucket.client.get_paginator("list_objects_v2")
        monkeypatch.setattr(
            bucket_place.bucket.client,
            "get_paginator",
            lambda _name: type(
                "P", (), {"paginate": lambda _self, **k: paginator.paginate(**k, PaginationConfig={"PageSize": 3})}
            )(),
        )
        assert sorted(found.key for found in storage.all_kept()) == keys

    @pytest.mark.parametrize(
        ("name", "content", "media_type", "disposition"),
        [
            ("ü.png", png(), "image/png", "inline; filename*=utf-8''%C3%BC.png"),
            ("a.zip", archive(), "application/zip", 'attachment; filename="a.zip"'),
        ],
        ids=["picture", "download"],
    )
    def test_the_browser_is_led_to_the_bucket_for_a_minute(
        self, client, s3, bucket_place, name, content, media_type, disposition
    ):
        file = on_shelf(content, name)
        answer = client.get(file.get_absolute_url())
        assert (answer.status_code, answer["Cache-Control"], answer["Referrer-Policy"]) == (
            302,
            "private",
            "no-referrer",
        )
        assert answer["Location"].startswith(f"{s3}/{bucket_place.bucket.name}/{file.storage_key}?")
        assert "X-Amz-Expires=60&" in answer["Location"]
        assert "X-Amz-Signature=" in answer["Location"]
        there = httpx.get(answer["Location"], headers={"Range": "bytes=10-19"})
        assert (there.status_code, there.content) == (206, content[10:20])
        headers = {name: there.headers[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")}
        assert headers == {
            "Content-Type": media_type,
            "Content-Disposition": disposition,
            "Cache-Control": "private, max-age=300",
        }

    def test_who_may_not_read_it_is_led_nowhere(self, client, bucket_place):
        assert client.get(stored().get_absolute_url()).status_code == 404

    def test_what_the_browser_has_is_not_sent_again(self, client, bucket_place):
        file = on_shelf(png(), "a.png")
        answer = client.get(file.get_absolute_url(), headers={"If-None-Match": f'"{file.sha256}"'})
        assert (answer.status_code, answer.content) == (304, b"")

    @pytest.mark.parametrize(("wanted", "is_noted"), [(None, True), ("bytes=0-", True), ("bytes=5-", False)])
    def test_being_led_there_counts_as_fetching(self, rf, bucket_place, client, wanted, is_noted):
        file = on_shelf(archive(), "a.zip")
        answer = client.get(file.get_absolute_url())
        headers = {"Range": wanted} if wanted else {}
        assert is_fetched(rf.get("/", headers=headers), file, answer) == is_noted

    def test_another_version_under_the_key_is_not_mixed_in(self, bucket_place):
        file = stored(archive(40), "a.zip")
        with opened(file) as handle:
            handle.read(10)
            bucket_place.put(file.storage_key, b"x" * file.size)
            handle.seek(2_500_000)
            with pytest.raises(StorageDown):
                handle.read(10)

    def test_pages_may_load_pictures_and_films_from_there_and_nothing_else(self, tmp_path):
        ask = "from django.conf import settings as s; import json; print(json.dumps([s.CONTENT_SECURITY_POLICY, s.STORAGES['files']]))"
        given = {
            "S3_BUCKET": "files",
            "S3_ENDPOINT": "https://s3.example.org",
            "S3_ACCESS_KEY": "k",
            "S3_SECRET_KEY": "s",
        }
        environment = {
            **os.environ,
            **given,
            "DJANGO_SETTINGS_MODULE": "lms.settings.embedded",
            "VAR_DIR": str(tmp_path),
        }
        told = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, check=True, text=True)
        policy, entry = json.loads(told.stdout)
        allowed = [name for name, sources in policy["DIRECTIVES"].items() if "https://s3.example.org" in sources]
        assert allowed == ["img-src", "connect-src", "media-src"]
        assert entry["OPTIONS"] | {"access_key": "k", "addressing_style": "path"} == entry["OPTIONS"]

    def test_where_addresses_of_a_bucket_begin(self):
        origin = bucket_origin(bucket="b", region="eu-central-1", endpoint="https://s3.example.org")
        assert origin == "https://s3.example.org"
        assert (
            bucket_origin(bucket="b", region="eu-central-1", endpoint="") == "https://b.s3.eu-central-1.amazonaws.com"
        )

    def test_it_says_that_it_is_there(self, bucket_place, settings, s3):
        assert place_of_files().ok
        other = use_bucket(settings, s3, "no-such-bucket")
        assert not place_of_files().ok
        close(other)


def nobody() -> str:
    """An address where nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


class TestDown:
    @pytest.fixture
    def away(self, settings, s3, bucket_place, monkeypatch):
        """A file in a bucket that does not answer any more, and what lets it answer again."""
        file = on_shelf(archive(), "a.zip")
        name, before = settings.S3_BUCKET, settings.STORAGES
        found = use_bucket(settings, nobody(), name)

        def back() -> None:
            settings.STORAGES = before

        yield file, back
        close(found)

    def test_nothing_is_half_made_and_the_next_try_works(self, away, media):
        file, back = away
        with pytest.raises(StorageDown) as refused:
            stored()
        assert (refused.value.code, refused.value.status, refused.value.retry_after) == ("storage_down", 503, 30)
        assert isinstance(refused.value, ProviderError)
        assert (StoredFile.objects.get(), list((media / "incoming").iterdir())) == (file, [])
        back()
        assert bytes_of(stored()) == png()

    def test_pages_say_so(self, away, client):
        file, back = away
        answer = client.get(file.get_absolute_url())
        assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert b"does not answer at the moment" in answer.content
        back()
        assert client.get(file.get_absolute_url()).status_code == 302

    def test_reading_listing_and_captions(self, away, caplog):
        file, _back = away
        with pytest.raises(StorageDown):
            opened(file)
        with pytest.raises(StorageDown):
            list(storage.all_kept())
        assert cues_of(file) == []
        assert not place_of_files().ok
        assert "does not answer" in caplog.text

    def test_what_is_let_go_of_meanwhile_goes_later(self, away, bucket_place, monkeypatch):
        file, back = away
        Usage.objects.all().delete()
        forget_new_files([file])
        assert (StoredFile.objects.count(), list(bucket_place.all())) == (0, [file.storage_key])
        back()
        bucket_place.age(monkeypatch, file.storage_key)
        remove_unused_files()
        assert bucket_place.all() == {}

    def test_a_line_that_breaks_while_bytes_come_is_tried_again_once(self, bucket_place, monkeypatch):
        file = stored(archive(), "a.zip")
        client = bucket_place.bucket.client
        get, asked = client.get_object, []

        def breaking(times):
            def answer(**wanted):
                found = get(**wanted)
                asked.append(1)
                if len(asked) <= times:
                    found["Body"]._raw_stream.read()
                return found

            return answer

        monkeypatch.setattr(client, "get_object", breaking(1))
        assert (bytes_of(file), len(asked)) == (archive(), 2)
        asked.clear()
        monkeypatch.setattr(client, "get_object", breaking(9))
        with pytest.raises(StorageDown):
            bytes_of(file)
        assert len(asked) == 2

    def test_one_that_says_nothing_is_not_waited_for_long(self, settings, media, monkeypatch):
        monkeypatch.setattr(buckets, "READ_SECONDS", 0.3)
        monkeypatch.setattr(buckets, "CONNECT_SECONDS", 0.3)
        with silent() as server:
            found = use_bucket(settings, server.address, "files")
            waits = found.client.meta.config
            assert (waits.connect_timeout, waits.read_timeout) == (0.3, 0.3)
            with pytest.raises(StorageDown):
                stored()
            close(found)
            assert 1 <= len(server.taken) <= 4

    def test_one_that_refuses_us_is_down_as_well(self, settings, s3, media, caplog):
        found = use_bucket(settings, s3, "no-such-bucket-here")
        with pytest.raises(StorageDown):
            stored()
        with pytest.raises(StorageDown):
            list(storage.all_kept())
        assert "refuses" in caplog.text
        close(found)


@pytest.mark.parametrize("value", ["A", "a", "a.b", "-ab", "a" * 64, "a_b"])
def test_names_of_buckets_that_are_none_stop_the_start(monkeypatch, value):
    monkeypatch.setenv("S3_BUCKET", value)
    with pytest.raises(ImproperlyConfigured, match="bucket's name"):
        env_bucket("S3_BUCKET")


def test_endpoint_and_region_are_looked_at(monkeypatch):
    monkeypatch.setenv("S3_ENDPOINT", "https://s3.example.org/")
    assert (env_origin("S3_ENDPOINT"), env_region("S3_REGION", "us-east-1")) == ("https://s3.example.org", "us-east-1")
    for value in ("s3.example.org", "https://a.org, https://b.org", "https://a.org/path"):
        monkeypatch.setenv("S3_ENDPOINT", value)
        with pytest.raises(ImproperlyConfigured):
            env_origin("S3_ENDPOINT")
    monkeypatch.setenv("S3_REGION", "eu central")
    with pytest.raises(ImproperlyConfigured):
        env_region("S3_REGION", "us-east-1")
