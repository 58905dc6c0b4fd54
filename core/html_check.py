"""What stands in a text's HTML that some reader will stumble over."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.findings import Finding, Severity
from core.formulas import formula_problem

_TEX = re.compile(r'<code class="tex">([^<]*)</code>')
_HEADING = re.compile(r"^h[1-6]$")
_WORD = re.compile(r"\w+")
_PUNCTUATION = " .,:;!?…»«“”\"'()[]→>"
_SHOWN = 60
# In the source of an imported text; what becomes of each is said by ``left_out``.
_SCRIPT = re.compile(r"<script\b|\bon(?:click|change|load|submit|mouseover)\s*=", re.IGNORECASE)
_FORM = re.compile(r"<(?:form|select|input|textarea)\b", re.IGNORECASE)
_FRAME = re.compile(r"<(?:iframe|video|audio|embed|object)\b", re.IGNORECASE)
_DRAWING = re.compile(r"<svg\b", re.IGNORECASE)
_PICTURE_INSIDE = re.compile(r"<img\b[^>]*\bsrc\s*=\s*[\"']?\s*data:[^\"'>]{200}", re.IGNORECASE)
_PICTURE_ELSEWHERE = re.compile(r"<img\b[^>]*\bsrc\s*=\s*[\"']?\s*(?:https?:)?//([^/\"'\s>]+)", re.IGNORECASE)
_EMPTY_LINK = re.compile(r"<a\b[^>]*\bhref\b[^>]*>(?:\s|&nbsp;)*</a>", re.IGNORECASE)


def html_findings(html: str, *, empty_alt_is_missing: bool = False, may_be_relative: bool = True) -> list[Finding]:
    """Findings about safe HTML: pictures, links, headings, tables, formulas.

    ``empty_alt_is_missing``: the author had no way to say that a picture is decoration. Without ``may_be_relative`` an
    address of a place on this site is one that was left over.
    """
    reader = _Reader(empty_alt_is_missing, may_be_relative)
    if "<img" in html or "<a " in html or "<h" in html or "<table" in html:
        reader.feed(html)
        reader.close()
    for tex in _TEX.findall(html)[:20]:
        if problem := formula_problem(unescape(tex)):
            reader.found.append(Finding("formula", problem))
    return reader.found


def left_out(source: str) -> list[Finding]:
    """What of an imported text's source cannot be shown here."""
    found = []
    if _SCRIPT.search(source):
        sentence = _("It came with a script, which is never run here. Read it and see whether something is missing.")
        found.append(Finding("script", sentence, Severity.ADVICE))
    if _FORM.search(source):
        found.append(Finding("form", _("It came with a form, which was left out. Ask with a question block instead.")))
    if _FRAME.search(source):
        sentence = _("It showed another page or a film inside; there is a link to it now.")
        found.append(Finding("frame", sentence, Severity.ADVICE))
    if _DRAWING.search(source) or _PICTURE_INSIDE.search(source):
        sentence = _("It came with a drawing inside the text, which was left out. Upload it as a file and put it back.")
        found.append(Finding("picture_left_out", sentence))
    if sites := sorted(set(_PICTURE_ELSEWHERE.findall(source))):
        sentence = _("It shows pictures of %(sites)s; there are links to them now. Upload them as files if you may.")
        found.append(Finding("picture_elsewhere", sentence % {"sites": ", ".join(sites)[:120]}))
    if _EMPTY_LINK.search(source):
        found.append(Finding("link_empty", _("A link without words was left out."), Severity.ADVICE))
    return found


def ids_in(html: str) -> list[str]:
    """The ids in safe HTML, as often as they are given."""
    return re.findall(r' id="([^"]*)"', html) if ' id="' in html else []


def word_count(html: str) -> int:
    """About how many words a reader has before them."""
    return len(_WORD.findall(re.sub(r"<math\b.*?</math>|<[^>]*>", " ", html, flags=re.DOTALL)))


@dataclass
class _Table:
    rows: int = 0
    cells: int = 0
    has_header: bool = False


@dataclass
class _Link:
    address: str
    words: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """One walk over HTML that the sanitiser wrote."""

    def __init__(self, empty_alt_is_missing: bool, may_be_relative: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Finding] = []
        self._empty_alt_is_missing = empty_alt_is_missing
        self._may_be_relative = may_be_relative
        # A section's title is the second level.
        self._level = 2
        self._link: _Link | None = None
        self._tables: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self._picture(dict(attrs))
        elif tag == "a":
            self._link = _Link(dict(attrs).get("href") or "")
        elif _HEADING.match(tag):
            self._heading(int(tag[1]))
        elif tag == "table":
            self._tables.append(_Table())
        elif self._tables and tag in ("tr", "th", "td"):
            self._tables[-1].rows += tag == "tr"
            self._tables[-1].cells += tag != "tr"
            self._tables[-1].has_header |= tag == "th"

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            self._check_link(self._link)
            self._link = None
        elif tag == "table" and self._tables:
            table = self._tables.pop()
            if not table.has_header and table.rows > 1 and table.cells > table.rows:
                sentence = _("A table has no header cells, so nobody hears what a number means. Mark its first row.")
                self.found.append(Finding("table_headers", sentence))

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link.words.append(data)

    def _picture(self, attributes: dict[str, str | None]) -> None:
        alt = attributes.get("alt")
        source = attributes.get("src") or ""
        if alt is None or (self._empty_alt_is_missing and not alt.strip()):
            name = source.rsplit("/", 1)[-1][:_SHOWN]
            shown = "" if source.startswith("file:") else name
            sentence = _("Say what the picture %(name)s shows, for those who cannot see it.") % {"name": shown}
            self.found.append(Finding("alt", " ".join(sentence.split())))
        elif self._link is not None:
            self._link.words.append(alt)
        self._check_address(source, is_picture=True)

    def _heading(self, level: int) -> None:
        if level > self._level + 1:
            sentence = _("A heading of level %(level)s stands right below one of level %(above)s. Leave none out.")
            values = {"level": level, "above": self._level}
            self.found.append(Finding("heading", sentence % values, Severity.ADVICE))
        self._level = level

    def _check_link(self, link: _Link) -> None:
        words = " ".join("".join(link.words).split())
        if not words:
            self.found.append(Finding("link_empty", self._without_words(link.address)))
        elif words.casefold().strip(_PUNCTUATION) in vague_words():
            sentence = _("The link “%(words)s” does not say where it leads. Use the name of what it opens.")
            self.found.append(Finding("link_vague", sentence % {"words": words}, Severity.ADVICE))
        self._check_address(link.address)

    def _without_words(self, address: str) -> str:
        if address.startswith(("file:", "part:")):
            return _("A link has no words. Say where it leads; a picture that is a link needs a text of its own.")
        return _("A link to %(address)s has no words. Say where it leads.") % {"address": address[:_SHOWN]}

    def _check_address(self, address: str, *, is_picture: bool = False) -> None:
        if self._may_be_relative or not address or address.startswith("#") or urlsplit(address).scheme:
            return
        if address.startswith("//"):
            return
        sentence = _("It refers to %(address)s, which is not here. Upload the file, or link to a part of this course.")
        self.found.append(Finding("file_gone" if is_picture else "link_gone", sentence % {"address": address[:_SHOWN]}))


def vague_words() -> frozenset[str]:
    """Words of links that say nothing, in the language of who reads the findings."""
    words = pgettext("words of links that do not say where they lead", "here|click here|click|link|this|this link|more")
    return frozenset(word.strip() for word in f"{words}|here|click here|read more|learn more".casefold().split("|"))
