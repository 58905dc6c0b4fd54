"""Captions in the forms that exports have, as WebVTT."""

import json
import re
from html import escape, unescape

from django.utils.translation import gettext as _

from files.captions import captions_problem, srt_to_vtt

MOST_CUES = 20_000
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


class NoCaptions(Exception):
    """The text holds no captions that can be read; says why."""


def from_srt(text: str) -> tuple[str, int]:
    """The captions, and how many were left out because they do not say when. Raises ``NoCaptions``."""
    problem = captions_problem(text, "srt")
    if problem is None:
        return srt_to_vtt(text), 0
    blocks = [block for block in re.split(r"\n[ \t]*\n", text) if block.strip()]
    kept = [block for block in blocks if captions_problem(block, "srt") is None]
    if not kept or len(blocks) > MOST_CUES:
        raise NoCaptions(str(problem))
    return srt_to_vtt("\n\n".join(kept)), len(blocks) - len(kept)


def from_sjson(text: str) -> str:
    """The older form of Open edX: three lists in JSON, times in milliseconds. Raises ``NoCaptions``."""
    lines = ["WEBVTT", ""]
    try:
        lists = json.loads(text)
        for start, end, words in list(zip(lists["start"], lists["end"], lists["text"], strict=True))[:MOST_CUES]:
            plain = escape(unescape(_TAG.sub("", str(words))).replace("-->", "→"), quote=False)
            kept = [line.strip() for line in plain.splitlines() if line.strip()]
            if kept and end >= start:
                lines += [f"{_time(start)} --> {_time(end)}", *kept, ""]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise NoCaptions(_("these captions cannot be read.")) from None
    if len(lines) == 2:
        raise NoCaptions(_("there is no caption in them."))
    return "\n".join(lines)


def _time(milliseconds: float) -> str:
    whole = int(milliseconds)
    if not 0 <= whole < 24 * 3_600_000:
        raise ValueError
    seconds, rest = divmod(whole, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
