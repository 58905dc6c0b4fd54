"""Archives and animations that would be far more than they seem, and media that break off."""

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from PIL import Image

from core.errors import Invalid
from files import validators
from files.images import ANIMATED, frame_count
from files.models import StoredFile
from files.previews.archive import archive_preview
from files.services import previews
from tests.factories.files import png, stored, zipped
from tests.files.ways import left
from tests.growth import grows_with

pytestmark = pytest.mark.django_db
MB = 1024**2


def code_of(content: bytes, name: str) -> str:
    try:
        stored(content, name)
    except Invalid as refused:
        return refused.code
    return ""


def told(*members: tuple[str, int, int]) -> bytes:
    """A ZIP whose table of contents says of each member (name, packed, unpacked) what we like."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, packed, _unpacked in members:
            archive.writestr(name, bytes(packed))
        for info, (_name, _packed, unpacked) in zip(archive.infolist(), members, strict=True):
            info.file_size = unpacked
    return target.getvalue()


class TestArchives:
    @pytest.mark.parametrize(
        ("unpacked", "packed", "code"),
        [
            (64 * MB, 1, ""),
            (64 * MB + 1, 64_000, "archive_bomb"),
            (64 * MB + 1, 68_000, ""),
            (2**40, 2_000_000, "archive_bomb"),
        ],
    )
    def test_one_member(self, unpacked, packed, code, media):
        assert code_of(told(("a.bin", packed, unpacked)), "a.zip") == code
        assert bool(left(media)) == (code == "")

    def test_all_together_may_have_twenty_times_what_an_archive_may(self, settings):
        settings.FILE_LIMITS = {**settings.FILE_LIMITS, "archive": 4 * MB}
        most = [(f"{n}.bin", 100_000, 20 * MB) for n in range(4)]
        assert code_of(told(*most), "a.zip") == ""
        assert code_of(told(*most, ("x", 1, 1)), "a.zip") == "archive_bomb"

    def test_members_that_lie_over_each_other_count_together(self):
        # Each says that it is packed into as many bytes as the first, which are there but once.
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("0", bytes(20_000))
            first = archive.infolist()[0]
            first.file_size = 15 * MB
            for number in range(1, 20):
                again = zipfile.ZipInfo(str(number))
                again.CRC, again.compress_size, again.file_size = first.CRC, 20_000, 15 * MB
                again.header_offset = first.header_offset
                archive.filelist.append(again)
        assert code_of(target.getvalue(), "a.zip") == "archive_bomb"

    def test_a_real_one(self):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as member:
            for _ in range(80):
                member.write(bytes(MB))
        assert code_of(target.getvalue(), "a.zip") == "archive_bomb"
        # Inside another one it is bytes that nobody opens.
        assert code_of(zipped(**{"inner.zip": target.getvalue()}), "b.zip") == ""

    def test_a_document_is_an_archive_as_well(self):
        members = [("[Content_Types].xml", 9, 9), ("word/document.xml", 90_000, 2**30)]
        assert code_of(told(*members), "a.docx") == "archive_bomb"
        assert code_of(told(members[0], ("word/document.xml", 90_000, 90_000)), "a.docx") == ""

    def test_a_table_of_contents_that_would_fill_the_memory_is_not_read(self):
        name = b"n"
        entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", *[0] * 11, len(name), *[0] * 6) + name
        count = 9 * MB // len(entry)
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, count * len(entry), 30, 0)
        head = struct.pack("<4s2B4HL2L2H", b"PK\x03\x04", *[0] * 11)
        content = head + entry * count + end
        tracemalloc.start()
        assert code_of(content, "a.zip") == "archive_bomb"
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 3 * len(content)
        few = 50_000
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, few, few, few * len(entry), 30, 0)
        assert code_of(head + entry * few + end, "a.zip") == ""

    def test_what_is_odd_but_no_bomb_is_kept_and_named_in_the_preview(self):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            link = zipfile.ZipInfo("link")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
            for name in ("/abs.txt", "../up.txt", "C:\\x.txt", "secret.txt"):
                archive.writestr(name, "x")
            archive.infolist()[-1].flag_bits |= 1
        assert code_of(target.getvalue(), "a.zip") == ""
        entries = {entry.name: entry for entry in archive_preview(target, "a.zip").entries}
        assert list(entries) == ["link", "/abs.txt", "../up.txt", "C:\\x.txt", "secret.txt"]
        assert (entries["link"].is_link, entries["secret.txt"].is_encrypted) == (True, True)


def moving(kind: str, frames: int = 3, side: int = 20) -> bytes:
    pictures = [Image.new("RGB", (side, side), (80 * n % 256, n, 9)) for n in range(frames)]
    target = io.BytesIO()
    pictures[0].save(target, kind, save_all=True, append_images=pictures[1:], duration=50)
    return target.getvalue()


class TestAnimations:
    @pytest.mark.parametrize("ending", ["png", "gif", "webp", "avif"])
    def test_frames_are_counted_as_decoders_count_them(self, ending, monkeypatch):
        content = moving(ending.upper())
        with Image.open(io.BytesIO(content)) as opened:
            assert opened.n_frames == 3
        name = f"a.{ending}"
        for limit, most, code in (
            ("MAX_FRAMES", 3, ""),
            ("MAX_FRAMES", 2, "image_too_large"),
            ("MAX_FRAME_PIXELS", 3 * 400, ""),
            ("MAX_FRAME_PIXELS", 3 * 400 - 1, "image_too_large"),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(validators, limit, most)
                assert code_of(content, name) == code
        assert code_of(content, name) == ""

    def test_a_gif_without_end(self):
        frame = b"\x2c" + struct.pack("<4H", 0, 0, 1, 1) + b"\0\x02\x02\x4c\x01\0"
        head = b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\0\0" + bytes(6)
        assert code_of(head + frame * 10_000 + b";", "a.gif") == ""
        assert code_of(head + frame * 10_001, "a.gif") == "image_too_large"
        wide = b"GIF89a" + struct.pack("<HH", 7000, 7000) + b"\x80\0\0" + bytes(6)
        assert code_of(wide + frame * 20, "a.gif") == ""
        assert code_of(wide + frame * 21, "a.gif") == "image_too_large"

    @pytest.mark.parametrize(
        ("ending", "head", "part"),
        [
            ("gif", b"GIF89a\1\0\1\0\0\0\0\x2c" + bytes(9) + b"\2", b"\1x"),
            ("webp", b"RIFF\0\0\0\1WEBPVP8X\x0a\0\0\0\2\0\0\0" + bytes(6), b"JUNK\0\0\0\0"),
            ("png", png()[:33], bytes(4) + b"junk" + bytes(4)),
            ("avif", b"\0\0\0\x1cftypavis" + b"stsz" + bytes(8), b"stsz\0\0\0\0"),
        ],
        ids=["gif", "webp", "png", "avif"],
    )
    def test_counting_takes_longer_only_with_the_length(self, ending, head, part):
        def count(content: bytes) -> None:
            frame_count(f"image/{ending}", content, 10_000)

        assert grows_with(lambda parts: head + part * parts, count, 200_000)

    def test_all_kinds_that_move_are_counted(self):
        assert {"image/png", "image/gif", "image/webp", "image/avif"} == ANIMATED


def still(kind: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (200, 200), (9, 80, 7)).save(target, kind)
    return target.getvalue()


def huge(ending: str) -> bytes:
    """A header that promises 8,000 × 8,000 pixels."""
    size = 8000
    if ending == "png":
        head = struct.pack(">4sIIBBBBB", b"IHDR", size, size, 8, 0, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    if ending == "gif":
        return b"GIF89a" + struct.pack("<HH", size, size) + bytes(3)
    if ending == "webp":
        side = (size - 1).to_bytes(3, "little")
        return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + side + side
    small = moving("AVIF", frames=1)
    return small.replace(
        b"ispe" + bytes(4) + struct.pack(">II", 20, 20), b"ispe" + bytes(4) + struct.pack(">II", size, size)
    )


@pytest.mark.parametrize("ending", ["png", "gif", "webp", "avif"])
def test_more_than_fifty_million_pixels(ending, media):
    assert code_of(huge(ending), f"a.{ending}") == "image_too_large"
    assert left(media) == []


WHOLE = {
    "png": lambda: png(60, 60),
    "jpg": lambda: still("JPEG"),
    "gif": lambda: moving("GIF"),
    "webp": lambda: moving("WEBP"),
    "avif": lambda: moving("AVIF"),
    "mp4": lambda: bytes.fromhex("0000001c66747970") + b"mp42" + bytes(4) + b"mp42isomavc1" + bytes(2000),
    "pdf": lambda: b"%PDF-1.4\n" + b"1 0 obj<</Type/Catalog>>endobj\n" * 50 + b"%%EOF\n",
    "zip": lambda: zipped(a="x" * 500, b="y" * 500),
}


MISMATCH, DAMAGED, KEPT = "file_type_mismatch", "file_damaged", ""
# What comes of it when it is cut after 5 and 20 bytes, a quarter, a half, and 5 bytes before the end.
CUT = {
    "png": [MISMATCH, DAMAGED, DAMAGED, KEPT, KEPT],
    "jpg": [DAMAGED, DAMAGED, KEPT, KEPT, KEPT],
    "gif": [MISMATCH, KEPT, KEPT, KEPT, KEPT],
    "webp": [DAMAGED, KEPT, KEPT, KEPT, KEPT],
    "avif": [MISMATCH, DAMAGED, KEPT, KEPT, KEPT],
    "mp4": [MISMATCH, KEPT, KEPT, KEPT, KEPT],
    "pdf": [KEPT, KEPT, KEPT, KEPT, KEPT],
    "zip": [DAMAGED, DAMAGED, DAMAGED, DAMAGED, DAMAGED],
}


@pytest.mark.parametrize("ending", WHOLE)
def test_what_breaks_off_is_refused_or_shown_as_far_as_it_goes(ending, media):
    whole = WHOLE[ending]()
    codes = []
    for number, cut in enumerate((5, 20, len(whole) // 4, len(whole) // 2, len(whole) - 5)):
        before = left(media)
        codes.append(code_of(whole[:cut], f"{number}.{ending}"))
        if codes[-1]:
            assert left(media) == before
            continue
        file = StoredFile.objects.get(name=f"{number}.{ending}")
        previews.render(stored_id=file.pk)
        found = previews.preview_of(file.name, file)
        # Of a picture that cannot be made small the page says why; films and documents are for their players to judge.
        assert found.is_rendered or found.sentence or found.kind in {"video", "pdf"}
    assert codes == CUT[ending]
    assert code_of(whole, f"whole.{ending}") == KEPT
