"""Small pictures of pictures: upright, without metadata, with their transparency."""

from typing import BinaryIO

from PIL import Image

from files.decoding import DAMAGE, as_webp, decoded, in_colour, orientation, picture_type, upright
from files.images import pixel_size
from files.previews.base import NoPreview, Reason

THUMBNAIL = 320
LARGE = 1600
MOST_PIXELS = 50_000_000
# A camera's own notes may stand before the size.
_HEAD = 1024 * 1024
# Rows that are made small at once, so that no second whole picture lies in memory.
_STRIP = 512


def small_webp(source: BinaryIO, *, longest: int) -> bytes:
    """The first frame as WebP whose longer side is at most ``longest``; a small picture keeps its size."""
    source.seek(0)
    head = source.read(_HEAD)
    media_type = picture_type(head)
    if not media_type:
        raise NoPreview(Reason.KIND)
    size = pixel_size(media_type, head)
    if size is None or 0 in size:
        raise NoPreview(Reason.DAMAGED)
    if size[0] * size[1] > MOST_PIXELS:
        raise NoPreview(Reason.TOO_LARGE)
    source.seek(0)
    try:
        with decoded(source, media_type, size, at_least=_draft_side(size, longest)) as opened:
            held = orientation(opened)
            picture = _reduced(opened, max(1, max(opened.size) // (2 * longest)))
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        return as_webp(upright(picture, held))
    except DAMAGE:
        raise NoPreview(Reason.DAMAGED) from None


def _draft_side(size: tuple[int, int], longest: int) -> int:
    """So long must the shorter side stay for the longer one to have twice ``longest``."""
    return max(1, min(size) * min(2 * longest, max(size)) // max(size))


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    """The picture in colour, ``factor`` times smaller: strip by strip."""
    if factor == 1:
        return in_colour(picture)
    rows = max(1, _STRIP // factor) * factor
    reduced: Image.Image | None = None
    for top in range(0, picture.height, rows):
        strip = in_colour(picture.crop((0, top, picture.width, min(top + rows, picture.height)))).reduce(factor)
        if reduced is None:
            reduced = Image.new(strip.mode, (strip.width, -(-picture.height // factor)))
        reduced.paste(strip, (0, top // factor))
    return reduced or in_colour(picture)
