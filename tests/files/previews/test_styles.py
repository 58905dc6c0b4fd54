"""The colours of code have 4.5:1 on the grounds it stands on: light, dark, and with more contrast asked for."""

import math
import re

import pytest

from files.previews.text import CLASSES
from tests.contracts.source import ROOT

STYLES = (ROOT / "static/css/pages/highlight.css").read_text()
TOKENS = (ROOT / "static/css/tokens.css").read_text()
COLOUR = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
PAIR = re.compile(rf"--([\w-]+): light-dark\({COLOUR}, {COLOUR}\)")


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Of a colour in OKLCH (CSS Color 4, 17.2), as WCAG 2.2 reckons it; outside of sRGB it is cut as a screen would."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return sum(part * min(max(value, 0), 1) for part, value in ((0.2126, red), (0.7152, green), (0.0722, blue)))


def colours(text: str) -> dict[str, tuple[float, float]]:
    """The luminance of each property that is a pair, light and dark."""
    return {
        name: (luminance(float(a) / 100, float(b), float(c)), luminance(float(d) / 100, float(e), float(f)))
        for name, a, b, c, d, e, f in PAIR.findall(text)
    }


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def weak(found: dict[str, tuple[float, float]], least: float) -> list[str]:
    grounds = colours(TOKENS)
    return [
        f"{name} on {ground} ({theme}): {ratio:.2f}"
        for name, values in found.items()
        for ground in ("surface", "sunken", "paper")
        for theme, index in (("light", 0), ("dark", 1))
        if (ratio := contrast(values[index], grounds[ground][index])) < least
    ]


NORMAL, MORE = STYLES.split("prefers-contrast: more")


@pytest.mark.parametrize(("text", "least"), [(NORMAL, 4.5), (MORE, 7)])
def test_every_colour_can_be_read(text, least):
    found = colours(text)
    assert set(found) == {name for _kind, name in CLASSES}
    assert weak(found, least) == []


def test_what_contrast_is():
    black, white, grey = luminance(0, 0, 0), luminance(1, 0, 0), luminance(0.5999, 0, 0)
    assert round(contrast(black, white), 2) == 21
    assert 5 < contrast(black, grey) < 6
    assert weak({"pale": (luminance(0.7, 0.1, 145), luminance(0.9, 0.1, 145))}, 4.5) != []


def test_every_class_has_its_colour():
    assert set(re.findall(r"^\.(hl-[\w-]+) \{ color: var\(--(hl-[\w-]+)\)", STYLES, re.M)) == {
        (name, name) for _kind, name in CLASSES
    }
