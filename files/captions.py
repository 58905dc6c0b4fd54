"""Captions of films: WebVTT as browsers read it, and SRT, which becomes WebVTT when it is stored."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import webvtt
from django.utils.translation import gettext as _
from webvtt.errors import MalformedCaptionError, MalformedFileError

MOST_CUES = 20_000
_DAY = 24 * 3600
_ARROW = "-->"
_HEADER = re.compile(r"WEBVTT(?:[ \t]|$)")
_VTT_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.](\d{1,3})")
_SRT_TIME = re.compile(r"(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>")
_SHOWN_TAG = re.compile(r"</?[biu]>", re.IGNORECASE)
_PLACING = re.compile(r"\{\\[^{}]*\}")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Cue:
    """What is said from ``start`` to ``end``, in seconds, as plain text on one line."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class CaptionsProblem:
    line: int
    sentence: str

    def __str__(self) -> str:
        return _("Line %(line)s: %(sentence)s") % {"line": self.line, "sentence": self.sentence}


def captions_problem(text: str, ending: str) -> CaptionsProblem | None:
    """The first thing in a ``vtt`` or ``srt`` file that players would stumble over; None for one that can be used."""
    lines = _lines(text)
    if ending == "vtt" and not _HEADER.match(lines[0]):
        return CaptionsProblem(1, _("the file does not begin with WEBVTT, so players will not read it as captions."))
    count = 0
    for number, line in _timings(lines, ending):
        count += 1
        if count > MOST_CUES:
            return CaptionsProblem(number, _("there are more than %(most)s captions.") % {"most": MOST_CUES})
        if sentence := _timing_problem(line, ending):
            return CaptionsProblem(number, sentence)
    if ending == "srt" and not count:
        return CaptionsProblem(1, _("there is no caption: each has a line such as 00:01:02,500 --> 00:01:05,000."))
    return None


def srt_to_vtt(text: str) -> str:
    """The same captions as WebVTT. ``captions_problem`` has found nothing in ``text``."""
    parsed = webvtt.from_buffer(io.StringIO("\n".join(_plain_srt(text)).strip()), format="srt")
    return f"{parsed.content.rstrip()}\n"


def read_cues(text: str) -> list[Cue]:
    """The captions of a WebVTT file in order, as plain text; what cannot be read is left out."""
    try:
        parsed = webvtt.from_string(text)
    except (MalformedFileError, MalformedCaptionError):
        return []
    cues = []
    for caption in parsed.captions[:MOST_CUES]:
        said = _SPACE.sub(" ", unescape(_TAG.sub("", caption.raw_text))).strip()
        if said:
            start, end = (time.in_milliseconds() / 1000 for time in (caption.start_time, caption.end_time))
            cues.append(Cue(start, end, f"{caption.voice}: {said}" if caption.voice else said))
    return sorted(cues, key=lambda cue: cue.start)


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _timings(lines: list[str], ending: str) -> Iterator[tuple[int, str]]:
    """The lines that say when a caption is shown, with their numbers; not those of a comment or a style."""
    inside = False
    for number, line in enumerate(lines, start=1):
        if ending == "vtt" and (not number > 1 or not lines[number - 2].strip()):
            inside = bool(re.match(r"(NOTE|STYLE|REGION)\b", line))
        if _ARROW in line and not inside:
            yield number, line


def _timing_problem(line: str, ending: str) -> str:
    pattern = _VTT_TIME if ending == "vtt" else _SRT_TIME
    start, _arrow, rest = line.partition(_ARROW)
    end = (rest.split() or [""])[0] if ending == "vtt" else rest.split("X1:")[0].strip()
    times = [_seconds(pattern, part.strip()) for part in (start, end)]
    if times[0] is None or times[1] is None:
        example = "00:01:02.500 --> 00:01:05.000" if ending == "vtt" else "00:01:02,500 --> 00:01:05,000"
        values = {"line": line.strip()[:80], "example": example}
        return _("“%(line)s” does not say when. Write it as in %(example)s.") % values
    if times[1] < times[0]:
        return _("this caption ends before it begins.")
    if times[1] > _DAY:
        return _("this caption comes after more than a day.")
    return ""


def _seconds(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.fullmatch(text)
    if not found:
        return None
    hours, minutes, seconds, part = found.groups()
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(part.ljust(3, "0")) / 1000


def _plain_srt(text: str) -> Iterator[str]:
    """SRT as strict readers want it: captions numbered anew, times in full, of all markup bold, italic and underlined."""
    lines = _lines(text)
    count = 0
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        after_gap = place == 0 or not lines[place - 1].strip()
        if _ARROW in line:
            count += 1
            times = (_SRT_TIME.search(part) for part in line.split(_ARROW)[:2])
            yield from ("", str(count), " --> ".join(_written(time) for time in times if time))
        elif count and line.strip() and not (_ARROW in following and (after_gap or line.strip().isdigit())):
            yield _plain_text(line)


def _written(time: re.Match[str]) -> str:
    hours, minutes, seconds, part = time.groups()
    return f"{int(hours):02}:{int(minutes):02}:{int(seconds):02},{part.ljust(3, '0')}"


def _plain_text(line: str) -> str:
    line = _PLACING.sub("", line)
    pieces, end = [], 0
    for tag in _TAG.finditer(line):
        pieces += [_escaped(line[end : tag.start()]), tag[0] if _SHOWN_TAG.fullmatch(tag[0]) else ""]
        end = tag.end()
    return "".join([*pieces, _escaped(line[end:])])


def _escaped(text: str) -> str:
    return unescape(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
