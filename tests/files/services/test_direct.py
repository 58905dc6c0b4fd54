"""Files that go straight to the bucket: their bytes never pass the site, and nothing is seen before it was checked."""

import hashlib
import os
import threading
import zipfile
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.slots import UPLOAD_PURPOSES, UploadPurpose
from files import incoming, storage
from files.models import StoredFile, Upload, Usage
from files.scanners.base import TEST_VIRUS
from files.services import upload_checks, upload_limits, uploads
from files.services.direct import arrived_parts, complete_upload, sign_parts
from files.services.reconciling import reconcile
from files.services.sent import take_upload, token_of
from files.services.store import remove_unused_files
from files.services.upload_checks import check_upload
from files.services.uploads import KEPT_FOR, cancel_upload, receive_part, remove_old_uploads, start_upload
from files.storage import StorageDown
from tests.factories.files import bytes_of
from tests.files.bucket import close, use_bucket
from tests.files.services.test_places import nobody

# Jobs begin when a change is committed.
pytestmark = pytest.mark.django_db(transaction=True)
# No server takes smaller ones, but for the last.
PART = 5 * 1024**2


@pytest.fixture(autouse=True)
def _direct(settings, bucket_place, monkeypatch):
    settings.DIRECT_UPLOADS_FROM_BYTES = 1024**2
    monkeypatch.setattr(uploads, "PART_BYTES", PART)


def archive(size: int = 2 * PART + 1000) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        opened.writestr("a.bin", os.urandom(size))
    return target.getvalue()


def begun(user, content: bytes, name: str = "a.zip", **more) -> Upload:
    return start_upload(actor=user, purpose="lesson_media", name=name, size=len(content), **more)


def fresh(upload: Upload) -> Upload:
    return Upload.objects.select_related("user", "file").get(pk=upload.pk)


def put(upload: Upload, content: bytes, *numbers: int) -> None:
    """Send parts, as a browser would."""
    for part in sign_parts(actor=upload.user, upload=fresh(upload), numbers=numbers):
        piece = content[(part.number - 1) * upload.part_size :][: part.size]
        assert httpx.put(part.address, content=piece).status_code == 200


def there(upload: Upload) -> dict[int, str]:
    return {part.number: part.etag for part in arrived_parts(actor=upload.user, upload=fresh(upload))}


def complete(upload: Upload) -> None:
    complete_upload(actor=upload.user, upload=fresh(upload), etags=there(upload))


def send(user, content: bytes, name: str = "a.zip", **more) -> Upload:
    upload = begun(user, content, name, **more)
    put(upload, content, *range(1, upload.parts + 1))
    complete(upload)
    return upload


def ended(upload: Upload) -> tuple[str, str]:
    found = fresh(upload)
    return found.state, found.code


def left(bucket_place) -> tuple[list[str], list[str]]:
    """Keys of all objects in the bucket, and of all that gathers there in parts."""
    bucket = bucket_place.bucket
    gathering = bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", ())
    return list(bucket_place.all()), [entry["Key"] for entry in gathering]


def refusal(run, *args, **kwargs) -> tuple[int, str]:
    with pytest.raises(DomainError) as refused:
        run(*args, **kwargs)
    return refused.value.status, refused.value.code


class TestOnItsWay:
    def test_parts_become_a_file_without_passing_the_site(self, people, bucket_place):
        content = archive()
        upload = begun(people.owner, content, sha256=hashlib.sha256(content).hexdigest())
        assert (upload.parts, upload.part_size) == (3, PART)
        put(upload, content, 1, 3)
        # One was lost on its way: what is there is told, and the rest goes on.
        assert list(there(upload)) == [1, 3]
        assert left(bucket_place) == ([], [f"incoming/{upload.public_id}"])
        put(upload, content, 2)
        assert incoming.size_now(upload.public_id) == 0
        complete(upload)
        file = take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)
        assert (ended(upload), file.size, bytes_of(file)) == (("done", ""), len(content), content)
        assert left(bucket_place) == ([file.storage_key], [])
        assert list(reconcile(read_all=True)) == []

    def test_the_same_bytes_are_kept_once(self, people, bucket_place):
        content = archive()
        first, second = send(people.owner, content), send(people.owner, content, "b.zip")
        files = [fresh(upload).file for upload in (first, second)]
        assert [file.name for file in files] == ["a.zip", "b.zip"]
        assert left(bucket_place) == ([files[0].storage_key], [])

    def test_a_part_that_is_sent_twice_counts_once(self, people):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, os.urandom(len(content)), 1)
        put(upload, content, 1, 2, 3)
        complete(upload)
        assert bytes_of(fresh(upload).file) == content

    def test_nothing_is_to_be_seen_before_it_is_whole(self, people):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2)
        assert refusal(complete, upload) == (400, "parts_missing")
        assert refusal(take_upload, actor=people.owner, token=token_of(upload), purpose=upload.purpose) == (
            409,
            "upload_not_ready",
        )
        assert (ended(upload), StoredFile.objects.count()) == (("receiving", ""), 0)

    def test_parts_that_are_called_otherwise_are_refused_and_kept(self, people):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2, 3)
        etags = {**there(upload), 2: '"0123456789abcdef0123456789abcdef"'}
        assert refusal(complete_upload, actor=people.owner, upload=fresh(upload), etags=etags) == (400, "parts_missing")
        complete(upload)
        assert ended(upload) == ("done", "")

    @pytest.mark.parametrize("numbers", [[0], [4], [1, 99]])
    def test_there_are_no_other_parts(self, people, numbers):
        upload = begun(people.owner, archive())
        assert refusal(sign_parts, actor=people.owner, upload=upload, numbers=numbers) == (400, "no_such_part")

    def test_addresses_hold_for_a_quarter_of_an_hour_and_for_one_size(self, people):
        upload = begun(people.owner, archive())
        parts = sign_parts(actor=people.owner, upload=upload, numbers=[3, 1])
        assert [(part.number, part.size) for part in parts] == [(1, PART), (3, upload.size - 2 * PART)]
        for part in parts:
            signed = httpx.URL(part.address).params
            assert (signed["X-Amz-Expires"], signed["X-Amz-SignedHeaders"]) == ("900", "content-length;host")

    def test_nobody_else_may(self, people):
        upload = begun(people.owner, archive())
        for run, more in ((sign_parts, {"numbers": [1]}), (arrived_parts, {}), (complete_upload, {"etags": {}})):
            with pytest.raises(NotAllowed):
                run(actor=people.other_owner, upload=upload, **more)

    def test_it_may_come_through_the_site_as_well(self, people, bucket_place):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1)
        receive_part(actor=people.owner, upload=fresh(upload), offset=0, content=BytesIO(content))
        assert ended(upload) == ("done", "")
        assert left(bucket_place) == ([fresh(upload).file.storage_key], [])
        assert refusal(complete_upload, actor=people.owner, upload=fresh(upload), etags={}) == (409, "upload_over")

    def test_a_bucket_that_let_go_of_the_parts_begins_anew(self, people, monkeypatch):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2, 3)
        etags = there(upload)
        storage.parts().abort(upload.public_id, fresh(upload).bucket_upload)

        def join(*args):
            # What S3 answers with 404, where the server of these tests breaks.
            raise FileNotFoundError

        with monkeypatch.context() as patched:
            patched.setattr(storage.parts(), "join", join)
            assert refusal(complete_upload, actor=people.owner, upload=fresh(upload), etags=etags) == (
                410,
                "upload_gone",
            )
        assert there(upload) == {}
        put(upload, content, 1, 2, 3)
        complete(upload)
        assert ended(upload) == ("done", "")


class TestWhoGoesStraight:
    def test_small_ones_sealed_ones_and_those_without_a_bucket_do_not(self, people, settings, monkeypatch):
        content = archive()
        assert begun(people.owner, content[: 1024**2 - 1]).part_size == 0
        monkeypatch.setattr(UPLOAD_PURPOSES, "_entries", dict(UPLOAD_PURPOSES._entries))
        UPLOAD_PURPOSES.register("secret", UploadPurpose(sensitive=True))
        assert start_upload(actor=people.owner, purpose="secret", name="a.zip", size=len(content)).part_size == 0
        settings.DIRECT_UPLOADS_FROM_BYTES = 0
        assert begun(people.owner, content).part_size == 0
        settings.DIRECT_UPLOADS_FROM_BYTES = 1
        settings.S3_BUCKET = ""
        upload = begun(people.owner, content)
        assert (upload.part_size, upload.parts) == (0, 0)
        assert refusal(sign_parts, actor=people.owner, upload=upload, numbers=[1]) == (409, "upload_not_direct")
        assert refusal(arrived_parts, actor=people.owner, upload=upload) == (409, "upload_not_direct")

    def test_one_listing_tells_all_parts(self, settings):
        assert uploads._part_size(40 * 1024**3) * uploads.MOST_PARTS >= 40 * 1024**3

    def test_the_disk_is_asked_for_room_when_it_comes_through_the_site(self, people, monkeypatch):
        monkeypatch.setattr(upload_limits, "SPARE_BYTES", 2**60)
        content = archive()
        upload = begun(people.owner, content)
        assert refusal(receive_part, actor=people.owner, upload=fresh(upload), offset=0, content=BytesIO(content)) == (
            507,
            "disk_full",
        )
        put(upload, content, 1, 2, 3)
        assert list(there(upload)) == [1, 2, 3]


class TestChecking:
    def test_another_size_than_announced(self, people, bucket_place, settings):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2)
        # A bucket that does not look at the length that was signed.
        (last,) = sign_parts(actor=people.owner, upload=fresh(upload), numbers=[3])
        httpx.put(last.address, content=content[2 * PART :] + b"more")
        complete(upload)
        assert (ended(upload), left(bucket_place)) == (("refused", "upload_wrong_size"), ([], []))

    def test_another_checksum_than_announced(self, people, bucket_place):
        upload = send(people.owner, archive(), sha256="0" * 64)
        assert (ended(upload), left(bucket_place)) == (("refused", "upload_changed"), ([], []))

    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (b"%PDF-1.4" + b"x" * PART, "a.zip", "file_type_mismatch"),
            (archive()[:-500], "a.zip", "file_damaged"),
        ],
    )
    def test_what_is_not_what_its_name_says(self, people, bucket_place, content, name, code):
        upload = send(people.owner, content, name)
        assert (ended(upload), left(bucket_place)) == (("refused", code), ([], []))
        assert StoredFile.objects.count() == 0

    def test_what_is_infected(self, people, bucket_place, settings):
        settings.DIRECT_UPLOADS_FROM_BYTES = 1
        upload = send(people.owner, TEST_VIRUS, "a.txt")
        assert (ended(upload), left(bucket_place)) == (("refused", "file_infected"), ([], []))

    def test_two_who_say_that_all_is_there_have_it_checked_once(self, people, monkeypatch):
        content, jobs = archive(), []
        upload = begun(people.owner, content)
        put(upload, content, 1, 2, 3)
        monkeypatch.setattr(uploads, "enqueue", lambda name, **ids: jobs.append(name))
        etags, read = there(upload), [fresh(upload), fresh(upload)]

        def say(found: Upload) -> None:
            try:
                complete_upload(actor=people.owner, upload=found, etags=etags)
            finally:
                connection.close()

        both = [threading.Thread(target=say, args=(found,)) for found in read]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        complete_upload(actor=people.owner, upload=fresh(upload), etags=etags)
        assert (jobs, ended(upload)) == (["files.tasks.check_upload"], ("checking", ""))
        check_upload(upload_id=upload.pk)
        check_upload(upload_id=upload.pk)
        assert (ended(upload), StoredFile.objects.count()) == (("done", ""), 1)

    def test_joined_but_killed_before_it_was_written_down(self, people):
        content = archive()
        for ask in (complete, there):
            upload = begun(people.owner, content)
            put(upload, content, 1, 2, 3)
            etags, before = there(upload), fresh(upload)
            storage.parts().join(upload.public_id, before.bucket_upload, list(etags.values()))
            if ask is complete:
                complete_upload(actor=people.owner, upload=before, etags=etags)
            else:
                with pytest.raises(Conflict, match="upload_over"):
                    there(upload)
            assert ended(upload) == ("done", "")

    def test_another_version_under_the_key_is_not_taken(self, people, bucket_place, monkeypatch):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2, 3)
        monkeypatch.setattr(uploads, "enqueue", lambda name, **ids: None)
        complete(upload)
        scanned = upload_checks.store_received

        def exchanged(**wanted):
            bucket_place.put(f"incoming/{upload.public_id}", b"x" * len(content))
            return scanned(**wanted)

        monkeypatch.setattr(upload_checks, "store_received", exchanged)
        with pytest.raises(StorageDown):
            check_upload(upload_id=upload.pk)
        assert (ended(upload), StoredFile.objects.count()) == (("checking", ""), 0)


class TestEnding:
    def test_cancelled_nothing_is_left(self, people, bucket_place):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1)
        cancel_upload(actor=people.owner, upload=upload)
        assert (Upload.objects.count(), left(bucket_place)) == (0, ([], []))

    def test_cancelled_while_it_is_joined(self, people, bucket_place, monkeypatch):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2, 3)
        etags, found = there(upload), fresh(upload)
        join = storage.parts().join

        def late(*args):
            join(*args)
            cancel_upload(actor=people.owner, upload=found)

        monkeypatch.setattr(storage.parts(), "join", late)
        assert refusal(complete_upload, actor=people.owner, upload=found, etags=etags) == (410, "upload_gone")
        assert left(bucket_place) == ([], [])

    def test_cancelled_while_the_first_part_is_asked_for(self, people, bucket_place):
        upload = begun(people.owner, archive())
        found = fresh(upload)
        cancel_upload(actor=people.owner, upload=upload)
        assert refusal(sign_parts, actor=people.owner, upload=found, numbers=[1]) == (410, "upload_gone")
        assert left(bucket_place) == ([], [])

    def test_two_who_ask_for_the_first_part_gather_in_one(self, people, bucket_place):
        content = archive()
        upload = begun(people.owner, content)
        before = fresh(upload)
        put(upload, content, 1)
        sign_parts(actor=people.owner, upload=before, numbers=[2])
        assert left(bucket_place) == ([], [f"incoming/{upload.public_id}"])
        assert list(there(upload)) == [1]

    def test_what_was_abandoned_goes_when_its_time_is_over(self, people, bucket_place):
        content = archive()
        old, new = begun(people.owner, content), begun(people.owner, content, "b.zip")
        put(old, content, 1)
        Upload.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert refusal(sign_parts, actor=people.owner, upload=fresh(old), numbers=[1]) == (410, "upload_gone")
        put(new, content, 1)
        assert (remove_old_uploads(), left(bucket_place)) == (1, ([], [f"incoming/{new.public_id}"]))

    def test_what_no_row_knows_goes_and_what_is_kept_stays(self, people, bucket_place):
        content = archive()
        done = send(people.owner, content)
        kept = fresh(done).file.storage_key
        lost, joined = begun(people.owner, content), begun(people.owner, content)
        put(lost, content, 1)
        put(joined, content, 1, 2, 3)
        storage.parts().join(joined.public_id, fresh(joined).bucket_upload, list(there(joined).values()))
        bucket_place.put("incoming/notes.txt", b"not ours")
        Upload.objects.filter(pk__in=[lost.pk, joined.pk]).delete()
        remove_old_uploads()
        assert left(bucket_place) == (sorted([kept, "incoming/notes.txt"]), [])

    def test_what_gathers_is_not_taken_for_stored_bytes(self, people, bucket_place, monkeypatch):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2, 3)
        monkeypatch.setattr(uploads, "enqueue", lambda name, **ids: None)
        complete(upload)
        bucket_place.age(monkeypatch, f"incoming/{upload.public_id}")
        assert (list(storage.all_kept()), list(storage.old_keys(0)), list(reconcile(repair=True))) == ([], [], [])
        assert remove_unused_files() == 0
        check_upload(upload_id=upload.pk)
        assert ended(upload) == ("done", "")

    def test_used_by_nothing_it_goes(self, people, bucket_place):
        upload = send(people.owner, archive())
        with time_machine.travel(timezone.now() + KEPT_FOR + timedelta(days=2)):
            remove_old_uploads()
            assert Usage.objects.count() == 0
            remove_unused_files()
        assert left(bucket_place) == ([], [])
        assert not Upload.objects.filter(pk=upload.pk).exists()


class TestDown:
    @pytest.fixture
    def away(self, settings, bucket_place):
        """Takes the bucket away, and brings it back."""
        name, before, made = settings.S3_BUCKET, settings.STORAGES, []

        def gone(is_gone: bool) -> None:
            settings.STORAGES = before
            if is_gone:
                made.append(use_bucket(settings, nobody(), name))

        yield gone
        for found in made:
            close(found)

    def test_what_is_asked_meanwhile_is_refused_and_the_next_try_works(self, people, away):
        content = archive()
        upload = begun(people.owner, content)
        away(True)
        assert refusal(sign_parts, actor=people.owner, upload=fresh(upload), numbers=[1]) == (503, "storage_down")
        away(False)
        put(upload, content, 1, 2, 3)
        etags = there(upload)
        away(True)
        assert refusal(arrived_parts, actor=people.owner, upload=fresh(upload)) == (503, "storage_down")
        assert refusal(complete_upload, actor=people.owner, upload=fresh(upload), etags=etags) == (503, "storage_down")
        assert ended(upload) == ("receiving", "")
        away(False)
        complete(upload)
        assert ended(upload) == ("done", "")

    def test_the_check_waits_for_it(self, people, away, monkeypatch):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1, 2, 3)
        monkeypatch.setattr(uploads, "enqueue", lambda name, **ids: None)
        complete(upload)
        away(True)
        with pytest.raises(StorageDown):
            check_upload(upload_id=upload.pk)
        assert ended(upload) == ("checking", "")
        away(False)
        check_upload(upload_id=upload.pk)
        assert ended(upload) == ("done", "")

    def test_cancelled_meanwhile_the_clean_up_takes_it(self, people, away, bucket_place):
        content = archive()
        upload = begun(people.owner, content)
        put(upload, content, 1)
        away(True)
        cancel_upload(actor=people.owner, upload=fresh(upload))
        with pytest.raises(StorageDown):
            remove_old_uploads()
        away(False)
        assert left(bucket_place) == ([], [f"incoming/{upload.public_id}"])
        remove_old_uploads()
        assert left(bucket_place) == ([], [])


def test_invalid_is_what_numbers_are_refused_with(people):
    with pytest.raises(Invalid) as refused:
        sign_parts(actor=people.owner, upload=begun(people.owner, archive()), numbers=[9])
    assert "1 to 3" in refused.value.fields["numbers"][0]
