"""Files that arrive in parts: nothing acknowledged is lost, nothing half is seen."""

import base64
import hashlib
import io
import os
import subprocess
import sys
import threading
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from core.errors import Conflict, DomainError, Invalid, NotAllowed
from courses.enums import Role
from files import incoming, storage
from files.incoming import Checksum
from files.models import File, StoredFile, Upload, Usage
from files.services import upload_checks, upload_limits
from files.services.sent import EarlierUpload, KeptChoice, store_sent, take_upload, token_of
from files.services.spaces import space_of
from files.services.store import remove_unused_files, store_file
from files.services.upload_checks import check_upload
from files.services.upload_limits import Waiting, uploads_waiting
from files.services.uploads import (
    KEPT_FOR,
    Place,
    arrived,
    cancel_upload,
    receive_part,
    remove_old_uploads,
    start_upload,
)
from files.services.usage import set_usages
from files.storage import DiskFull, incoming_folder
from tests.factories import CourseFactory, MembershipFactory, UserFactory
from tests.factories.files import bytes_of

# Jobs begin when a change is committed.
pytestmark = pytest.mark.django_db(transaction=True)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def zipped(size: int = 100_000) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.bin", os.urandom(size))
    return target.getvalue()


def begun(user, content: bytes, name: str = "a.zip", **more) -> Upload:
    return start_upload(actor=user, purpose="lesson_media", name=name, size=len(content), **more)


def file_in_own_space(user) -> File:
    send(begun_for_a_space(user), PNG)
    return File.objects.get(space=space_of("person", user.pk))


def begun_for_a_space(user) -> Upload:
    """Of ``PNG``, which is kept among the files of ``user`` by itself."""
    place = Place.of(space_of("person", user.pk))
    return start_upload(actor=user, purpose="file", name="a.png", size=len(PNG), place=place)


def send(upload: Upload, content: bytes, offset: int = 0, **more) -> int:
    fresh = Upload.objects.get(pk=upload.pk)
    return receive_part(actor=upload.user, upload=fresh, offset=offset, content=io.BytesIO(content), **more)


def ended(upload: Upload) -> tuple[str, str]:
    found = Upload.objects.get(pk=upload.pk)
    return found.state, found.code


def refusal(run, *args, **kwargs) -> tuple[int, str]:
    with pytest.raises(DomainError) as refused:
        run(*args, **kwargs)
    return refused.value.status, refused.value.code


class TestReceiving:
    def test_parts_become_a_file(self, people):
        content = zipped()
        upload = begun(people.owner, content, sha256=hashlib.sha256(content).hexdigest())
        for offset in range(0, len(content), 30_000):
            assert arrived(Upload.objects.get(pk=upload.pk)) == offset
            send(upload, content[offset : offset + 30_000], offset)
        file = take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)
        assert (ended(upload), file.name, bytes_of(file)) == (("done", ""), "a.zip", content)
        assert not incoming.path_of(upload.public_id).exists()

    def test_nothing_is_a_file_before_it_is_whole(self, people):
        content = zipped()
        upload = begun(people.owner, content)
        send(upload, content[:-1])
        assert (ended(upload), StoredFile.objects.count()) == (("receiving", ""), 0)
        with pytest.raises(Conflict, match="upload_not_ready"):
            take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)

    @pytest.mark.parametrize("offset", [0, 9, 11, 500])
    def test_a_part_at_another_place_is_refused(self, people, offset):
        upload = begun(people.owner, zipped())
        send(upload, b"0123456789")
        assert refusal(send, upload, b"x", offset) == (409, "upload_offset")
        assert arrived(upload) == 10

    def test_more_than_was_announced_leaves_nothing(self, people):
        content = zipped(10)
        upload = begun(people.owner, content)
        send(upload, content[:5])
        assert refusal(send, upload, content[5:] + b"x", 5) == (413, "upload_too_long")
        assert arrived(upload) == 5
        send(upload, content[5:], 5)
        assert ended(upload) == ("done", "")

    @pytest.mark.parametrize("algorithm", incoming.ALGORITHMS)
    def test_a_part_that_arrived_changed_leaves_nothing(self, people, algorithm):
        content = zipped()
        upload = begun(people.owner, content)
        digest = hashlib.new(algorithm, content).digest()
        assert refusal(send, upload, content[:-1] + b"!", checksum=Checksum(algorithm, digest)) == (
            460,
            "upload_checksum",
        )
        assert (arrived(upload), send(upload, content, checksum=Checksum(algorithm, digest))) == (0, len(content))

    def test_a_file_that_arrived_as_another_one_is_refused(self, people):
        content = zipped()
        upload = begun(people.owner, content, sha256="0" * 64)
        send(upload, content)
        assert (ended(upload), StoredFile.objects.count()) == (("refused", "upload_changed"), 0)
        assert list(incoming_folder().iterdir()) == []
        assert refusal(take_upload, actor=people.owner, token=token_of(upload), purpose=upload.purpose) == (
            400,
            "upload_changed",
        )

    def test_of_two_at_once_one_is_received(self, people):
        upload = begun(people.owner, zipped())
        with incoming.writing(upload.public_id):
            assert refusal(send, upload, b"x") == (423, "upload_busy")
        assert send(upload, b"x") == 1

    def test_after_the_end_nothing_is_added(self, people):
        content = zipped()
        upload = begun(people.owner, content)
        send(upload, content)
        assert refusal(send, upload, b"x", len(content)) == (409, "upload_over")

    def test_what_may_be_taken_back_is_not_told(self, people, settings):
        """All bytes are there when somebody asks, but the part turns out to be another one than was meant."""
        # A check that began here would wait for the part.
        settings.JOBS_EAGER = False
        content, asked = zipped(), []

        class Asking(io.BytesIO):
            def read(self, *args):
                piece = super().read(*args)
                if not piece:
                    asked.append(refusal(arrived, Upload.objects.get(pk=upload.pk)))
                return piece

        upload = begun(people.owner, content)
        with pytest.raises(DomainError, match="upload_checksum"):
            receive_part(
                actor=people.owner,
                upload=Upload.objects.get(pk=upload.pk),
                offset=0,
                content=Asking(content),
                checksum=Checksum("sha256", b"another"),
            )
        assert asked == [(423, "upload_busy")]
        assert (ended(upload), arrived(upload)) == (("receiving", ""), 0)

    def test_what_is_being_checked_takes_no_part_of_who_came_late(self, people):
        content = zipped()
        upload = begun(people.owner, content)
        send(upload, content[:50])
        late = Upload.objects.get(pk=upload.pk)
        Upload.objects.filter(pk=upload.pk).update(state="checking")
        before = incoming.path_of(upload.public_id).read_bytes()
        sent = {"actor": people.owner, "upload": late, "offset": 50, "content": io.BytesIO(content[50:])}
        assert refusal(receive_part, **sent) == (409, "upload_over")
        assert incoming.path_of(upload.public_id).read_bytes() == before

    def test_what_is_not_as_long_as_was_announced_is_refused(self, people):
        content = zipped()
        upload = begun(people.owner, content)
        send(upload, content[:-1])
        Upload.objects.filter(pk=upload.pk).update(state="checking")
        check_upload(upload_id=upload.pk)
        assert (ended(upload), StoredFile.objects.count()) == (("refused", "upload_wrong_size"), 0)
        assert list(incoming_folder().iterdir()) == []

    def test_a_part_that_breaks_off_leaves_nothing(self, people):
        class Broken(io.BytesIO):
            def read(self, *_args):
                if self.tell():
                    raise ConnectionError
                return super().read(300_000)

        content = zipped(900_000)
        upload = begun(people.owner, content)
        with pytest.raises(ConnectionError):
            receive_part(actor=people.owner, upload=upload, offset=0, content=Broken(content))
        assert arrived(upload) == 0

    def test_a_full_disk_leaves_nothing_and_the_next_try_works(self, people, monkeypatch):
        content = zipped()
        upload = begun(people.owner, content)
        send(upload, content[:10])
        real = os.write

        def nearly_full(number: int, data: memoryview) -> int:
            if len(data) < 40_000:
                raise OSError(28, "full")
            return real(number, data[:30_000])

        for call, full in (("os.write", nearly_full), ("os.fsync", lambda _n: nearly_full(0, memoryview(b"")))):
            with monkeypatch.context() as patch:
                patch.setattr(call, full)
                assert refusal(send, upload, content[10:], 10) == (507, "disk_full")
            assert arrived(upload) == 10
        send(upload, content[10:], 10)
        assert ended(upload) == ("done", "")


class TestKilled:
    def test_what_was_acknowledged_is_there_after_a_kill(self, people, settings):
        """The process dies without a word right after a part was taken, and in the middle of the next."""
        content = zipped(3_000_000)
        upload = begun(people.owner, content)
        program = (
            "import io, os, sys\n"
            "from pathlib import Path\n"
            "from uuid import UUID\n"
            "import django\n"
            "from django.conf import settings\n"
            f"settings.configure(MEDIA_ROOT={str(settings.MEDIA_ROOT)!r})\n"
            "from files import incoming\n"
            "class Dying(io.BytesIO):\n"
            "    def read(self, size=-1):\n"
            "        if self.tell() > 700_000: os.kill(os.getpid(), 9)\n"
            "        return super().read(size)\n"
            f"content = Path(sys.argv[1]).read_bytes()\n"
            f"with incoming.writing(UUID({str(upload.public_id)!r})) as growing:\n"
            "    growing.append(io.BytesIO(content[:1_000_000]), most=len(content))\n"
            "    growing.append(Dying(content[1_000_000:]), most=len(content))\n"
        )
        source = incoming_folder() / "source"
        source.write_bytes(content)
        died = subprocess.run([sys.executable, "-c", program, str(source)], check=False)
        assert died.returncode == -9
        offset = arrived(upload)
        assert 1_000_000 <= offset < len(content)
        send(upload, content[offset:], offset)
        file = take_upload(actor=people.owner, token=token_of(upload), purpose=upload.purpose)
        assert file.sha256 == hashlib.sha256(content).hexdigest()

    def test_whole_but_never_answered_it_goes_on_when_somebody_asks(self, people):
        content = zipped()
        upload = begun(people.owner, content)
        with incoming.writing(upload.public_id) as growing:
            growing.append(io.BytesIO(content), most=len(content))
        assert (arrived(upload), ended(upload)) == (len(content), ("done", ""))

    def test_a_check_that_died_half_way_is_done_again(self, people, monkeypatch):
        content = zipped()
        upload = begun(people.owner, content)
        with monkeypatch.context() as patch:
            patch.setattr(upload_checks, "_finish", lambda *_args, **_more: (_ for _ in ()).throw(MemoryError))
            incoming.path_of(upload.public_id).write_bytes(content)
            Upload.objects.filter(pk=upload.pk).update(state="checking")
            with pytest.raises(MemoryError):
                check_upload(upload_id=upload.pk)
        check_upload(upload_id=upload.pk)
        assert (ended(upload), StoredFile.objects.count()) == (("done", ""), 1)


class TestRefusedAtOnce:
    @pytest.mark.parametrize(
        ("name", "size", "code"),
        [
            ("a.exe", 10, "file_type_unknown"),
            ("a", 10, "file_type_unknown"),
            ("a.zip", 0, "file_empty"),
            ("a.md", 11 * 1024**2, "file_too_large"),
        ],
    )
    def test_what_cannot_be_kept(self, people, name, size, code):
        with pytest.raises(Invalid) as refused:
            start_upload(actor=people.owner, purpose="lesson_media", name=name, size=size)
        assert (refused.value.code, list(refused.value.fields)) == (code, ["name"])

    def test_what_is_not_meant_for_it(self, people):
        with pytest.raises(Invalid, match="file_type_unknown"):
            start_upload(actor=people.owner, purpose="course_archive", name="a.png", size=5)
        with pytest.raises(Invalid, match="unknown_purpose"):
            start_upload(actor=people.owner, purpose="fun", name="a.png", size=5)

    def test_who_may_not(self, people):
        with pytest.raises(NotAllowed):
            start_upload(actor=people.student, purpose="course_archive", name="a.zip", size=5)

    def test_what_lessons_show_is_sent_by_those_who_write_some(self, people):
        """Or may make one. Teachers write together with the owner; assistants mark, observers look on."""
        course, gone = CourseFactory(), CourseFactory(deleted_at=timezone.now())
        persons = {role.value: UserFactory() for role in Role} | {"manager": people.owner, "admin": people.admin}
        for role in Role:
            MembershipFactory(course=course, user=persons[role.value], role=role)
        persons |= {"of a deleted course": UserFactory(), "of none": UserFactory(), "no more": UserFactory()}
        MembershipFactory(course=gone, user=persons["of a deleted course"], role=Role.OWNER)
        MembershipFactory(course=course, user=persons["no more"], role=Role.OWNER, ended_at=timezone.now())
        refused = set()
        for name, person in persons.items():
            try:
                begun(person, b"12345", "a.mp4")
            except NotAllowed as error:
                refused.add((name, error.permission))
        those = {"student", "observer", "assistant", "of a deleted course", "of none", "no more"}
        assert refused == {(name, "courses.add_media") for name in those}
        assert Upload.objects.count() == len(persons) - len(those)

    @pytest.mark.parametrize(
        ("limits", "name", "size", "refused"),
        [
            ({}, "a.mp4", 1024**3, None),
            ({}, "a.mp4", 1024**3 + 1, (400, "file_too_large")),
            ({"lesson_media": (5000, 0)}, "a.mp4", 5000, None),
            ({"lesson_media": (5000, 0)}, "a.mp4", 5001, (400, "file_too_large")),
            # Its kind may not be so large anywhere.
            ({"lesson_media": (1024**3, 0)}, "a.png", 25 * 1024**2 + 1, (400, "file_too_large")),
            ({"course_archive": (10, 0)}, "a.mp4", 5001, None),
        ],
    )
    def test_how_large_by_purpose(self, people, settings, limits, name, size, refused):
        settings.UPLOAD_LIMITS = limits
        if refused:
            assert refusal(start_upload, actor=people.owner, purpose="lesson_media", name=name, size=size) == refused
        else:
            start_upload(actor=people.owner, purpose="lesson_media", name=name, size=size)

    def test_how_many_by_purpose(self, people, settings):
        """Those that are done count until something uses them; other purposes and people have their own."""
        settings.UPLOAD_LIMITS = {"lesson_media": (0, 2)}
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        begun(people.owner, b"12")
        assert refusal(begun, people.owner, b"12") == (409, "too_many_uploads")
        begun(people.teacher, b"12")
        begun_for_a_space(people.owner)
        set_usages(owner_kind="lesson_draft", owner_id=1, file_ids={Upload.objects.get(pk=upload.pk).file.public_id})
        begun(people.owner, b"12")

    def test_the_limits_of_a_purpose_hold_whichever_way_a_file_comes(self, people, settings):
        settings.UPLOAD_LIMITS = {"lesson_media": (len(PNG) - 1, 0)}
        sent = io.BytesIO(PNG)
        sent.name, sent.size = "a.png", len(PNG)
        kept = file_in_own_space(people.owner)
        for one in (sent, KeptChoice(kept.get_absolute_url())):
            assert refusal(store_sent, actor=people.owner, sent=one, purpose="lesson_media") == (400, "file_too_large")
        settings.UPLOAD_LIMITS = {}
        for one in (sent, KeptChoice(kept.get_absolute_url())):
            assert store_sent(actor=people.owner, sent=one, purpose="lesson_media").name == "a.png"
        assert refusal(store_sent, actor=people.owner, sent=sent, purpose="course_archive") == (
            400,
            "file_type_unknown",
        )

    def test_too_many(self, people, monkeypatch):
        monkeypatch.setattr(upload_limits, "MOST_OPEN", 2)
        for _ in range(2):
            begun(people.owner, b"12")
        assert refusal(begun, people.owner, b"12") == (409, "too_many_uploads")
        begun(people.teacher, b"12")

    def test_too_much(self, people, settings):
        settings.UPLOADS_OPEN_BYTES = 100
        begun(people.owner, b"1" * 60)
        assert refusal(begun, people.owner, b"1" * 41) == (413, "uploads_full")
        begun(people.owner, b"1" * 40)

    def test_what_is_done_counts_until_something_uses_it(self, people, settings, django_assert_num_queries):
        content = zipped(1000)
        size = len(content)
        settings.UPLOADS_OPEN_BYTES = 2 * size
        for name in ("a.zip", "b.zip"):
            # The same bytes: they lie there once.
            upload = begun(people.owner, content, name)
            send(upload, content)
        more = b"1" * (size + 1)
        assert refusal(begun, people.owner, more) == (413, "uploads_full")
        with django_assert_num_queries(1):
            assert uploads_waiting(people.owner) == Waiting(0, {"lesson_media": 2}, size)
        begun(people.teacher, more)
        for file in StoredFile.objects.all():
            set_usages(owner_kind="lesson_draft", owner_id=1, file_ids={file.public_id})
            Usage.objects.filter(owner_kind="lesson_draft").update(owner_id=file.pk)
        assert uploads_waiting(people.owner) == Waiting(0, {}, 0)
        begun(people.owner, more)

    def test_what_is_kept_in_a_space_counts_there(self, people):
        upload = begun_for_a_space(people.owner)
        send(upload, PNG)
        assert (uploads_waiting(people.owner), ended(upload)) == (Waiting(0, {}, 0), ("done", ""))

    def test_no_room_on_the_disk(self, people, monkeypatch):
        monkeypatch.setattr(upload_limits, "SPARE_BYTES", 2**60)
        with pytest.raises(DiskFull):
            begun(people.owner, b"12")
        assert (Upload.objects.count(), list(incoming_folder().iterdir())) == (0, [])


class TestRefusedWhenWhole:
    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.png", b"<html><script>", "file_type_mismatch"),
            ("a.zip", b"PK\x03\x04 and no more", "file_damaged"),
            ("a.md", b"\xff\xfe\0", "file_not_text"),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "file_active"),
        ],
    )
    def test_what_it_is_not(self, people, name, content, code):
        upload = begun(people.owner, content, name)
        send(upload, content)
        assert (ended(upload), StoredFile.objects.count()) == (("refused", code), 0)
        assert list(incoming_folder().iterdir()) == []


class TestTaking:
    def test_another_persons_is_not_there(self, people):
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        for token in (token_of(upload), "x", token_of(upload)[:-1]):
            with pytest.raises(Invalid, match="no_such_upload"):
                take_upload(actor=people.teacher, token=token, purpose="lesson_media")

    def test_the_file_stays_while_the_upload_is_kept_and_goes_after_it(self, people):
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        with time_machine.travel(timezone.now() + timedelta(days=1, hours=12)):
            remove_unused_files()
            assert StoredFile.objects.count() == 1
        with time_machine.travel(timezone.now() + KEPT_FOR + timedelta(minutes=1)):
            assert remove_old_uploads() == 1
        with time_machine.travel(timezone.now() + KEPT_FOR + timedelta(days=2)):
            remove_unused_files()
        assert (StoredFile.objects.count(), Usage.objects.count()) == (0, 0)

    def test_a_form_has_it_in_place_of_a_file(self, people):
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        sent = EarlierUpload(token_of(upload), "a.png", len(PNG))
        assert store_sent(actor=people.owner, sent=sent, purpose="lesson_media") == Upload.objects.get().file

    def test_what_came_for_something_else_is_not_taken(self, people):
        """Who may, and what is sealed, was asked for the purpose it was begun with."""
        content = zipped()
        upload = begun(people.owner, content)
        send(upload, content)
        with pytest.raises(Invalid, match="no_such_upload"):
            take_upload(actor=people.owner, token=token_of(upload), purpose="course_archive")


class TestForgetting:
    def test_cancelled_nothing_is_left(self, people):
        upload = begun(people.owner, zipped())
        send(upload, b"123")
        with pytest.raises(NotAllowed):
            cancel_upload(actor=people.teacher, upload=upload)
        cancel_upload(actor=people.owner, upload=upload)
        assert (Upload.objects.count(), list(incoming_folder().iterdir())) == (0, [])
        assert refusal(arrived, upload) == (410, "upload_gone")

    def test_cancelled_while_it_is_checked_it_becomes_no_file(self, people, monkeypatch):
        upload, store = begun_for_a_space(people.owner), upload_checks.store_received

        def cancelled_meanwhile(**wanted):
            file = store(**wanted)
            cancel_upload(actor=people.owner, upload=Upload.objects.get(pk=upload.pk))
            return file

        monkeypatch.setattr(upload_checks, "store_received", cancelled_meanwhile)
        send(upload, PNG)
        rows = [model.objects.count() for model in (Upload, File, StoredFile, Usage)]
        assert (rows, list(storage.all_kept()), list(incoming_folder().iterdir())) == ([0, 0, 0, 0], [], [])

    def test_who_cancels_while_it_is_kept_comes_too_late(self, people, monkeypatch):
        upload, keep, threads = begun_for_a_space(people.owner), upload_checks._keep, []

        def cancel():
            cancel_upload(actor=people.owner, upload=Upload.objects.get(pk=upload.pk))
            connection.close()

        def slow(*args):
            threads.append(threading.Thread(target=cancel))
            threads[0].start()
            threads[0].join(timeout=0.5)
            assert threads[0].is_alive()
            keep(*args)

        monkeypatch.setattr(upload_checks, "_keep", slow)
        send(upload, PNG)
        threads[0].join()
        kept = [file.shown.stored.name for file in File.objects.all()]
        # Nothing holds the file in the name of an upload that is not there any more.
        used = Usage.objects.filter(file__name="a.png").values_list("owner_kind", flat=True)
        assert (kept, list(used)) == (["a.png"], ["file_version"])
        assert Upload.objects.count() == 0

    def test_cancelled_when_it_is_done_its_file_goes_at_once(self, people):
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        cancel_upload(actor=people.owner, upload=upload)
        rows = [model.objects.count() for model in (Upload, StoredFile, Usage)]
        assert (rows, list(storage.all_kept())) == ([0, 0, 0], [])

    def test_what_was_stored_before_is_not_the_uploads(self, people):
        """A form that is not saved yet may name it."""
        earlier = store_file(actor=people.owner, content=PNG, name="a.png")
        upload = begun(people.owner, PNG, "a.png")
        send(upload, PNG)
        cancel_upload(actor=people.owner, upload=upload)
        assert list(StoredFile.objects.all()) == [earlier]

    def test_what_was_begun_and_left_goes(self, people):
        upload = begun(people.owner, zipped())
        send(upload, b"123")
        orphan = incoming_folder() / "x.upload"
        orphan.write_bytes(b"1")
        os.utime(orphan, (0, 0))
        assert remove_old_uploads() == 0
        assert (arrived(upload), orphan.exists()) == (3, False)
        later = timezone.now() + KEPT_FOR + timedelta(minutes=1)
        with time_machine.travel(later):
            assert refusal(send, upload, b"4", 3) == (410, "upload_gone")
            assert remove_old_uploads() == 1
        assert list(incoming_folder().iterdir()) == []


def test_two_who_see_the_end_have_it_checked_once(people):
    content = zipped()
    upload = begun(people.owner, content)
    incoming.path_of(upload.public_id).write_bytes(content)
    met = threading.Barrier(4)

    def ask():
        fresh = Upload.objects.get(pk=upload.pk)
        met.wait()
        arrived(fresh)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (ended(upload), StoredFile.objects.count()) == (("done", ""), 1)
