"""Frames of the socket, protocol ``aumbry.v1``: JSON objects with ``v``, ``t`` and what belongs to ``t``."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

VERSION = 1
PROTOCOL = "aumbry.v1"
# Longer ones end the connection.
LONGEST = 64 * 1024
_DEEPEST = 8
_MOST_SENT = 48 * 1024

# Close codes.
BAD_FRAME = 4400
NOT_SIGNED_IN = 4401
NOT_ALLOWED = 4403
NO_HELLO = 4408
TOO_MANY = 4409
TOO_FAST = 4429
UNAVAILABLE = 4503


@dataclass(frozen=True)
class FrameError(Exception):
    """What is wrong with a frame: a stable code, and a sentence. ``is_final`` ends the connection."""

    code: str
    message: str
    ref: Any = None
    is_final: bool = False


@dataclass(frozen=True)
class Frame:
    """``ref`` is the sender's own id of the frame, given back in what answers it."""

    kind: str
    ref: str | int | None
    body: dict[str, Any]

    def text(self, name: str, longest: int) -> str:
        """A text of the body. Raises ``FrameError``."""
        value = self.body.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            raise FrameError("bad_value", f"“{name}” is a text of at most {longest} characters.", self.ref)
        return value

    def count(self, name: str) -> int | None:
        """A number from 0 on; None if it was not given. Raises ``FrameError``."""
        value = self.body.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
            raise FrameError("bad_value", f"“{name}” is a whole number from 0 on.", self.ref)
        return value

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        """One of these words; empty if none was given. Raises ``FrameError``."""
        value = self.body.get(name)
        if value is None:
            return ""
        if value not in words:
            raise FrameError("bad_value", f"“{name}” is one of: {', '.join(words)}.", self.ref)
        return str(value)


def encode(kind: str, **body: Any) -> str:
    """A frame to send."""
    return json.dumps({"v": VERSION, "t": kind, **body}, ensure_ascii=False, separators=(",", ":"))


def encode_items(topic: str, items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What was said about a topic, in as few frames as fit; one item that is too long stands alone."""
    batch: list[Mapping[str, Any]] = []
    size = 0
    for item in items:
        length = len(json.dumps(item))
        if batch and size + length > _MOST_SENT:
            yield encode("items", topic=topic, items=batch)
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield encode("items", topic=topic, items=batch)


def decode(text: str | None, data: bytes | None) -> Frame:
    """The frame that was received. Raises ``FrameError``."""
    if text is None or data is not None:
        raise FrameError("not_text", "Frames are texts.", is_final=True)
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        raise FrameError("too_long", f"A frame has at most {LONGEST} bytes.", is_final=True)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise FrameError("not_json", "A frame is a JSON object.") from None
    if not isinstance(found, dict) or _depth(found) > _DEEPEST:
        raise FrameError("not_an_object", "A frame is a JSON object, and not a deep one.")
    ref = found.pop("id", None)
    if not isinstance(ref, str | int | None) or (isinstance(ref, str) and len(ref) > 64):
        raise FrameError("bad_value", "“id” is a short text or a number.")
    if found.pop("v", None) != VERSION:
        raise FrameError("wrong_version", f"“v” is {VERSION}.", ref)
    kind = found.pop("t", None)
    if not isinstance(kind, str) or not 0 < len(kind) <= 40:
        raise FrameError("bad_value", "“t” says what kind of frame it is.", ref)
    return Frame(kind, ref, found)


def _depth(value: Any, at: int = 1) -> int:
    if at > _DEEPEST or not isinstance(value, dict | list):
        return at
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(one, at + 1) for one in inner), default=at)
