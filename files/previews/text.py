"""Text and code as lines of safe HTML: classes alone, for no style may stand in a page."""

import codecs
import time
from dataclasses import dataclass
from html import escape
from typing import Any, BinaryIO

from django.utils.safestring import SafeString
from pygments.token import Token

from files.previews.base import NoPreview, Reason, visible
from files.previews.languages import language_name, language_of, lexer_class

MOST_BYTES = 256 * 1024
MOST_LINES = 5000
# What is longer is no program that somebody reads, and some patterns of lexers take the square of a line's length.
_LONGEST_LINE = 2000
# Of processor time; what comes later stays without colour.
_SECONDS = 0.4
_BINARY_HEAD = 8192

# From the most special to the most general: the first that holds a token names its class.
CLASSES: tuple[tuple[Any, str], ...] = (
    (Token.Comment.Preproc, "hl-meta"),
    (Token.Comment, "hl-comment"),
    (Token.Keyword.Constant, "hl-number"),
    (Token.Keyword.Type, "hl-type"),
    (Token.Keyword, "hl-keyword"),
    (Token.Operator.Word, "hl-keyword"),
    (Token.Literal.String, "hl-string"),
    (Token.Literal.Number, "hl-number"),
    (Token.Name.Function, "hl-function"),
    (Token.Name.Class, "hl-type"),
    (Token.Name.Exception, "hl-type"),
    (Token.Name.Builtin, "hl-builtin"),
    (Token.Name.Decorator, "hl-meta"),
    (Token.Name.Tag, "hl-keyword"),
    (Token.Name.Attribute, "hl-function"),
    (Token.Generic.Inserted, "hl-inserted"),
    (Token.Generic.Deleted, "hl-deleted"),
    (Token.Generic.Heading, "hl-function"),
    (Token.Generic.Subheading, "hl-meta"),
)


@dataclass(frozen=True)
class TextPreview:
    """``lines`` are safe HTML without line ends; ``language`` is empty for plain text."""

    lines: tuple[SafeString, ...]
    language: str
    is_cut: bool


def text_preview(source: BinaryIO, name: str) -> TextPreview:
    """The first lines of a text, with its words marked if the name says which language it is."""
    text, is_cut = read_text(source, most=MOST_BYTES)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > MOST_LINES:
        lines, is_cut = lines[:MOST_LINES], True
    language = language_of(name)
    html = _highlighted(lines, language) if language else [_escaped(line) for line in lines]
    return TextPreview(tuple(SafeString(line) for line in html), language_name(language), is_cut)


def read_text(source: BinaryIO, *, most: int) -> tuple[str, bool]:
    """The first ``most`` bytes as text with ``\\n`` for each line's end; whether more follows.

    UTF-8, UTF-16 with its mark, and otherwise what Windows writes without asking.
    """
    source.seek(0)
    data = source.read(most + 1)
    is_cut = len(data) > most
    data = data[:most]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decoded(data, "utf-16", is_cut=is_cut, errors="replace")
    elif b"\0" in data[:_BINARY_HEAD]:
        raise NoPreview(Reason.BINARY)
    else:
        try:
            text = _decoded(data, "utf-8-sig", is_cut=is_cut)
        except UnicodeDecodeError:
            text = _decoded(data, "cp1252", is_cut=is_cut, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n"), is_cut


def _decoded(data: bytes, coding: str, *, is_cut: bool, errors: str = "strict") -> str:
    # A sign may have been cut in two: only the end of the whole file is an end.
    return codecs.getincrementaldecoder(coding)(errors).decode(data, final=not is_cut)


def _highlighted(lines: list[str], language: str) -> list[str]:
    """Lines of HTML. Lexers see the text up to the first line that is too long for them."""
    plain = [_escaped(line) for line in lines]
    until = next((index for index, line in enumerate(lines) if len(line) > _LONGEST_LINE), len(lines))
    try:
        html = _html_of("\n".join(lines[:until]), language).split("\n") if until else []
    # Some lexers stumble over what is no program in their language.
    except Exception:
        return plain
    # One that loses a line would number the others wrongly.
    return html + plain[until:] if len(html) == until else plain


def _html_of(text: str, language: str) -> str:
    """As much of the text marked as the time allows."""
    pieces: list[str] = []
    done = 0
    deadline = time.thread_time() + _SECONDS
    for kind, value in lexer_class(language)(stripnl=False, ensurenl=False).get_tokens(text):
        done += len(value)
        pieces.append(_marked(kind, value))
        if time.thread_time() > deadline:
            pieces.append(_escaped(text[done:]))
            break
    return "".join(pieces)


def _marked(kind: Any, value: str) -> str:
    name = class_of(kind)
    if not name:
        return _escaped(value)
    # A comment over several lines is opened and closed in each: every line stands alone.
    return "\n".join(f'<span class="{name}">{_escaped(line)}</span>' if line else "" for line in value.split("\n"))


def _escaped(text: str) -> str:
    # Here and not before: a lexer would take the numbers of the signs apart.
    return escape(visible(text))


def class_of(kind: Any) -> str:
    """The class of a token of Pygments; empty for plain text."""
    return next((name for parent, name in CLASSES if kind in parent), "")
