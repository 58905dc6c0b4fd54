"""What goes wrong while files come: two at once, a full disk, a storage that is away, bytes that are lost."""

import io
import logging
import os
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from core.errors import DomainError
from files import incoming, storage
from files.models import File, FileVersion, Share, StoredFile, Upload
from files.services import bin as bins
from files.services import previews, upload_checks, upload_limits
from files.services.kept import keep_sent, make_folder
from files.services.moving import move
from files.services.sharing import share_with
from files.services.spaces import used_in
from files.services.uploads import Place, receive_part, start_upload
from tests.factories.files import bytes_of, png
from tests.files.bucket import close, use_bucket
from tests.files.disks import fill, small_disk
from tests.files.services.test_places import nobody
from tests.files.ways import WAYS, Sent, kept, left, send

DONE = {"form": 302, "api": 201, "parts": 200}


def archive(size: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        # With a time of its own it would be another one each two seconds.
        made.writestr(zipfile.ZipInfo("a.bin"), bytes(size))
    return target.getvalue()


def at_once(*runs: Callable[[], Any]) -> list[Any]:
    """What each of them returned, or the code it was refused with; all begin together."""
    met = threading.Barrier(len(runs))
    found: list[Any] = [None] * len(runs)

    def one(number: int, run: Callable[[], Any]) -> None:
        try:
            met.wait(30)
            found[number] = run()
        except DomainError as refused:
            found[number] = refused.code
        except BaseException as error:
            found[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def keep(self, person, space, name: str, content: bytes) -> Callable[[], int]:
        return lambda: keep_sent(actor=person, space=space, content=io.BytesIO(content), name=name).number

    def test_the_same_name_is_one_file_with_all_versions(self, person, space):
        contents = [png(n + 1, 2) for n in range(4)]
        numbers = at_once(*(self.keep(person, space, "a.png", content) for content in contents))

        (file,) = kept(space)
        assert sorted(numbers) == [1, 2, 3, 4]
        assert {bytes_of(v.stored) for v in file.versions.select_related("stored")} == set(contents)
        assert file.shown.number == 4

    def test_shared_with_the_same_person_is_one_share(self, person, space, people):
        self.keep(person, space, "a.png", png(1))()
        (file,) = kept(space)
        friend = {"kind": "person", "audience_id": people.student.pk}
        shares = at_once(*[lambda: share_with(actor=people.admin, entry=file, **friend).pk] * 4)
        assert (len(set(shares)), Share.objects.get().pk) == (1, shares[0])

    def test_the_same_content_is_kept_once(self, person, space, media):
        numbers = at_once(*[self.keep(person, space, "a.zip", archive(9))] * 4)

        assert numbers == [1, 1, 1, 1]
        assert (File.objects.count(), FileVersion.objects.count()) == (1, 1)
        assert bytes_of(kept(space)[0].shown.stored) == archive(9)
        assert len(left(media)) == 1

    def test_room_is_given_to_as_many_as_fit(self, person, space, media):
        contents = [archive(10_000 + n) for n in range(4)]
        space.quota = 2 * len(contents[-1]) + 5_000
        space.save()
        found = at_once(*(self.keep(person, space, f"{n}.zip", content) for n, content in enumerate(contents)))

        assert sorted(map(str, found)) == ["1", "1", "quota_exceeded", "quota_exceeded"]
        assert used_in(space) <= space.quota
        # Those for whom there was no room take none elsewhere either.
        assert (StoredFile.objects.count(), len(left(media))) == (2, 2)

    def test_uploads_that_each_fit_alone(self, person, space, media):
        contents = [archive(10_000 + n) for n in range(3)]
        space.quota = len(contents[-1]) + 5_000
        space.save()
        begun = [
            start_upload(actor=person, purpose="file", name=f"{n}.zip", size=len(content), place=Place.of(space))
            for n, content in enumerate(contents)
        ]

        def finish(upload: Upload, content: bytes) -> Callable[[], int]:
            return lambda: receive_part(actor=person, upload=upload, offset=0, content=io.BytesIO(content))

        at_once(*(finish(*pair) for pair in zip(begun, contents, strict=True)))
        for upload in begun:
            upload_checks.check_upload(upload_id=upload.pk)

        ends = sorted(Upload.objects.values_list("state", "code"))
        assert ends == [("done", ""), ("refused", "quota_exceeded"), ("refused", "quota_exceeded")]
        assert used_in(space) <= space.quota
        assert (StoredFile.objects.count(), len(left(media))) == (1, 1)

    def test_the_last_part_from_two_tabs(self, person, space):
        content = archive(200_000)
        upload = start_upload(actor=person, purpose="file", name="a.zip", size=len(content), place=Place.of(space))

        def part() -> int:
            fresh = Upload.objects.select_related("user").get(pk=upload.pk)
            return receive_part(actor=person, upload=fresh, offset=0, content=io.BytesIO(content))

        found = at_once(part, part, part)
        assert found.count(len(content)) == 1
        assert {str(one) for one in found} <= {
            str(len(content)),
            "upload_busy",
            "upload_offset",
            "upload_over",
            "upload_gone",
        }
        (file,) = kept(space)
        assert (bytes_of(file.shown.stored), file.shown.number) == (content, 1)
        assert not incoming.path_of(upload.public_id).exists()

    def test_bin_restore_and_move_leave_one_file_in_one_place(self, person, space):
        def entries() -> list[File]:
            return [File.objects.select_related("space", "folder").get(pk=file.pk)]

        file = keep_sent(actor=person, space=space, content=io.BytesIO(png(1)), name="a.png").file
        one, two = (make_folder(actor=person, space=space, name=name) for name in ("One", "Two"))
        stale = entries()
        found = at_once(
            lambda: len(move(actor=person, entries=stale, space=space, folder=one)),
            lambda: len(move(actor=person, entries=stale, space=space, folder=two)),
            lambda: bins.put_into_bin(actor=person, entries=stale),
            lambda: bins.put_into_bin(actor=person, entries=stale),
        )
        # Of two who put it into the bin one did; who comes after that may move it no more.
        assert sorted(map(str, found[2:])) == ["0", "1"]
        assert set(map(str, found[:2])) <= {"1", "in_bin"}
        assert entries()[0].is_binned

        binned = entries()
        found = at_once(*[lambda: len(bins.restore(actor=person, entries=binned))] * 3)
        assert sorted(found) == [0, 0, 1]
        (back,) = kept(space)
        assert (back.name, back.is_binned, File.objects.count()) == ("a.png", False, 1)
        assert bytes_of(back.shown.stored) == png(1)

    def test_restored_and_deleted_for_good_is_one_of_both(self, person, space):
        file = keep_sent(actor=person, space=space, content=io.BytesIO(png(1)), name="a.png").file
        bins.put_into_bin(actor=person, entries=[file])
        entry = [File.objects.select_related("space", "folder").get(pk=file.pk)]
        back, gone = at_once(
            lambda: len(bins.restore(actor=person, entries=entry)),
            lambda: bins.delete_for_good(actor=person, entries=entry),
        )
        assert (back, gone) in {(1, 0), (0, 1)}
        assert len(kept(space)) == back


@pytest.mark.django_db
class TestFullDisk:
    @pytest.mark.parametrize("way", ["form", "api"])
    def test_nothing_is_left_and_the_next_attempt_works(self, way, page, person, space, media, caplog):
        with small_disk(media, "1m") as disk:
            filler = fill(disk)
            sent = send(way, page, person, space, "a.zip", archive(300_000))
            assert (sent.status, sent.code) == (507, "" if way == "form" else "disk_full")
            assert "The disk is full" in sent.words
            assert (File.objects.count(), StoredFile.objects.count(), left(media)) == (0, 0, ["filler"])
            filler.unlink()
            assert send(way, page, person, space, "a.zip", archive(300_000)).status == DONE[way]
            assert bytes_of(kept(space)[0].shown.stored) == archive(300_000)

    def test_an_upload_is_refused_before_a_byte_is_sent(self, page, person, space, media):
        with small_disk(media, "1m"):
            sent = send("parts", page, person, space, "a.zip", archive(300_000))
            assert (sent.status, sent.code, Upload.objects.count(), left(media)) == (507, "disk_full", 0, [])

    def test_a_part_for_which_there_is_no_room_is_sent_again(self, page, person, space, media, monkeypatch):
        monkeypatch.setattr(upload_limits, "SPARE_BYTES", 0)
        content = archive(600_000)
        tus = {"Tus-Resumable": "1.0.0"}
        part = {"content_type": "application/offset+octet-stream"}
        with small_disk(media, "1m") as disk:
            made = page.post(
                "/api/v1/uploads/",
                {"name": "a.zip", "size": len(content), "purpose": "file", "place": f"space:{space.public_id}"},
                content_type="application/json",
            )
            address = made["Location"]
            first = page.patch(address, content[:100_000], headers={**tus, "Upload-Offset": "0"}, **part)
            filler = fill(disk)
            full = page.patch(address, content[100_000:], headers={**tus, "Upload-Offset": "100000"}, **part)
            assert (first.status_code, full.status_code, full.json()["code"]) == (204, 507, "disk_full")
            assert page.head(address, headers=tus)["Upload-Offset"] == "100000"
            filler.unlink()
            again = page.patch(address, content[100_000:], headers={**tus, "Upload-Offset": "100000"}, **part)
            assert again["Upload-Offset"] == str(len(content))
            upload_checks.check_upload(upload_id=Upload.objects.get().pk)
            (file,) = kept(space)
            assert bytes_of(file.shown.stored) == content
            assert len(left(media)) == 1

    @pytest.mark.parametrize("way", ["form", "api"])
    def test_no_room_where_large_forms_are_received(self, way, page, person, space, media, settings, tmp_path):
        content = archive(1_500_000)
        with small_disk(tmp_path / "received", "1m") as disk:
            settings.FILE_UPLOAD_TEMP_DIR = str(disk)
            if way == "form":
                answer = page.post(
                    space.get_absolute_url(), {"files": io.BytesIO(content)}, headers={"Accept": "text/html"}
                )
                assert b"The disk is full" in answer.content
            else:
                answer = page.post("/api/v1/files/", {"file": io.BytesIO(content), "space": str(space.public_id)})
                assert answer.json()["code"] == "disk_full"
            assert answer.status_code == 507
            assert (File.objects.count(), left(media), left(disk)) == (0, [], [])
        settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
        assert send(way, page, person, space, "a.zip", content).status == DONE[way]


@pytest.mark.django_db
class TestStorageAway:
    @pytest.mark.parametrize("way", ["form", "api"])
    def test_nothing_is_half_kept_and_the_next_attempt_works(
        self, way, page, person, space, media, settings, bucket_place
    ):
        name, before = settings.S3_BUCKET, settings.STORAGES
        away = use_bucket(settings, nobody(), name)
        sent = send(way, page, person, space, "a.png", png(3))
        close(away)
        assert (sent.status, sent.code, sent.wait) == (503, "" if way == "form" else "storage_down", "30")
        assert "does not answer" in sent.words
        assert (File.objects.count(), StoredFile.objects.count(), left(media)) == (0, 0, [])
        settings.STORAGES = before
        assert send(way, page, person, space, "a.png", png(3)) == Sent(DONE[way])
        assert list(bucket_place.all().values()) == [png(3)]

    def test_an_upload_waits(self, person, space, media, settings, bucket_place):
        name, before = settings.S3_BUCKET, settings.STORAGES
        away = use_bucket(settings, nobody(), name)
        upload = start_upload(actor=person, purpose="file", name="a.png", size=len(png(3)), place=Place.of(space))
        receive_part(actor=person, upload=upload, offset=0, content=io.BytesIO(png(3)))
        with pytest.raises(storage.StorageDown):
            upload_checks.check_upload(upload_id=upload.pk)
        close(away)
        assert (Upload.objects.get().state, StoredFile.objects.count()) == ("checking", 0)
        settings.STORAGES = before
        upload_checks.check_upload(upload_id=upload.pk)
        assert (Upload.objects.get().state, len(kept(space)), left(media)) == ("done", 1, [])


@pytest.mark.django_db
class TestLostBytes:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.png", png(900, 700)),
            ("a.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"),
            ("a.md", b"# Notes\n"),
            ("a.zip", archive(10)),
        ],
    )
    def test_page_and_programs_are_told(self, name, content, page, person, space, media, caplog):
        file = keep_sent(actor=person, space=space, content=io.BytesIO(content), name=name).file
        (media / file.shown.stored.storage_key).unlink()
        with caplog.at_level(logging.ERROR, "aumbry.files"):
            shown = page.get(file.get_absolute_url())
            said = [record.message for record in caplog.records if record.name == "aumbry.files"]
        assert shown.status_code == 200
        assert "The file is damaged or incomplete, so there is nothing to show." in shown.content.decode()
        assert said == ["bytes of a file are lost"]
        told = page.get(f"/api/v1/files/{file.public_id}/").json()
        for address in (
            reverse("files:open", args=[file.public_id, name]),
            *(told[key] for key in ("url", "download_url", "bytes") if key in told),
        ):
            caplog.clear()
            assert page.get(address).status_code == 404
            assert "bytes of a file are lost" in [record.message for record in caplog.records]
        # A picture that was to be made small says so for good.
        previews.render(stored_id=file.shown.stored_id)
        assert "damaged or incomplete" in page.get(file.get_absolute_url()).content.decode()

    def test_the_same_file_once_more_brings_them_back(self, person, space, media):
        file = keep_sent(actor=person, space=space, content=io.BytesIO(png(3)), name="a.png").file
        (media / file.shown.stored.storage_key).unlink()
        again = keep_sent(actor=person, space=space, content=io.BytesIO(png(3)), name="a.png").file
        assert (again.pk, bytes_of(again.shown.stored)) == (file.pk, png(3))


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_what_no_room_was_for_leaves_nothing(way, page, person, space, media):
    space.quota = 100
    space.save()
    sent = send(way, page, person, space, "a.zip", archive(10_000))
    assert sent.status == (422 if way == "form" else 413)
    assert "There is no room" in sent.words
    assert (File.objects.count(), StoredFile.objects.count(), Upload.objects.count(), left(media)) == (0, 0, 0, [])


@pytest.mark.django_db
def test_a_version_that_no_room_was_for_leaves_nothing(page, person, space, media):
    file = keep_sent(actor=person, space=space, content=io.BytesIO(png(3)), name="a.png").file
    space.quota = 100
    space.save()
    for address, field in (
        (reverse("files:version-new", args=[file.public_id]), "file"),
        (f"/api/v1/files/{file.public_id}/versions/", "file"),
    ):
        answer = page.post(address, {field: io.BytesIO(archive(10_000))})
        assert answer.status_code in {302, 400, 413}
        assert (StoredFile.objects.count(), len(left(media))) == (1, 1)


@pytest.mark.django_db
def test_folders_of_previews_that_were_killed_go_with_the_clean_up(media):
    room = storage.incoming_folder() / "office-x"
    (room / "out").mkdir(parents=True)
    (room / "document.docx").write_bytes(b"x")
    assert list(storage.old_keys(86400)) == []
    assert room.exists()
    os.utime(room, (0, 0))
    assert list(storage.old_keys(86400)) == []
    assert not room.exists()
