"""Sealed bytes that grow: what counted counts whatever happens next, and no nonce comes twice."""

import io
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from files.sealing import growing
from files.sealing.growing import GrownReader, SealedGrowth, size_told
from files.sealing.stream import PIECE, Tampered

KEY = bytes(range(32))
SIZES = st.lists(st.sampled_from([1, 17, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5]), max_size=6)


def content_of(size: int, seed: int = 0) -> bytes:
    return bytes((i * 31 + seed) % 251 for i in range(size))


class Sealed:
    """The file, opened anew for each part as for each request."""

    def __init__(self, path: Path, name: str = "n") -> None:
        self.path, self.name = path, name
        path.touch()

    def add(self, *parts: bytes) -> None:
        with self.path.open("r+b", buffering=0) as handle:
            growth = SealedGrowth(handle.fileno(), KEY, self.name)
            for part in parts:
                growth.add(part)
            growth.commit()

    def content(self, *, key: bytes = KEY, name: str = "") -> bytes:
        with GrownReader(os.open(self.path, os.O_RDONLY), key, name or self.name) as reader:
            return reader.read()

    def told(self) -> int:
        with self.path.open("rb") as handle:
            return size_told(handle.fileno())


@pytest.fixture
def sealed(tmp_path) -> Sealed:
    return Sealed(tmp_path / "a.upload")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SIZES)
def test_parts_of_any_size_are_one_content(tmp_path, sizes):
    path = tmp_path / "b.upload"
    path.unlink(missing_ok=True)
    sealed, whole = Sealed(path), b""
    for number, size in enumerate(sizes):
        part = content_of(size, number)
        whole += part
        sealed.add(part)
        assert (sealed.content() == whole, sealed.told()) == (True, len(whole))


@pytest.mark.parametrize("at", [0, 1, PIECE - 1, PIECE, 2 * PIECE + 9, 3 * PIECE + 4])
def test_it_is_read_from_any_place(sealed, at):
    whole = content_of(3 * PIECE + 5)
    sealed.add(whole)
    with io.BufferedReader(GrownReader(os.open(sealed.path, os.O_RDONLY), KEY, "n")) as reader:
        reader.seek(at)
        assert (reader.read(10), reader.seek(-3, os.SEEK_END)) == (whole[at : at + 10], len(whole) - 3)
        with pytest.raises(ValueError, match="before"):
            reader.raw.seek(-1)


@pytest.mark.parametrize("before", [0, 5, PIECE, 2 * PIECE + 5], ids=str)
def test_who_dies_at_any_moment_leaves_what_counted(tmp_path, monkeypatch, before):
    """After each write, whole or half, the file is what a killed process leaves: it is read, and goes on from there."""
    sealed, first, second = Sealed(tmp_path / "a"), content_of(before), content_of(2 * PIECE + 100, 7)
    if before:
        # Twice, so that both ends hold something of before.
        sealed.add(first[: before // 2])
        sealed.add(first[before // 2 :])
    left: list[bytes] = []
    real = os.pwrite

    def noted(number: int, data: memoryview, at: int) -> int:
        done = real(number, data[: max(1, len(data) // 2)], at)
        left.append(sealed.path.read_bytes())
        return done

    with monkeypatch.context() as patch:
        patch.setattr(growing.os, "pwrite", noted)
        sealed.add(second)
    assert len(left) > 20
    for number, state in enumerate(left):
        after = Sealed(tmp_path / f"after{number}")
        after.path.write_bytes(state)
        whole = number == len(left) - 1
        assert after.content() == (first + second if whole else first)
        if not whole:
            after.add(b"other")
            assert after.content() == first + b"other"


@pytest.mark.parametrize("call", ["pwrite", "fsync"])
@pytest.mark.parametrize("nth", range(6))
@pytest.mark.parametrize("before", [0, 1, 2])
def test_what_is_taken_back_never_counts(sealed, monkeypatch, call, nth, before):
    """Also when the last step of all fails: the part is not acknowledged, so it must not be there."""
    first = b"first" * before
    for _ in range(before):
        sealed.add(b"first")
    real, calls = getattr(os, call), iter(range(100))

    def failing(*args):
        if next(calls) == nth:
            raise OSError(28, "full")
        return real(*args)

    with sealed.path.open("r+b", buffering=0) as handle:
        growth = SealedGrowth(handle.fileno(), KEY, "n")
        try:
            with monkeypatch.context() as patch:
                patch.setattr(growing.os, call, failing)
                growth.add(content_of(3 * PIECE))
                growth.commit()
        except OSError:
            growth.take_back()
            assert (growth.size, sealed.content()) == (len(first), first)
            growth.add(b"next")
            growth.commit()
            assert sealed.content() == first + b"next"


def test_no_nonce_comes_twice_with_a_key(sealed, monkeypatch):
    """The end is sealed anew with each part, and pieces that did not count are written again."""
    nonces: list[bytes] = []
    real = growing._sealed

    def noted(cipher: AESGCM, content: bytes, associated: bytes) -> bytes:
        made = real(cipher, content, associated)
        nonces.append(made[:12])
        return made

    monkeypatch.setattr(growing, "_sealed", noted)
    for number in range(20):
        sealed.add(content_of(PIECE // 3, number))
        with sealed.path.open("r+b", buffering=0) as handle:
            growth = SealedGrowth(handle.fileno(), KEY, "n")
            growth.add(content_of(PIECE * 2, number))
            growth.take_back()
    assert (len(nonces) > 40, len(set(nonces))) == (True, len(nonces))


def test_what_was_changed_does_not_open(sealed):
    whole = content_of(2 * PIECE + 5)
    sealed.add(whole)
    stored = sealed.path.read_bytes()
    pieces = 2 * growing._END
    for at in (pieces, pieces + 12, pieces + PIECE, len(stored) - 1):
        sealed.path.write_bytes(stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :])
        with pytest.raises(Tampered):
            sealed.content()
    size = growing._SEALED
    swapped = stored[:pieces] + stored[pieces + size :] + stored[pieces : pieces + size]
    for changed in (stored[:-size], swapped):
        sealed.path.write_bytes(changed)
        with pytest.raises(Tampered):
            sealed.content()


def test_another_key_or_name_finds_nothing_that_counts(sealed):
    sealed.add(b"words")
    assert (sealed.content(key=bytes(32)), sealed.content(name="m"), sealed.content()) == (b"", b"", b"words")
