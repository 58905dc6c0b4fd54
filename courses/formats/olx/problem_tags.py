"""The tags that a problem’s text may hold, and what was lost of it."""

from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag

# An lxml element; the package has no types of its own.
Element = Any
# What stands beside other things: an element, or text between elements.
Node = Any
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = frozenset({"p", "div", "ul", "ol", "li", "table", "tr", "td", "th", "pre", "blockquote", "hr"}) | HEADINGS
EMPHASIS = frozenset({"b", "strong", "i", "em", "del", "s"})
INLINE = EMPHASIS | {"a", "code", "kbd", "samp"}
KNOWN = BLOCKS | INLINE | {"img", "br", "tex", "caption"}


class Losses:
    """Sentences about what was changed or left out, each once, in the order in which they came up."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        self._found[sentence] = None

    def all(self) -> tuple[str, ...]:
        return tuple(self._found)


def span_of(cell: Tag) -> int:
    text = str(cell.get("colspan", "1"))
    return max(1, min(100, int(text))) if text.isdecimal() else 1


def is_block(node: Any) -> bool:
    return isinstance(node, Tag) and (node.name in BLOCKS or (node.name == "tex" and bool(node.get("display"))))


def root_of(soup: BeautifulSoup) -> Tag:
    return next(node for node in soup.contents if isinstance(node, Tag))
