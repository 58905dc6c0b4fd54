"""Sealed bytes: encrypted piece by piece, so that any part can be read alone and none can be changed, left out or moved.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015) with AES-256-GCM (NIST SP 800-38D):

    header   8 bytes "AUMSEAL1", 4 bytes the length of a piece, big-endian
    pieces   each of that length, the last one shorter or as long; each followed by its tag of 16 bytes

The nonce of a piece is its number (11 bytes, big-endian) and 1 for the last one, 0 for the others. What is authenticated
with it: the header, number and mark again, and the name under which the bytes are kept, so that one file's bytes cannot
stand in another's place. No nonce comes twice: each key is made for one stream and never used for a second one.
"""

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.positioned import Positioned

PIECE = 64 * 1024
KEY_BYTES = 32
_MAGIC = b"AUMSEAL1"
_HEADER = len(_MAGIC) + 4
_TAG = 16
# A header that says more was not written here.
_MOST_PIECE = 16 * 1024 * 1024


class Tampered(Exception):
    """The bytes are not what was sealed: changed, cut, moved, or sealed with another key."""


def new_key() -> bytes:
    """A key that nothing was sealed with yet."""
    return os.urandom(KEY_BYTES)


class SealedWriter(io.RawIOBase):
    """Seals what is written and hands it on to ``target``; ``name`` is what it is kept under.

    ``key`` is fresh (``new_key``). ``finish`` writes the last piece; without it the bytes can never be read as whole.
    """

    def __init__(self, target: BinaryIO, key: bytes, name: str) -> None:
        self._target, self._name = target, name
        self._cipher = AESGCM(key)
        self._rest = bytearray()
        self._number = 0
        self._head = _MAGIC + PIECE.to_bytes(4, "big")
        self._finished = False
        # Bytes of content so far.
        self.size = 0
        target.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._rest += data
        self.size += len(data)
        # The last piece is known as such only when nothing follows.
        while len(self._rest) > PIECE:
            self._piece(bytes(self._rest[:PIECE]), last=False)
            del self._rest[:PIECE]
        return len(data)

    def finish(self) -> None:
        """Write the end; done again it does nothing."""
        if not self._finished:
            self._piece(bytes(self._rest), last=True)
            self._rest.clear()
            self._finished = True

    def _piece(self, content: bytes, *, last: bool) -> None:
        nonce, associated = _place(self._number, last, self._head, self._name)
        self._target.write(self._cipher.encrypt(nonce, content, associated))
        self._number += 1


class SealedReader(Positioned):
    """The content again, from any place on. ``size`` is that of the content; closing it closes ``source``.

    Raises ``Tampered`` when it is opened or read; what was read before is as it was sealed.
    """

    def __init__(self, source: BinaryIO, key: bytes, name: str) -> None:
        self._source, self._name = source, name
        self._cipher = AESGCM(key)
        stored = source.seek(0, os.SEEK_END)
        source.seek(0)
        self._head = source.read(_HEADER)
        self._piece = int.from_bytes(self._head[len(_MAGIC) :], "big")
        if not self._head.startswith(_MAGIC) or not 0 < self._piece <= _MOST_PIECE or stored < _HEADER + _TAG:
            raise Tampered
        self._pieces = -(-(stored - _HEADER) // (self._piece + _TAG))
        self.size = stored - _HEADER - _TAG * self._pieces
        if self.size < self._piece * (self._pieces - 1):
            raise Tampered
        self._held: tuple[int, bytes] = (-1, b"")

    def readinto(self, target: bytearray) -> int:  # type: ignore[override]
        if self._at >= self.size:
            # Also of what is empty the seal is looked at.
            if self.size == 0:
                self._opened(0)
            return 0
        number, inside = divmod(self._at, self._piece)
        found = self._opened(number)[inside : inside + len(target)]
        target[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _opened(self, number: int) -> bytes:
        if self._held[0] == number:
            return self._held[1]
        self._source.seek(_HEADER + number * (self._piece + _TAG))
        sealed = self._source.read(self._piece + _TAG)
        nonce, associated = _place(number, number == self._pieces - 1, self._head, self._name)
        try:
            content = self._cipher.decrypt(nonce, sealed, associated)
        except (InvalidTag, ValueError) as error:
            raise Tampered from error
        self._held = (number, content)
        return content


def _place(number: int, last: bool, head: bytes, name: str) -> tuple[bytes, bytes]:
    place = number.to_bytes(11, "big") + bytes([last])
    return place, head + place + name.encode()
