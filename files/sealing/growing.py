"""Sealed bytes that grow: each part that is put behind them is there whole or not at all, whenever the process is killed.

    two ends   of one length each: the last piece, which is not full yet, sealed; then two numbers of 8 bytes, big-endian
    pieces     the full ones, 64 KiB of content each, sealed

Sealed is AES-256-GCM: a nonce of 12 bytes, the content, a tag of 16 bytes. What is authenticated with it: the name under which
the bytes gather, and of a piece its number, of an end its two numbers. They are: how often an end was written, which tells the
newer one, and how many bytes of content there are.

An end says what counts. A part is put behind the full pieces, which is seen by nobody, and flushed; then the older end is
written over, and flushed. Who is killed before that leaves the newer end as it was; a half-written one does not open, so the
other counts; what lies behind the last piece that counts is written over by the next part.

Nonces are random. The end is sealed anew with every part, and pieces that did not count are written once more with other
content: a nonce made of the place (as ``files.sealing.stream`` has it) would come twice with one key, which gives both contents
away. Of 96 random bits two are the same with a chance below 2^-32 after 2^32 pieces (NIST SP 800-38D, 8.3); a key, which is made
for one upload, sees some ten thousand.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.positioned import Positioned
from files.sealing.stream import PIECE, Tampered

_NONCE = 12
_TAG = 16
_SEALED = _NONCE + PIECE + _TAG
_NUMBERS = 16
_END = _SEALED + _NUMBERS
_PIECES_FROM = 2 * _END


@dataclass(frozen=True)
class End:
    """``turn``: how often an end was written; ``size``: bytes of content. ``tail`` is what no full piece holds."""

    turn: int = 0
    size: int = 0
    tail: bytes = b""


def size_told(number: int) -> int:
    """How many bytes of content the open file ``number`` says to have; for who has not the key, and need not be sure."""
    return max(_numbers(os.pread(number, _NUMBERS, place * _END + _SEALED)) for place in (0, 1))[1]


class SealedGrowth:
    """The open file ``number``, to be made longer by one writer at a time; ``name`` is what it gathers under.

    What is added counts when ``commit`` has returned.
    """

    def __init__(self, number: int, key: bytes, name: str) -> None:
        self._number, self._name = number, name
        self._cipher = AESGCM(key)
        self._end = newest_end(number, self._cipher, name)
        self._rest = bytearray(self._end.tail)
        self.size = self._end.size

    def add(self, content: bytes) -> None:
        """Put ``content`` behind what is here."""
        at = self.size // PIECE
        self._rest += content
        self.size += len(content)
        while len(self._rest) >= PIECE:
            sealed = _sealed(self._cipher, bytes(self._rest[:PIECE]), _of_piece(self._name, at))
            _write(self._number, sealed, _place_of(at))
            del self._rest[:PIECE]
            at += 1

    def commit(self) -> None:
        """Let what was added count, flushed to disk."""
        os.fsync(self._number)
        end = End(self._end.turn + 1, self.size, bytes(self._rest))
        numbers = end.turn.to_bytes(8, "big") + end.size.to_bytes(8, "big")
        # Always of one length, so that it has a place of its own.
        sealed = _sealed(self._cipher, end.tail.ljust(PIECE, b"\0"), _of_end(self._name, numbers))
        _write(self._number, sealed + numbers, end.turn % 2 * _END)
        os.fsync(self._number)
        self._end = end

    def take_back(self) -> None:
        """Forget what was added since the last ``commit``, also if that broke off."""
        self._rest, self.size = bytearray(self._end.tail), self._end.size
        numbers = (self._end.turn + 1) % 2 * _END + _SEALED
        if _numbers(os.pread(self._number, _NUMBERS, numbers))[0] > self._end.turn:
            _write(self._number, bytes(_NUMBERS), numbers)
        os.ftruncate(self._number, _place_of(self.size // PIECE) if self._end.turn else 0)


class GrownReader(Positioned):
    """The content of such a file, from any place on; closing it closes the file. Raises ``Tampered`` when it is read."""

    def __init__(self, number: int, key: bytes, name: str) -> None:
        self._number, self._name = number, name
        self._cipher = AESGCM(key)
        self._end = newest_end(number, self._cipher, name)
        self.size = self._end.size
        self._held: tuple[int, bytes] = (-1, b"")

    def readinto(self, target: bytearray) -> int:  # type: ignore[override]
        if self._at >= self.size:
            return 0
        number, inside = divmod(self._at, PIECE)
        found = self._piece(number)[inside : inside + len(target)]
        target[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        if not self.closed:
            os.close(self._number)
        super().close()

    def _piece(self, number: int) -> bytes:
        if number == self.size // PIECE:
            return self._end.tail
        if self._held[0] != number:
            sealed = os.pread(self._number, _SEALED, _place_of(number))
            self._held = number, _opened(self._cipher, sealed, _of_piece(self._name, number))
        return self._held[1]


def newest_end(number: int, cipher: AESGCM, name: str) -> End:
    """The end that counts; an empty one where none was written whole."""
    ends = [os.pread(number, _END, place * _END) for place in (0, 1)]
    for stored in sorted(ends, key=lambda stored: _numbers(stored[_SEALED:]), reverse=True):
        turn, size = _numbers(stored[_SEALED:])
        try:
            content = _opened(cipher, stored[:_SEALED], _of_end(name, stored[_SEALED:]))
        except Tampered:
            continue
        return End(turn, size, content[: size % PIECE])
    return End()


def _numbers(stored: bytes) -> tuple[int, int]:
    return int.from_bytes(stored[:8], "big"), int.from_bytes(stored[8:], "big")


def _place_of(piece: int) -> int:
    return _PIECES_FROM + piece * _SEALED


def _of_piece(name: str, piece: int) -> bytes:
    return b"piece" + piece.to_bytes(8, "big") + name.encode()


def _of_end(name: str, numbers: bytes) -> bytes:
    return b"end" + numbers + name.encode()


def _sealed(cipher: AESGCM, content: bytes, associated: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, content, associated)


def _opened(cipher: AESGCM, sealed: bytes, associated: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], associated)
    except (InvalidTag, ValueError) as error:
        raise Tampered from error


def _write(number: int, content: bytes, at: int) -> None:
    left = memoryview(content)
    while left:
        # A disk that is nearly full may take a part of it.
        done = os.pwrite(number, left, at)
        at += done
        left = left[done:]
