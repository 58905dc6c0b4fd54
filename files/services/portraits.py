"""A person's picture made from whatever they upload: small, square, and nothing else in it.

Reading is bounded: bytes and pixels are counted from the header before anything is decoded, JPEG is decoded at a
smaller size, and of moving pictures the first frame alone.
"""

import io
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image

from files.decoding import DAMAGE, as_webp, decoded, in_colour, orientation, picture_type, upright
from files.images import pixel_size

MOST_BYTES = 8 * 1024 * 1024
SIDE = 256
NAME = "picture.webp"
ENDINGS = ("png", "jpg", "jpeg", "webp", "gif")
# Others than JPEG can only be decoded whole, at four bytes a pixel.
_MOST_PIXELS = {"image/jpeg": 50_000_000}
_MOST_OTHER = 25_000_000
_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


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
    media_type = picture_type(data)
    if media_type not in _TYPES:
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
        return _square(data, media_type, size)
    except DAMAGE:
        raise _damaged() from None


def _square(data: bytes, media_type: str, size: tuple[int, int]) -> bytes:
    with decoded(io.BytesIO(data), media_type, size, at_least=2 * SIDE) as opened:
        held = orientation(opened)
        side = min(opened.size)
        left, top = (opened.width - side) // 2, (opened.height - side) // 2
        picture = in_colour(opened.crop((left, top, left + side, top + side)))
    picture = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return as_webp(upright(picture, held))


def _damaged() -> ValidationError:
    return ValidationError(
        _("The picture is damaged or incomplete. Save it again, then upload it once more."), code="file_damaged"
    )
