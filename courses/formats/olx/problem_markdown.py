"""Prepared HTML of a problem as Markdown."""

import re
from collections.abc import Callable
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from markdownify import MarkdownConverter

from courses.formats.olx.problem_tags import BLOCKS, HEADINGS, INLINE, Losses, is_block, root_of, span_of

_SUPERSCRIPTS = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_SUBSCRIPTS = dict(zip("0123456789+-−=()ni", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₙᵢ", strict=True))
_PLAIN_SCRIPT = re.compile(r"^[\w+\-=()., /′]+$")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_ALWAYS = re.compile(r"[\\`*\[\]$]")
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^(\s*)([-+](?=\s|$)|[-=:|][-=:|\s]*$|#{1,6}(?=\s|$)|>|\|)")
_LIST_NUMBER = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_LANGUAGE = re.compile(r"^lang(?:uage)?-([a-zA-Z0-9+#-]{1,20})$")


def escaped(text: str, *, at_start: bool = False, in_table: bool = False) -> str:
    """Text in which nothing is taken for Markdown. ``at_start``: it begins a line."""
    text = _ALWAYS.sub(r"\\\g<0>", text)
    text = _EDGE_UNDERSCORE.sub(r"\\_", text)
    text = text.replace("~~", r"\~\~")
    text = re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text)
    text = re.sub(r"&(?=#?\w+;)", r"\\&", text)
    if at_start and not in_table:
        text = _LINE_START.sub(r"\1\\\2", text)
        text = _LIST_NUMBER.sub(r"\1\\\2", text)
    return text


def script_text(text: str, name: str) -> str:
    """Raised or lowered letters: as such where there are some, as a formula otherwise."""
    text = " ".join(text.split())
    signs = _SUPERSCRIPTS if name == "sup" else _SUBSCRIPTS
    if all(c in signs for c in text):
        return "".join(signs[c] for c in text)
    if _PLAIN_SCRIPT.match(text):
        shown = text.replace("_", r"\_")
        return rf"\({'^' if name == 'sup' else '_'}{{\text{{{shown}}}}}\)"
    return text


# The package says nothing about the types of what it lets others change.
_Base: Any = MarkdownConverter


class Converter(_Base):
    """Writes Markdown as our renderer reads it; everything else in a text is escaped."""

    class Options:
        heading_style = "atx"
        bullets = "-"
        newline_style = "backslash"
        autolinks = False

    def __init__(self, address: Callable[[str], str | None], losses: Losses) -> None:
        super().__init__()
        self._address = address
        self._losses = losses

    def convert_prepared(self, soup: BeautifulSoup, *, one_line: bool) -> str:
        text = self.process_tag(root_of(soup), parent_tags={"_inline"} if one_line else set())
        if one_line:
            return _SPACES.sub(" ", text).strip()
        return re.sub(r"\n{3,}", "\n\n", text).strip() if "```" not in text else text.strip()

    def process_tag(self, node: Tag, parent_tags: set[str] | None = None) -> str:
        if node.name == "tex":
            return self._tex(node, parent_tags or set())
        if node.name == "pre":
            return _fenced(node)
        return str(super().process_tag(node, parent_tags=parent_tags))

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        parents = parent_tags or set()
        text = _SPACES.sub(" ", str(el))
        if "_noformat" in parents:
            return text
        before, after = el.previous_sibling, el.next_sibling
        starts = el.parent is not None and el.parent.name not in INLINE and (before is None or is_block(before))
        starts = starts or getattr(before, "name", "") == "br"
        if starts:
            text = text.lstrip(" ")
        if is_block(after) or (after is None and el.parent is not None and el.parent.name in BLOCKS):
            text = text.rstrip(" ")
        in_table = bool(parents & {"td", "th"})
        text = escaped(text, at_start=starts and not parents & HEADINGS, in_table=in_table)
        if text.endswith("!") and isinstance(after, Tag):
            text = text[:-1] + r"\!"
        if parents & HEADINGS:
            text = text.replace("#", r"\#")
        return text

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        address = self._address(str(el.get("href") or ""))
        if address is None or not text.strip():
            return text
        inner = text.strip()
        before = " " if text[:1].isspace() else ""
        behind = " " if text[-1:].isspace() else ""
        return f"{before}[{inner}]({address}){behind}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        address = self._address(str(el.get("src") or ""))
        if address is None:
            return ""
        alt = escaped(" ".join(str(el.get("alt") or "").split()))
        return f"![{alt}]({address})"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:
        # The page and the question have headings of their own above these.
        return str(super().convert_hN(max(3, n), el, text, parent_tags)) if text.strip() else ""

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return "\n" + text.rstrip() if "li" in parent_tags else f"\n\n{text.strip(chr(10))}\n\n"

    convert_ul = convert_list
    convert_ol = convert_list

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " + " ".join(text.split()).replace("|", r"\|") + " |" * span_of(el)

    convert_th = convert_td

    def _tex(self, el: Tag, parent_tags: set[str]) -> str:
        tex = el.get_text()
        if not el.get("display"):
            return f"${tex}$"
        if "_inline" in parent_tags or parent_tags & INLINE:
            return f"$${tex}$$"
        return f"\n\n$$\n{tex}\n$$\n\n"


def _fenced(pre: Tag) -> str:
    text = "\n".join(line.rstrip() for line in pre.get_text().replace("\r\n", "\n").split("\n"))
    text = re.sub(r"^(?:[ \t]*\n)+|\s+$", "", text)
    if not text:
        return ""
    language = next((m[1].lower() for name in str(pre.get("class", "")).split() if (m := _LANGUAGE.match(name))), "")
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"\n\n{fence}{language}\n{text}\n{fence}\n\n"
