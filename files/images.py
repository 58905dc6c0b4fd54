"""Width and height of a picture from its header, without decoding it."""

import struct


def pixel_size(media_type: str, head: bytes) -> tuple[int, int] | None:
    """Width and height, or None if the header does not say; ``head`` is the file's beginning."""
    reader = _READERS.get(media_type)
    if reader is None:
        return None
    try:
        return reader(head)
    except (struct.error, IndexError):
        return None


def _png(head: bytes) -> tuple[int, int] | None:
    if head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _gif(head: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack("<HH", head[6:10])
    return width, height


def _jpeg(head: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(head):
        if head[position] != 0xFF:
            return None
        marker = head[position + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD7:
            position += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", head[position + 5 : position + 9])
            return width, height
        position += 2 + struct.unpack(">H", head[position + 2 : position + 4])[0]
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(head[24:27], "little") + 1
        height = int.from_bytes(head[27:30], "little") + 1
        return width, height
    if kind == b"VP8L":
        bits = struct.unpack("<I", head[21:25])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(head: bytes) -> tuple[int, int] | None:
    # The largest "image spatial extents" property: thumbnails and tiles have smaller ones.
    sizes = []
    position = head.find(b"ispe")
    while position != -1:
        width, height = struct.unpack(">II", head[position + 8 : position + 16])
        sizes.append((width, height))
        position = head.find(b"ispe", position + 4)
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


_READERS = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/avif": _avif,
}
