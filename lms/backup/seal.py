"""The outside of a backup: which key opens it, then everything else sealed as one stream.

    head     8 bytes "AUMBACK1", 2 bytes the length of what follows, big-endian, then JSON: id, key, wrapped
    stream   as ``files.sealing.stream`` writes it, under the name "backup/" and the SHA-256 of the head

The stream's key is wrapped with the master key that ``key`` names, bound to ``id``. The name of the stream binds the head to
it, so that no byte of the file can be another one.
"""

import base64
import hashlib
import io
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings

from core.errors import ProviderError
from files.sealing.keys import LocalKeys, WrappedKey, key_service
from files.sealing.stream import SealedReader, SealedWriter, Tampered, new_key
from lms.backup.errors import Refused

_MAGIC = b"AUMBACK1"
_LENGTH = 2
_PIECE = 64 * 1024

EDITED = "This backup was edited or cut: what is in it is not what was sealed. Nothing was changed here. Take another copy of it."
_NO_BACKUP = "{path} is no backup of Aumbry, or its beginning was edited."


@dataclass(frozen=True)
class Opened:
    """The content of a backup, seekable, and the name of the master key that opened it."""

    content: BinaryIO
    key_name: str


def sealing(target: BinaryIO) -> tuple[SealedWriter, str]:
    """A writer that seals to ``target``, to be finished by the caller, and the name of the master key that is needed to
    open it. Raises ``Refused`` if the keys cannot be had."""
    number, key = uuid.uuid4().hex, new_key()
    try:
        wrapped = key_service().wrap(key, context=_context(number))
    except ProviderError as error:
        raise Refused(f"The backup cannot be encrypted: {error.message}") from error
    except ValueError as error:
        raise Refused(f"The backup cannot be encrypted, since the file of keys makes no sense: {error}.") from error
    told = {"id": number, "key": wrapped.name, "wrapped": base64.b64encode(wrapped.data).decode()}
    text = json.dumps(told, sort_keys=True).encode()
    head = _MAGIC + len(text).to_bytes(_LENGTH, "big") + text
    target.write(head)
    return SealedWriter(target, key, _stream_name(head)), wrapped.name


def opened(path: Path) -> Opened:
    """Open the backup at ``path``; closing the content closes the file.

    Raises ``Refused`` for what is no backup and for a key that is not here. Reading the content raises ``Tampered``.
    """
    try:
        source = path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error
    try:
        head, told = _read_head(source, path)
        key = _unwrapped(told)
        content = SealedReader(cast(BinaryIO, _From(source, len(head))), key, _stream_name(head))
    except Tampered as error:
        source.close()
        raise Refused(EDITED) from error
    except BaseException:
        source.close()
        raise
    return Opened(cast(BinaryIO, io.BufferedReader(content, buffer_size=_PIECE)), told["key"])


def where_keys_are() -> str:
    """In words, for whoever has to keep a copy of them."""
    service = key_service()
    if not isinstance(service, LocalKeys):
        return "the key service that FILE_KEY_SERVICE names"
    return "FILE_KEYS" if service.is_given else str(settings.FILE_KEYS_FILE)


def _read_head(source: BinaryIO, path: Path) -> tuple[bytes, dict[str, str]]:
    start = source.read(len(_MAGIC) + _LENGTH)
    text = source.read(int.from_bytes(start[len(_MAGIC) :], "big"))
    try:
        told = json.loads(text)
        is_whole = set(told) == {"id", "key", "wrapped"} and all(isinstance(value, str) for value in told.values())
        base64.b64decode(told["wrapped"], validate=True)
    except (ValueError, TypeError, KeyError):
        is_whole = False
    if not start.startswith(_MAGIC) or not is_whole:
        raise Refused(_NO_BACKUP.format(path=path))
    return start + text, told


def _unwrapped(told: dict[str, str]) -> bytes:
    service, name = key_service(), told["key"]
    unknown = f"This backup was sealed with the key “{name}”, which is not here. Put it into {where_keys_are()}, then try again."
    # Asked for its names, a site without keys would make one.
    if isinstance(service, LocalKeys) and not service.is_given and not Path(settings.FILE_KEYS_FILE).exists():
        raise Refused(unknown)
    try:
        if isinstance(service, LocalKeys) and name not in service.names():
            raise Refused(unknown)
        return service.unwrap(WrappedKey(name, base64.b64decode(told["wrapped"])), context=_context(told["id"]))
    except ProviderError as error:
        if not isinstance(service, LocalKeys):
            raise Refused(f"The key “{name}” of this backup cannot be had: {error.message}") from error
        raise Refused(
            f"The key “{name}” here is not the one that this backup was sealed with, or the beginning of the backup was "
            "edited. Nothing was changed here."
        ) from error
    except ValueError as error:
        raise Refused(f"The keys in {where_keys_are()} make no sense: {error}.") from error


def _context(number: str) -> str:
    return f"backup/{number}"


def _stream_name(head: bytes) -> str:
    return f"backup/{hashlib.sha256(head).hexdigest()}"


class _From(io.RawIOBase):
    """``source`` from a place on, as if nothing were before it."""

    def __init__(self, source: BinaryIO, start: int) -> None:
        self._source, self._start = source, start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        shifted = offset + self._start if whence == os.SEEK_SET else offset
        return self._source.seek(shifted, whence) - self._start

    def read(self, size: int = -1) -> bytes:
        return self._source.read(size)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
