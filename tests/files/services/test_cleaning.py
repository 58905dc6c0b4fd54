"""The clean-up says beforehand what it takes away, and takes just that."""

from datetime import timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.enums import SiteRole
from files import storage
from files.models import File, Folder, Share, StoredFile, Upload
from files.services import bin as bins
from files.services import sharing
from files.services.kept import keep_file, make_folder
from files.services.spaces import space_of
from files.services.uploads import start_upload
from tests.factories import UserFactory
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


def said(**options) -> dict[str, int]:
    out = StringIO()
    call_command("clean_up_files", stdout=out, **options)
    rows = [line.strip().partition("  ") for line in out.getvalue().splitlines()[:-1]]
    return {what: int(count) for count, _blank, what in rows}


def left() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Upload, File, Folder, Share, StoredFile))


def test_it_is_told_first_and_then_done():
    person = UserFactory(role=SiteRole.MANAGER)
    space = space_of("person", person.pk)
    folder = make_folder(actor=person, space=space, name="old")
    gone = keep_file(actor=person, space=space, folder=folder, stored=stored(png(1), "gone.png", person)).file
    kept = keep_file(actor=person, space=space, stored=stored(png(2), "kept.png", person)).file
    share = sharing.share_by_link(actor=person, entry=kept)
    sharing.end_share(actor=person, share=share)
    bins.put_into_bin(actor=person, entries=[folder])
    start_upload(actor=person, purpose="lesson_media", name="never.png", size=5)
    unused = stored(png(3), "unused.png", person)
    with storage.receive(BytesIO(b"orphan"), 100) as received:
        orphan = storage.keep(received)

    with time_machine.travel(timezone.now() + timedelta(days=40)):
        before = left()
        told = said()
        assert told == {
            "uploads that were not finished or not used in time": 1,
            "files from bins": 1,
            "folders from bins": 1,
            "shares that are over": 1,
            "files that nothing uses": 1,
            "bytes in storage that no file knows of": 1,
        }
        assert left() == before
        assert storage.exists(orphan)
        said(run=True)

    assert (left(), storage.exists(orphan)) == ((0, 1, 0, 0, 1), False)
    assert not StoredFile.objects.filter(pk=unused.pk).exists()
    assert not File.objects.filter(pk=gone.pk).exists()
    assert list(StoredFile.objects.all()) == [kept.current.stored]
    assert storage.exists(kept.current.stored.storage_key)
