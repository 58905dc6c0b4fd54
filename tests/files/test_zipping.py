"""Archives that are made while they are sent: names, lengths, and what breaks them off."""

import io
import zipfile
from datetime import datetime

import pytest

from files.zipping import Member, MemberLost, Names, length_of, pieces, safe_name

NOON = datetime(2026, 5, 3, 12, 30, 8)


def member(path: str, content: bytes, size: int | None = None) -> Member:
    return Member(path, NOON, len(content) if size is None else size, lambda: io.BytesIO(content))


def made(members: list[Member]) -> bytes:
    return b"".join(pieces(members))


def test_what_is_read_back_is_what_was_given():
    content = bytes(range(256)) * 4096
    archive = made(
        [Member("Hölzer/", NOON), member("Hölzer/größe ☂.bin", content), member("a.txt", b""), Member("leer/", NOON)]
    )
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert read.testzip() is None
        assert read.namelist() == ["Hölzer/", "Hölzer/größe ☂.bin", "a.txt", "leer/"]
        assert read.read("Hölzer/größe ☂.bin") == content
        info = read.infolist()[1]
        # Said to be UTF-8, so that no program guesses.
        assert info.flag_bits & 0x800
        assert (info.compress_type, info.date_time) == (zipfile.ZIP_STORED, (2026, 5, 3, 12, 30, 8))


@pytest.mark.parametrize("limit", [2**31 - 1, 5000, 40, 0], ids=["small", "large-member", "far", "all-64"])
def test_its_length_is_known_before_it_is_made(monkeypatch, limit):
    """Also where the numbers need 64 bits, as of more than two gigabytes."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    members = [Member("Ä/", NOON), *(member(f"Ä/ö{n}.bin", b"x" * n * 1000) for n in range(9)), member("z", b"")]
    archive = made(members)
    assert len(archive) == length_of(members)
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert read.testzip() is None
        assert len(read.namelist()) == len(members)


def test_more_entries_than_fit_the_old_format(monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    members = [member(str(n), b"x") for n in range(5)]
    assert len(made(members)) == length_of(members)


@pytest.mark.parametrize("size", [3, 9])
def test_what_is_shorter_or_longer_than_it_was_breaks_off(size):
    rest = pieces([member("a.bin", b"whole"), member("b.bin", b"12345", size)])
    with pytest.raises(MemberLost) as lost:
        list(rest)
    assert lost.value.member.path == "b.bin"


def test_what_is_gone_breaks_off_before_the_table_of_contents():
    def gone():
        raise FileNotFoundError

    got = io.BytesIO()
    with pytest.raises(MemberLost):
        got.writelines(pieces([member("a.bin", b"whole"), Member("b.bin", NOON, 5, gone)]))
    assert b"whole" in got.getvalue()
    assert not zipfile.is_zipfile(got)


def test_it_is_closed_where_the_reader_goes_away():
    source = io.BytesIO(b"x" * 600_000)
    rest = pieces([Member("a.bin", NOON, 600_000, lambda: source)])
    next(rest)
    rest.close()
    assert source.closed


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        (" .hidden. ", "hidden"),
        ("C:\\evil.txt", "C__evil.txt"),
        ("a\0b\r\n.txt", "a_b__.txt"),
        ("why?.md", "why_.md"),
        ("con.txt", "_con.txt"),
        ("concert.txt", "concert.txt"),
        ("Größe ☂.md", "Größe ☂.md"),
    ],
)
def test_names_lead_nowhere_else(name, safe):
    assert safe_name(name) == safe


def test_no_name_comes_twice_in_a_folder():
    names = Names()
    given = [names.free("a/", one) for one in ("x.md", "X.md", "x.md", "x (2).md", "noending", "noending")]
    assert given == ["x.md", "X (2).md", "x (3).md", "x (2) (2).md", "noending", "noending (2)"]
    assert names.free("b/", "x.md") == "x.md"
