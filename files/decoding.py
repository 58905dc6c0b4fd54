"""Pictures decoded within bounds: by the format their first bytes say, at the size their header promised, and held upright."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image

FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
# What Pillow raises for damaged and cut files.
DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    Image.DecompressionBombError,
)
# How a camera was held, by its mark in the file.
_TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_ORIENTATION = 0x0112


def picture_type(head: bytes) -> str:
    """The media type that the first bytes say; empty if it is no picture that is decoded here."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/avif" if head[4:8] == b"ftyp" and head[8:12] in {b"avif", b"avis"} else ""


@contextmanager
def decoded(source: BinaryIO, media_type: str, size: tuple[int, int], *, at_least: int) -> Iterator[Image.Image]:
    """The first frame, of JPEG at a smaller size that is ``at_least`` so long each way. Raises one of ``DAMAGE``."""
    with (
        warnings.catch_warnings(action="ignore"),
        Image.open(source, formats=[FORMATS[media_type]]) as opened,
    ):
        # What the decoder would make must be what the header promised.
        if opened.size != size:
            raise ValueError("another size than the header's")
        opened.draft("RGB", (at_least, at_least))
        opened.load()
        yield opened


def orientation(picture: Image.Image) -> int:
    """How the camera was held, as the file says; 1 is upright."""
    held = picture.getexif().get(_ORIENTATION)
    return held if isinstance(held, int) else 1


def upright(picture: Image.Image, held: int) -> Image.Image:
    """The picture as it was seen by whoever took it."""
    for turn in _TURNS.get(held, ()):
        picture = picture.transpose(turn)
    return picture


def in_colour(picture: Image.Image) -> Image.Image:
    """As RGB, with its transparency if it has one."""
    if picture.mode.startswith("I"):
        # Sixteen bits of grey.
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    return picture.convert("RGBA" if has_alpha else "RGB")


def as_webp(bitmap: Image.Image) -> bytes:
    """WebP without any metadata."""
    target = io.BytesIO()
    bitmap.save(target, "WEBP", quality=82, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return target.getvalue()
