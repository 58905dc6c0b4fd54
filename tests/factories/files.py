"""Small real files, and rows for them."""

import io
import struct
import zipfile
import zlib
from typing import Any

from accounts.models import User
from core.authz import SYSTEM
from core.ids import new_public_id
from files.models import StoredFile, Usage
from files.services import opened, store_file


def png(width: int = 2, height: int = 2, colour: int = 0) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([colour]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def zipped(**members: str | bytes) -> bytes:
    """A zip file; double underscores in the names stand for slashes, so give other names in ``files``."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def stored(content: bytes | None = None, name: str = "picture.png", actor: User | Any = SYSTEM) -> StoredFile:
    return store_file(actor=actor, content=png() if content is None else content, name=name)


def bytes_of(file: StoredFile) -> bytes:
    """All that is stored of it, as whoever reads it gets it."""
    with opened(file) as content:
        return content.read()


def used_by(*owners: tuple[str, int]) -> StoredFile:
    """A row alone, without bytes, that owners use: each a kind and a number."""
    key = new_public_id().hex
    file = StoredFile.objects.create(sha256=key * 2, size=1, media_type="text/plain", name="a.txt", storage_key=key)
    Usage.objects.bulk_create(Usage(file=file, owner_kind=kind, owner_id=number) for kind, number in owners)
    return file
