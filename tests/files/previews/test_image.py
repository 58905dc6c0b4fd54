"""Small pictures: upright, bare, see-through where they were, and nothing large is decoded."""

import io
import subprocess
import sys

import pytest
from PIL import Image, ImageDraw

from files.previews import image
from files.previews.base import NoPreview
from files.previews.image import small_webp
from tests.factories.files import png


def saved(picture: Image.Image, kind: str, **options) -> io.BytesIO:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target


def corner(size: tuple[int, int] = (800, 400), mode: str = "RGB") -> Image.Image:
    """White, with red at its upper left."""
    picture = Image.new(mode, size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1] // 2), fill="red")
    return picture


def small(source: io.BytesIO, longest: int = 320) -> Image.Image:
    return Image.open(io.BytesIO(small_webp(source, longest=longest)))


def is_red(picture: Image.Image, x: float, y: float) -> bool:
    red, green, *_rest = picture.convert("RGB").getpixel((int(picture.width * x), int(picture.height * y)))
    return red > 200 and green < 80


def why_not(content: bytes) -> str:
    with pytest.raises(NoPreview) as refusal:
        small_webp(io.BytesIO(content), longest=320)
    return refusal.value.reason.value


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_every_format_becomes_small_webp(kind):
    made = small(saved(corner((1600, 800)), kind))
    assert (made.format, made.size) == ("WEBP", (320, 160))
    assert [is_red(made, 0.1, 0.1), is_red(made, 0.9, 0.1), is_red(made, 0.1, 0.9)] == [True, False, False]


def test_small_pictures_keep_their_size():
    assert small(saved(corner((30, 20)), "PNG")).size == (30, 20)


def test_large_previews():
    assert small(saved(corner((4000, 1000)), "JPEG"), 1600).size == (1600, 400)


@pytest.mark.parametrize("size", [(6000, 10), (10, 6000), (5003, 3001)])
def test_odd_sizes(size):
    made = small(saved(corner(size), "PNG"))
    assert max(made.size) == 320


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_upright_and_bare(kind):
    marks = Image.Exif()
    marks[0x0112] = 6
    marks[0x010F] = "Camera of Sam"
    made = small(saved(corner(), kind, exif=marks.tobytes()))
    assert made.size == (160, 320)
    # Turned to the right: what was at the upper left is at the upper right.
    assert [is_red(made, 0.9, 0.1), is_red(made, 0.1, 0.1)] == [True, False]
    assert (dict(made.getexif()), made.info.get("exif"), made.info.get("xmp")) == ({}, None, None)


@pytest.mark.parametrize("size", [(100, 50), (4000, 2000)])
def test_what_is_seen_through_stays_so(size):
    picture = Image.new("RGBA", size, (255, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1]), fill=(0, 0, 255, 255))
    made = small(saved(picture, "PNG")).convert("RGBA")
    assert [made.getpixel((2, 2))[3], made.getpixel((made.width - 2, 2))[3]] == [255, 0]


def test_moving_pictures_show_their_first_frame():
    frames = [Image.new("P", (40, 40), index) for index in range(3)]
    frames[0].putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    made = small(
        saved(frames[0].convert("RGB"), "GIF", save_all=True, append_images=[Image.new("RGB", (40, 40), "blue")])
    )
    assert (getattr(made, "n_frames", 1), is_red(made, 0.5, 0.5)) == (1, True)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "CMYK", "I;16"])
def test_every_kind_of_colour(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    picture = Image.new("L", (2000, 1000), 200)
    picture = Image.new("I;16", (2000, 1000), 200 * 256) if mode == "I;16" else picture.convert(mode)
    made = small(saved(picture, kind)).convert("L")
    # Of black and white the mean is grey.
    assert abs(made.getpixel((5, 5)) - 200) <= 8


def test_too_many_pixels_are_refused_by_the_header_alone():
    assert why_not(png()[:16] + (10_000).to_bytes(4, "big") + (5_001).to_bytes(4, "big") + png()[24:]) == "too_large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_cut_pictures_have_a_reason(kind):
    content = saved(Image.effect_noise((400, 400), 90).convert("RGB"), kind).getvalue()
    assert why_not(content[: len(content) // 2]) == "damaged"


def test_a_header_that_promises_another_size_is_damage():
    content = saved(corner((100, 50)), "WEBP", lossless=True).getvalue()
    lossy = saved(corner((100, 50)), "WEBP").getvalue()
    # The size of one picture at the head of another.
    assert why_not(lossy[:12] + b"VP8L" + lossy[16:]) == "damaged"
    assert why_not(content[:22] + b"\xff" + content[23:]) == "damaged"


def test_what_is_no_picture_has_a_reason():
    assert why_not(b"GIF") == "kind"
    assert why_not(b'<svg xmlns="http://www.w3.org/2000/svg"/>') == "kind"
    assert why_not(b"") == "kind"
    assert why_not(b"\xff\xd8\xff\xe0") == "damaged"


def test_no_second_whole_picture_lies_in_memory():
    """Of 48 million pixels, four bytes each."""
    program = (
        "import io, re\n"
        "from PIL import Image\n"
        "from files.previews.image import small_webp\n"
        "source = io.BytesIO()\n"
        "Image.new('P', (8000, 6000), 1).save(source, 'PNG', compress_level=1)\n"
        # Not what getrusage says: that begins with the memory of the process that started this one.
        "most = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "before = most()\n"
        "small_webp(source, longest=320)\n"
        "print(most() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 80 * 1024


def test_large_jpegs_are_decoded_small(monkeypatch):
    seen = []
    decoded = image._reduced
    monkeypatch.setattr(
        image, "_reduced", lambda picture, factor: seen.append(picture.size) or decoded(picture, factor)
    )
    assert small(saved(corner((6400, 3200)), "JPEG")).size == (320, 160)
    assert seen == [(800, 400)]
