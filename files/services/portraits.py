"""A person's picture made from whatever they upload: small, square, and nothing else in it.

Reading is bounded: bytes and pixels are counted from the header before anything is decoded, JPEG is decoded at a
smaller size, and of moving pictures the first frame alone.
"""

import io
import struct
import warnings
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image

from files.images import pixel_size

MOST_BYTES = 8 * 1024 * 1024
SIDE = 256
NAME = "picture.webp"
ENDINGS = ("png", "jpg", "jpeg", "webp", "gif")
# Others than JPEG can only be decoded whole, at four bytes a pixel.
_MOST_PIXELS = {"image/jpeg": 50_000_000}
_MOST_OTHER = 25_000_000
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
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


def portrait(content: BinaryIO) -> bytes:
    """The middle square of a picture as WebP without any metadata.

    Raises ``ValidationError`` with code ``file_empty``, ``file_too_large``, ``picture_type``, ``image_too_large`` or
    ``file_damaged``.
    """
    data = content.read(MOST_BYTES + 1)
    if not data:
        raise ValidationError(_("The file is empty. Choose another picture."), code="file_empty")
    if len(data) > MOST_BYTES:
        raise ValidationError(
            _("The picture is too large. The limit is %(limit)s."),
            code="file_too_large",
            params={"limit": filesizeformat(MOST_BYTES)},
        )
    media_type = _media_type(data)
    if not media_type:
        raise ValidationError(
            _("This is no picture in PNG, JPEG, WebP or GIF. Choose one that is."), code="picture_type"
        )
    size = pixel_size(media_type, data)
    if size is None or 0 in size:
        raise _damaged()
    if size[0] * size[1] > _MOST_PIXELS.get(media_type, _MOST_OTHER):
        raise ValidationError(
            _("The picture has %(width)d × %(height)d pixels. Make it smaller: a few thousand each way are plenty."),
            code="image_too_large",
            params={"width": size[0], "height": size[1]},
        )
    try:
        with warnings.catch_warnings(action="ignore"):
            return _square(data, media_type, size)
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, Image.DecompressionBombError):
        raise _damaged() from None


def _media_type(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def _square(data: bytes, media_type: str, size: tuple[int, int]) -> bytes:
    with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as opened:
        # What the decoder would make must be what the header promised.
        if opened.size != size:
            raise _damaged()
        orientation = opened.getexif().get(_ORIENTATION) if media_type == "image/jpeg" else None
        opened.draft("RGB", (2 * SIDE, 2 * SIDE))
        opened.load()
        side = min(opened.size)
        left, top = (opened.width - side) // 2, (opened.height - side) // 2
        picture: Image.Image = opened.crop((left, top, left + side, top + side))
    picture = _in_colour(picture)
    picture = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    for turn in _TURNS.get(orientation or 1, ()):
        picture = picture.transpose(turn)
    target = io.BytesIO()
    picture.save(target, "WEBP", quality=82, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return target.getvalue()


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # Sixteen bits of grey.
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    return picture.convert("RGBA" if has_alpha else "RGB")


def _damaged() -> ValidationError:
    return ValidationError(
        _("The picture is damaged or incomplete. Save it again, then upload it once more."), code="file_damaged"
    )
