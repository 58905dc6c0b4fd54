"""Pictures of people: anything goes in, a small square without a past comes out."""

import io
import time
import tracemalloc

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from core.errors import Invalid, NotAllowed
from files.models import StoredFile, Usage
from files.services.pictures import remove_picture, set_picture
from files.services.portraits import MOST_BYTES, SIDE, portrait
from tests.factories.files import bytes_of, png


def picture(mode="RGB", size=(300, 200), kind="PNG", colour=None, **save) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind, **save)
    return target.getvalue()


def made(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(portrait(io.BytesIO(data))))


def refused(data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        portrait(io.BytesIO(data))
    return caught.value.code


@pytest.mark.parametrize(
    "data",
    [
        picture("RGBA", colour=(255, 0, 0, 0)),
        picture("P", kind="GIF"),
        picture("CMYK", kind="JPEG"),
        picture("L"),
        picture("I;16"),
        picture("1"),
        picture("LA"),
        picture("RGB", kind="WEBP"),
        picture("RGB", size=(1, 900)),
        picture("RGB", kind="GIF", save_all=True, append_images=[Image.new("RGB", (300, 200), "red")]),
    ],
    ids=["alpha", "palette", "cmyk", "grey", "sixteen", "bits", "grey-alpha", "webp", "sliver", "moving"],
)
def test_every_kind_becomes_a_small_square(data):
    found = made(data)
    assert (found.format, found.size, getattr(found, "n_frames", 1)) == ("WEBP", (SIDE, SIDE), 1)


def test_what_the_file_says_about_the_past_is_gone_and_the_camera_stood_upright():
    photo = Image.new("RGB", (400, 200), "red")
    photo.paste("blue", (100, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "At home, 51.5 N"
    target = io.BytesIO()
    photo.save(target, "JPEG", exif=exif, icc_profile=b"a profile", comment=b"At home", quality=95)
    data = portrait(io.BytesIO(target.getvalue()))
    assert (b"home" in data, b"EXIF" in data, b"ICCP" in data) == (False, False, False)
    found = Image.open(io.BytesIO(data)).convert("RGB")
    # Blue was at the left; a quarter turn clockwise brings it to the top.
    assert [found.getpixel(at)[2] > 128 for at in ((128, 30), (128, 220))] == [True, False]


def test_hostile_and_broken_files_are_refused():
    jpeg = picture(size=(900, 900), kind="JPEG")
    assert [
        refused(data)
        for data in (
            b"",
            b"x" * (MOST_BYTES + 1),
            b"<html><script>alert(1)</script>",
            b'<svg xmlns="http://www.w3.org/2000/svg"/>',
            b"%PDF-1.4",
            jpeg[:200],
            jpeg[: len(jpeg) // 2],
            png()[:30],
            b"\x89PNG\r\n\x1a\n" + b"\0" * 900,
            b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 20,
            b"GIF89a\xff\xff\xff\xff" + b"\0" * 20,
        )
    ] == ["file_empty", "file_too_large", *["picture_type"] * 3, *["file_damaged"] * 5, "image_too_large"]


def test_a_bomb_is_refused_by_its_header():
    bomb = picture("1", size=(20_000, 20_000))
    tracemalloc.start()
    began = time.thread_time()
    assert refused(bomb) == "image_too_large"
    taken, most = time.thread_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (taken < 1, most < 20_000_000) == (True, True)


@pytest.fixture
def stored_bytes():
    def read(user) -> bytes:
        return bytes_of(StoredFile.objects.get(public_id=user.avatar))

    return read


def test_a_picture_is_kept_and_the_one_before_is_let_go(people, stored_bytes):
    first = set_picture(actor=people.student, user=people.student, content=io.BytesIO(picture()))
    second = set_picture(actor=people.student, user=people.student, content=io.BytesIO(picture(colour="red")))
    assert first.avatar != second.avatar
    assert Image.open(io.BytesIO(stored_bytes(second))).size == (SIDE, SIDE)
    assert [(str(u.file.public_id), u.owner_id) for u in Usage.objects.filter(owner_kind="avatar")] == [
        (second.avatar, people.student.pk)
    ]
    gone = remove_picture(actor=people.student, user=second)
    assert (gone.avatar, gone.picture, Usage.objects.filter(owner_kind="avatar").count()) == ("", "", 0)


def test_nobody_gives_somebody_else_a_face(people):
    with pytest.raises(NotAllowed):
        set_picture(actor=people.teacher, user=people.student, content=io.BytesIO(picture()))
    with pytest.raises(NotAllowed):
        remove_picture(actor=people.teacher, user=people.student)
    with pytest.raises(Invalid) as caught:
        set_picture(actor=people.student, user=people.student, content=io.BytesIO(b"no"))
    assert list(caught.value.fields) == ["file"]
    assert StoredFile.objects.count() == 0
