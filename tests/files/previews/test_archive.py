"""What lies in archives, without unpacking them."""

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest

from files.previews import archive
from files.previews.archive import ArchivePreview, Entry, archive_preview
from files.previews.base import NoPreview
from tests.factories.previews import tape

WHEN = datetime.fromtimestamp(1_700_000_000, UTC)


def preview(content: bytes, name: str = "a.zip") -> ArchivePreview:
    return archive_preview(io.BytesIO(content), name)


def why_not(content: bytes, name: str = "a.zip") -> str:
    with pytest.raises(NoPreview) as refusal:
        preview(content, name)
    return refusal.value.reason.value


def zipped(names: list[str], content: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(zipfile.ZipInfo(name, (2026, 11, 2, 9, 5, 4)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def test_zip():
    shown = preview(zipped(["folder/", "folder/a.txt", "inner.tar.gz"], b"a" * 1000))
    moment = datetime(2026, 11, 2, 9, 5, 4)
    folder, text, inner = shown.entries
    assert text == Entry("folder/a.txt", 1000, text.packed_size, moment)
    assert 0 < (text.packed_size or 0) < 50
    assert (folder.is_folder, inner.is_archive, text.is_archive) == (True, True, False)
    assert (shown.total, shown.is_cut) == (3, False)


def test_what_is_encrypted_or_a_link_is_marked():
    content = zipped(["a.txt"])
    # The flag stands in the table of contents, eight bytes after its sign.
    at = content.index(b"PK\x01\x02") + 8
    [entry] = preview(content[:at] + b"\x01\x00" + content[at + 2 :]).entries
    assert entry.is_encrypted
    assert not preview(content).entries[0].is_encrypted
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        pointer = zipfile.ZipInfo("passwords")
        pointer.external_attr = 0o120777 << 16
        packed.writestr(pointer, "/etc/passwd")
    assert preview(target.getvalue()).entries[0].is_link
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as made:
        link = tarfile.TarInfo("passwords")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link)
    assert preview(target.getvalue(), "a.tar").entries[0].is_link


def test_names_are_shown_as_they_are_and_can_be_seen():
    names = ["../../etc/passwd", "/etc/shadow", "a\u202egpj.exe", "b\x1b[31m", "c\\..\\d", "<b>"]
    shown = [entry.name for entry in preview(zipped(names)).entries]
    assert shown == ["../../etc/passwd", "/etc/shadow", "a‹U+202E›gpj.exe", "b‹U+001B›[31m", "c\\..\\d", "<b>"]
    [cut] = preview(zipped(["aXb.exe"]).replace(b"aXb.exe", b"a\0b.exe")).entries
    assert cut.name == "a‹U+0000›b.exe"
    [long] = preview(zipped(["x" * 2000])).entries
    assert len(long.name) == 500


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_tapes(packing):
    shown = preview(tape({"a.txt": b"abc", "../b\u202e.bin": b"x" * 100_000}, packing=packing), "a.tar.gz")
    assert shown.entries == (
        Entry("a.txt", 3, modified=WHEN),
        Entry("../b‹U+202E›.bin", 100_000, modified=WHEN),
    )
    assert (shown.total, shown.is_cut) == (2, False)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_one_packed_file_is_its_content(pack):
    content = pack(b"hello " * 1000)
    assert preview(content, "notes.txt.gz").entries == (Entry("notes.txt", None, len(content)),)


def test_packed_in_pieces():
    content = tape({"a": b"x" * 3000, "b": b""})
    assert [e.name for e in preview(gzip.compress(content[:2000]) + gzip.compress(content[2000:])).entries] == [
        "a",
        "b",
    ]


def test_many_entries_are_cut():
    shown = preview(zipped([f"{n}" for n in range(1001)]))
    assert (len(shown.entries), shown.total, shown.is_cut) == (1000, 1001, True)
    taped = preview(tape({f"{n}": b"" for n in range(1001)}), "a.tar")
    assert (len(taped.entries), taped.total, taped.is_cut) == (1000, None, True)
    full = preview(tape({f"{n}": b"" for n in range(1000)}), "a.tar")
    assert (len(full.entries), full.total, full.is_cut) == (1000, 1000, False)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bombs_are_unpacked_in_small_parts_and_not_to_their_end(pack):
    large = tarfile.TarInfo("large")
    large.size = 200_000_000
    content = pack(large.tobuf() + bytes(60_000_000))
    tracemalloc.start()
    shown = preview(content)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ([entry.name for entry in shown.entries], shown.total, shown.is_cut) == (["large"], None, True)
    # The window of xz alone has eight megabytes.
    assert most < 10_000_000


def test_slow_tapes_end(monkeypatch):
    monkeypatch.setattr(archive, "_SECONDS", -1)
    shown = preview(tape({"a": b"", "b": b""}), "a.tar")
    assert ([entry.name for entry in shown.entries], shown.total) == (["a"], None)


def test_xz_that_asks_for_much_memory_is_refused(monkeypatch):
    content = tape({"a": b""}, packing="xz")
    monkeypatch.setattr(archive, "_XZ_MEMORY", 1_000_000)
    assert why_not(content) == "damaged"


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_cut_tapes_have_a_reason(packing):
    content = tape({"a": bytes(range(256)) * 400, "b": b"x"}, packing=packing)
    assert why_not(content[: len(content) // 2]) == "damaged"


def test_what_is_no_archive_has_a_reason():
    assert why_not(b"PK\x03\x04" + b"x" * 100) == "damaged"
    assert why_not(b"no archive" * 100, "a.tar") == "damaged"
    assert why_not(b"") == "damaged"


def test_a_table_of_contents_that_would_fill_the_memory_is_not_read(monkeypatch):
    monkeypatch.setattr(archive, "_DIRECTORY_BYTES", 70_000)
    assert why_not(zipped([f"{n:0100}" for n in range(1000)])) == "too_large"


def test_a_header_that_would_fill_the_memory_is_not_read():
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 2_000_000
    assert why_not(header.tobuf() + bytes(3_000_000), "a.tar") == "too_large"
    packed = preview(gzip.compress(tape({"a": b"a"})))
    assert packed.total == 1
