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


def frame_count(media_type: str, content: bytes, most: int) -> int:
    """How many pictures follow one another in one of the ``ANIMATED``, counted no further than to one more than ``most``."""
    try:
        return _FRAMES[media_type](content, most)
    except (struct.error, IndexError):
        # It breaks off before its first picture.
        return 1


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


def _png_frames(content: bytes, most: int) -> int:
    position = 8
    while (kind := content[position + 4 : position + 8]) not in {b"IDAT", b""}:
        (size,) = struct.unpack(">I", content[position : position + 4])
        if kind == b"acTL":
            return int.from_bytes(content[position + 8 : position + 12], "big")
        position += size + 12
    return 1


def _gif_frames(content: bytes, most: int) -> int:
    position = 13 + _colours(content[10])
    found = 0
    while found <= most and position + 10 < len(content):
        kind = content[position]
        if kind == 0x2C:
            found += 1
            position += 11 + _colours(content[position + 9])
        elif kind == 0x21:
            position += 2
        else:
            break
        while position < len(content) and content[position]:
            position += content[position] + 1
        position += 1
    return found


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp_frames(content: bytes, most: int) -> int:
    position, found = 12, 0
    while found <= most and position + 8 <= len(content):
        found += content[position : position + 4] == b"ANMF"
        size = int.from_bytes(content[position + 4 : position + 8], "little")
        position += 8 + size + size % 2
    return max(found, 1)


def _avif_frames(content: bytes, most: int) -> int:
    if content[8:12] != b"avis":
        return 1
    # The longest table of sample sizes: transparency has a track of its own.
    found, position = 1, 0
    for _table in range(_MOST_TABLES):
        position = content.find(b"stsz\0\0\0\0", position + 4)
        if position == -1:
            break
        found = max(found, int.from_bytes(content[position + 12 : position + 16], "big"))
    return found


_MOST_TABLES = 100
_FRAMES = {
    "image/png": _png_frames,
    "image/gif": _gif_frames,
    "image/webp": _webp_frames,
    "image/avif": _avif_frames,
}
# Of kinds that can move.
ANIMATED = frozenset(_FRAMES)
_READERS = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/avif": _avif,
}
