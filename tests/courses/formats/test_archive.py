"""Archives that are broken, hostile or too large leave a sentence with a place, and nothing on the disk."""

import gzip
import io
import os
import struct
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Invalid
from courses.formats import archive
from courses.formats.archive import Limits, opened
from tests.samples import sample_folder

FILES = {"course.xml": b"<course/>", "static/a.txt": b"Words.\n" * 200}


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path_factory, monkeypatch) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


def tarred(path: Path, files: dict[str, bytes], *extra: tarfile.TarInfo, mode: str = "w:gz", prefix: str = "") -> Path:
    with tarfile.open(path, mode) as made:
        for name, content in files.items():
            entry = tarfile.TarInfo(prefix + name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
        for entry in extra:
            made.addfile(entry)
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def read(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def refused(path: Path, limits: Limits | None = None) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as error, opened(path, limits):
        pytest.fail("it was unpacked")
    assert error.value.code == "archive_broken"
    return {place: [str(s) for s in sentences] for place, sentences in error.value.fields.items()}


@pytest.mark.parametrize("prefix", ["", "course/", "./", "./course/"])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_told_by_its_content(tmp_path, mode, prefix):
    with opened(tarred(tmp_path / "named.zip", FILES, mode=mode, prefix=prefix)) as folder:
        assert read(folder) == FILES


def test_a_zip_is_told_by_its_content(tmp_path):
    with opened(zipped(tmp_path / "named.tar.gz", {f"course/{n}": c for n, c in FILES.items()})) as folder:
        assert read(folder) == FILES


def test_a_folder_is_copied_without_its_dot_files(tmp_path):
    for name, content in {**FILES, ".git/config": b"x", ".DS_Store": b"x"}.items():
        (tmp_path / "course" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "course" / name).write_bytes(content)
    with opened(tmp_path / "course") as folder:
        assert read(folder) == FILES
        (folder / "course.xml").write_text("changed")
    assert (tmp_path / "course/course.xml").read_bytes() == FILES["course.xml"]


def test_a_folder_with_a_link_is_refused(tmp_path):
    (tmp_path / "course").mkdir()
    os.symlink("/etc/passwd", tmp_path / "course" / "secret.xml")
    assert refused(tmp_path / "course") == {"secret.xml": ["It holds a link. Put the file itself there."]}


LINK = ["It holds a link. Put the file itself there."]
NO_FILE = ["It holds something that is no plain file."]
OUTSIDE = ["It holds a name that leads outside of it."]
TWICE = ["It holds this name twice, perhaps in small and in capital letters."]
MEMBERS = {
    "symbolic link": (entry("a.xml", tarfile.SYMTYPE, "/etc/passwd"), {"a.xml": LINK}),
    "link inside": (entry("a.xml", tarfile.SYMTYPE, "course.xml"), {"a.xml": LINK}),
    "hard link": (entry("a.xml", tarfile.LNKTYPE, "course.xml"), {"a.xml": LINK}),
    "device": (entry("null", tarfile.CHRTYPE), {"null": NO_FILE}),
    "pipe": (entry("pipe", tarfile.FIFOTYPE), {"pipe": NO_FILE}),
    "absolute": (entry("/etc/evil", tarfile.REGTYPE), {"/etc/evil": OUTSIDE}),
    "traversal": (entry("a/../../evil", tarfile.REGTYPE), {"a/../../evil": OUTSIDE}),
    "folder outside": (entry("../evil", tarfile.DIRTYPE), {"../evil": OUTSIDE}),
    "control character": (
        entry("a\x1b[2Jb", tarfile.REGTYPE),
        {"a\ufffd[2Jb": ["It holds a name with control characters in it."]},
    ),
    "twice": (entry("course.xml", tarfile.REGTYPE), {"course.xml": TWICE}),
    "twice but for capitals": (entry("COURSE.xml", tarfile.REGTYPE), {"COURSE.xml": TWICE}),
    "file and folder": (
        entry("course.xml/a", tarfile.REGTYPE),
        {"course.xml/a": ["It holds this name both as a file and as a folder."]},
    ),
    "deep": (
        entry("a/" * 20 + "b", tarfile.REGTYPE),
        {"a/" * 20 + "b": ["Its folders stand more than 20 deep in each other."]},
    ),
    "long": (entry("a" * 300, tarfile.REGTYPE), {"a" * 200: ["It holds a name that is too long."]}),
}


@pytest.mark.parametrize(("member", "expected"), MEMBERS.values(), ids=MEMBERS.keys())
def test_a_hostile_member(tmp_path, member, expected):
    assert refused(tarred(tmp_path / "c.tar.gz", FILES, member)) == expected


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_an_archive_that_is_cut_off(tmp_path, mode, share):
    content = tarred(tmp_path / "c.tar", {**FILES, "static/b.bin": os.urandom(20_000)}, mode=mode).read_bytes()
    (tmp_path / "c.tar").write_bytes(content[: int(len(content) * share)])
    assert list(refused(tmp_path / "c.tar")) == ["c.tar"]


def test_a_tar_that_is_cut_off_between_two_members(tmp_path):
    content = tarred(tmp_path / "c.tar", FILES, mode="w").read_bytes()
    (tmp_path / "c.tar").write_bytes(content[:1024])
    assert list(refused(tmp_path / "c.tar")) == ["c.tar"]


def test_a_zip_that_is_cut_off(tmp_path):
    content = zipped(tmp_path / "c.zip", FILES).read_bytes()
    (tmp_path / "c.zip").write_bytes(content[:-30])
    assert refused(tmp_path / "c.zip") == {"c.zip": ["This is not a ZIP file that can be unpacked."]}


@pytest.mark.parametrize(
    "content", [b"", b"Words", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", gzip.compress(b"Words", mtime=0)]
)
def test_what_is_no_archive(tmp_path, content):
    (tmp_path / "c.tar.gz").write_bytes(content)
    assert list(refused(tmp_path / "c.tar.gz")) == ["c.tar.gz"]


def test_nothing_there(tmp_path):
    assert refused(tmp_path / "none.zip") == {"none.zip": ["There is nothing at this place."]}


def test_a_hundred_thousand_members_are_refused_quickly(tmp_path):
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz", compresslevel=1) as made:
        for number in range(100_000):
            made.addfile(tarfile.TarInfo(f"f{number}"))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as made_zip:
        for number in range(100_000):
            made_zip.writestr(f"f{number}", b"")
    for name in ("c.tar.gz", "c.zip"):
        began = time.thread_time()
        assert refused(tmp_path / name) == {".": ["It has more than 20000 files."]}
        assert time.thread_time() - began < 5


def test_limits_hold_for_every_kind(tmp_path):
    tarred(tmp_path / "c.tar", {"a": b"x" * 600, "b": b"x" * 600})
    zipped(tmp_path / "c.zip", {"a": b"x" * 600, "b": b"x" * 600})
    (tmp_path / "c").mkdir()
    for name in ("a", "b"):
        (tmp_path / "c" / name).write_bytes(b"x" * 600)
    for name in ("c.tar", "c.zip", "c"):
        assert refused(tmp_path / name, Limits(members=1)) == {".": ["It has more than 1 files."]}
        assert refused(tmp_path / name, Limits(total=1000)) == {".": ["It has more than 1000\xa0bytes in it."]}
        assert refused(tmp_path / name, Limits(one=500)) == {"a": ["This file is larger than 500\xa0bytes."]}


def test_what_unpacks_to_very_much_more_is_refused(tmp_path):
    (tmp_path / "c.tar.gz").write_bytes(gzip.compress(bytes(archive.RATIO_FROM + 1024)))
    assert refused(tmp_path / "c.tar.gz") == {
        "c.tar.gz": ["This is packed so tightly that it looks like an archive made to do harm."]
    }


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path):
    header = entry("a", tarfile.XHDTYPE)
    header.size = 100 * 1024 * 1024
    (tmp_path / "c.tar").write_bytes(header.tobuf() + b"20 path=abcdefghijk\n" * 100_000)
    assert refused(tmp_path / "c.tar") == {"c.tar": ["This archive is broken or cut off. Pack it again."]}


def test_an_xz_that_asks_for_much_memory_is_refused(tmp_path):
    # The filter's dictionary is said to have four gigabytes.
    head = b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F"
    block = b"\x02\x00\x21\x01\x28\x00\x00\x00"
    (tmp_path / "c.tar.xz").write_bytes(head + block + struct.pack("<I", zlib.crc32(block)) + bytes(64))
    assert list(refused(tmp_path / "c.tar.xz")) == ["c.tar.xz"]


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("zip-slip.zip", "pwned.txt"),
        ("canvas-evil.zip", "evil_symlink"),
        ("zip-bomb-100mb.zip", "zeros.bin"),
    ],
)
def test_hostile_samples(name, place):
    path = sample_folder("hostile") / name
    assert [name.rpartition("/")[2] for name in refused(path)] == [place]
