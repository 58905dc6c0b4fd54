"""Sealed bytes: what goes in comes out, from any place; whatever is done to them is noticed."""

import io

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from files.sealing.stream import PIECE, SealedReader, SealedWriter, Tampered, new_key

KEY = bytes(range(32))
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17]


def content_of(size: int) -> bytes:
    return bytes(i * 31 % 251 for i in range(size))


def sealed(content: bytes, *, key: bytes = KEY, name: str = "n", step: int = 50_000) -> bytes:
    target = io.BytesIO()
    writer = SealedWriter(target, key, name)
    for first in range(0, len(content), step):
        writer.write(content[first : first + step])
    writer.finish()
    return target.getvalue()


def opened(data: bytes, *, key: bytes = KEY, name: str = "n") -> SealedReader:
    return SealedReader(io.BytesIO(data), key, name)


@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out(size):
    content = content_of(size)
    data = sealed(content)
    reader = opened(data)
    assert (reader.size, reader.read()) == (size, content)


@given(st.integers(0, 3 * PIECE + 20), st.integers(0, PIECE + 5))
def test_any_part_is_read_alone(start, length):
    content = content_of(3 * PIECE + 17)
    reader = io.BufferedReader(opened(_STORED))
    reader.seek(start)
    assert reader.read(length) == content[start : start + length]


_STORED = sealed(content_of(3 * PIECE + 17))


def test_a_part_is_read_without_what_lies_before_it():
    broken = bytearray(_STORED)
    broken[20] ^= 1
    reader = opened(bytes(broken))
    reader.seek(2 * PIECE)
    assert reader.read(5) == content_of(3 * PIECE)[2 * PIECE : 2 * PIECE + 5]


@pytest.mark.parametrize("place", [0, 8, 11, 12, 5000, PIECE + 30, -1, -17])
def test_a_changed_byte_is_noticed(place):
    broken = bytearray(_STORED)
    broken[place] ^= 1
    with pytest.raises(Tampered):
        opened(bytes(broken)).read()


@pytest.mark.parametrize("keep", [0, 5, 12, 27, 12 + PIECE + 16, 12 + 2 * (PIECE + 16), len(_STORED) - 1, 12 + PIECE])
def test_what_is_cut_off_is_noticed(keep):
    with pytest.raises(Tampered):
        opened(_STORED[:keep]).read()


def test_what_is_put_behind_is_noticed():
    with pytest.raises(Tampered):
        opened(_STORED + b"\0" * 40).read()


def test_pieces_that_change_places_are_noticed():
    head, size = _STORED[:12], PIECE + 16
    pieces = [_STORED[12 + n * size : 12 + (n + 1) * size] for n in range(4)]
    with pytest.raises(Tampered):
        opened(head + pieces[1] + pieces[0] + pieces[2] + pieces[3]).read()


def test_bytes_of_another_name_or_key_do_not_open():
    for wrong in ({"name": "m"}, {"key": bytes(32)}):
        with pytest.raises(Tampered):
            opened(_STORED, **wrong).read(1)


def test_an_empty_file_of_another_name_does_not_open():
    with pytest.raises(Tampered):
        opened(sealed(b""), name="m").read()


def test_without_its_end_nothing_is_whole():
    target = io.BytesIO()
    SealedWriter(target, KEY, "n").write(content_of(2 * PIECE))
    with pytest.raises(Tampered):
        opened(target.getvalue()).read()


def test_the_format_is_the_one_that_is_written_down():
    data = sealed(b"hello", name="ab/c")
    place = (0).to_bytes(11, "big") + b"\1"
    head = b"AUMSEAL1" + (65536).to_bytes(4, "big")
    assert data == head + AESGCM(KEY).encrypt(place, b"hello", head + place + b"ab/c")


def test_keys_differ():
    assert len({new_key() for _ in range(50)}) == 50
