"""The HTML of a problem as Markdown that our own renderer shows with the same words."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, ProcessingInstruction, Tag
from django.utils.translation import gettext as _
from lxml import etree

from core.html import markdown, markdown_inline, plain_text
from courses.formats.olx.problem_markdown import Converter, escaped, script_text
from courses.formats.olx.problem_tags import (
    BLOCKS,
    EMPHASIS,
    HEADINGS,
    INLINE,
    KNOWN,
    Element,
    Losses,
    Node,
    is_block,
    root_of,
    span_of,
)

# Far deeper than what people write; the converter calls itself once for each level.
MAX_DEPTH = 60
MAX_COLUMNS = 50
# No text of a question may be nearly as long; what is longer is not worth the time.
MAX_XML = 200_000

_DROPPED = (
    "script",
    "style",
    "link",
    "meta",
    "noscript",
    "template",
    "title",
    "col",
    "colgroup",
    "map",
    "area",
    "param",
)
_TO_PARAGRAPH = frozenset({"label", "description", "figcaption", "summary", "legend", "dt", "clarification"})
_TO_DIV = frozenset(
    {
        "section", "article", "main", "center", "fieldset", "form", "figure", "header", "footer", "nav", "aside", "details",
        "address", "dl", "dd", "hgroup",
    }
)  # fmt: skip
_RENAMED = {"strike": "s", "tt": "code", "var": "em", "cite": "em", "dfn": "em", "listing": "pre", "xmp": "pre"}
_EMBEDDED = {"iframe": "src", "embed": "src", "object": "data", "video": "src", "audio": "src"}
_CONTROLS = frozenset({"input", "select", "textarea", "button"})
_PICTURES = frozenset({"svg", "canvas", "applet"})


_MATH_OPENS = re.compile(r"(?<!\\)\\[(\[]|\[mathjax(?:inline)?\]")
_MATH_CLOSES = {"\\(": "\\)", "\\[": "\\]", "[mathjaxinline]": "[/mathjaxinline]", "[mathjax]": "[/mathjax]"}
_TEX_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_BARE_DOLLAR = re.compile(r"(?<!\\)(?:\\\\)*\$")

_SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*):")
_UNSAFE = {" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", '"': "%22", "'": "%27", "\\": "%5C", "`": "%60"}
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "file", "part"})

_SPACES = re.compile(r"[ \t\r\n\f]+")
_EXPLANATION = re.compile(r"^\s*explanation\s*:?\s*$", re.IGNORECASE)


class TextReader:
    """Turns parts of a problem into Markdown and notes what Markdown cannot hold."""

    def __init__(self, rewrite: Callable[[str], str], losses: Losses) -> None:
        self._rewrite = rewrite
        self._losses = losses

    def blocks(self, nodes: Iterable[Node]) -> str:
        """Paragraphs, lists, tables and the rest."""
        return self._read(_wrapped(nodes), one_line=False)

    def line(self, nodes: Iterable[Node]) -> str:
        """Text for one line, as of an option: no paragraphs, no lists."""
        return self._read(_wrapped(nodes), one_line=True)

    def explanation(self, element: Element) -> str:
        """The text of a solution without the heading "Explanation" that Studio writes above each."""
        copy = deepcopy(element)
        copy.tail = None
        for found in copy.iter():
            if not isinstance(found.tag, str) or found.tag in ("solution", "div") or found.tag == copy.tag:
                if isinstance(found.tag, str) and (found.text or "").strip():
                    break
                continue
            if _EXPLANATION.match("".join(found.itertext())):
                drop(found)
            break
        return self.blocks(contents(copy))

    def _read(self, root: Element, *, one_line: bool) -> str:
        if depth(root) > MAX_DEPTH:
            self._losses.add(_("Text that is nested very deeply is shown without its formatting."))
            return _plain(root.itertext())
        xml = etree.tostring(root, encoding="unicode", with_tail=False)
        if len(xml) > MAX_XML:
            self._losses.add(_("A very long text is shown without its formatting."))
            return _plain(root.itertext())
        soup = BeautifulSoup(xml, "xml")
        source = _Preparation(soup, self._losses, one_line=one_line).run()
        words = _words(source)
        for last in (False, True):
            converter = Converter(self._address, self._losses)
            text = converter.convert_prepared(soup, one_line=one_line)
            if last or _shown(text, one_line=one_line) == words:
                break
            # Marks of emphasis in the midst of words are not always seen as such: without them the words are right.
            for tag in soup.find_all(list(EMPHASIS)):
                tag.unwrap()
            soup.smooth()
        if _shown(text, one_line=one_line) != words:
            self._losses.add(_("A text is shown without its formatting, which our text format cannot hold."))
            return _plain([source])
        return text

    def _address(self, address: str) -> str | None:
        """The address as it may stand in Markdown; None when it cannot be used."""
        changed = self._rewrite(_SPACES.sub(" ", address).strip())
        scheme = _SCHEME.match(changed)
        if not changed or (scheme and scheme[1].lower() not in _SCHEMES):
            if changed:
                self._losses.add(
                    _("The address %(address)s is left out: it cannot be used here.") % {"address": changed[:80]}
                )
            return None
        changed = "".join(_UNSAFE.get(c, c) for c in changed)
        return re.sub(r"&(?=#?\w+;)", r"\\&", changed)


def contents(element: Element, leave_out: frozenset[str] = frozenset()) -> list[Node]:
    """What stands in the element: texts and elements, without those named and without their texts after them lost."""
    nodes: list[Node] = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in leave_out:
            nodes.append(child)
        nodes.append(child.tail or "")
    return nodes


def drop(element: Element) -> None:
    """Take the element out of its tree; the text after it stays."""
    replace(element, element.tail or "")


def replace(element: Element, text: str) -> None:
    """Put ``text`` in the place of the element and the text after it."""
    parent, before = element.getparent(), element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    parent.remove(element)


def has_content(nodes: Iterable[Node]) -> bool:
    """Whether there is anything to read or see."""
    for node in nodes:
        if isinstance(node, str):
            if node.strip():
                return True
        elif "".join(node.itertext()).strip() or any(e.tag in ("img", *_EMBEDDED) for e in node.iter()):
            return True
    return False


def _wrapped(nodes: Iterable[Node]) -> Element:
    root = etree.Element("div")
    last = None
    for node in nodes:
        if isinstance(node, str):
            if last is None:
                root.text = (root.text or "") + node
            else:
                last.tail = (last.tail or "") + node
        else:
            last = deepcopy(node)
            last.tail = None
            root.append(last)
    return root


def depth(root: Element) -> int:
    deepest, level = 0, 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest


def _words(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _shown(text: str, *, one_line: bool) -> str:
    html = markdown_inline(text) if one_line else markdown(text)
    return _words(plain_text(html))


def _plain(texts: Iterable[str]) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(texts).splitlines())
    return "\n\n".join(escaped(line, at_start=True) for line in lines if line)


class _Preparation:
    """Brings a tree to the few elements that the converter writes, with its formulas as elements of their own."""

    def __init__(self, soup: BeautifulSoup, losses: Losses, *, one_line: bool) -> None:
        self._soup = soup
        self._losses = losses
        self._one_line = one_line

    def run(self) -> str:
        """Returns the words as they have to be shown."""
        soup = self._soup
        for text in soup.find_all(string=True):
            if isinstance(text, Comment | ProcessingInstruction):
                text.extract()
        for tag in soup.find_all(_DROPPED):
            if tag.name in ("style", "link"):
                self._losses.add(_("Its own style sheets are not used: texts look as they do everywhere here."))
            tag.extract()
        for tag in soup.find_all(True):
            # What stood inside something that was replaced is gone.
            if tag.parent is not None:
                self._named(tag)
        self._code()
        self._math()
        for tag in soup.find_all(True):
            if tag.name not in KNOWN:
                tag.unwrap()
        source = soup.get_text()
        self._tables()
        self._lines()
        self._nesting()
        soup.smooth()
        self._neighbours()
        soup.smooth()
        self._breaks()
        soup.smooth()
        self._paragraphs()
        return source

    def _named(self, tag: Tag) -> None:
        name = tag.name = tag.name.lower()
        if name in ("m", "math"):
            self._formula(tag)
        elif name in _EMBEDDED:
            self._embedded(tag)
        elif name in _PICTURES:
            self._losses.add(_("A drawing that is made by a program or written in the page is left out."))
            tag.decompose() if name != "applet" else tag.unwrap()
        elif name in _CONTROLS:
            self._losses.add(_("A button or field that only works with a program is shown as text or left out."))
            tag.unwrap()
        elif name in ("sub", "sup"):
            in_code = tag.find_parent(["pre", "code", "kbd", "samp", "tt"]) is not None
            tag.replace_with(tag.get_text() if in_code else script_text(tag.get_text(), name))
        elif name == "a" and not tag.get_text().strip() and tag.find("img") is None:
            tag.string = str(tag.get("href") or "")
        elif name == "q":
            tag.insert(0, "“")
            tag.append("”")
            tag.unwrap()
        elif name == "dt":
            strong = self._soup.new_tag("strong")
            for child in list(tag.children):
                strong.append(child.extract())
            tag.append(strong)
            tag.name = "p"
        elif name in _TO_PARAGRAPH:
            tag.name = "p"
        elif name in _TO_DIV:
            tag.name = "div"
        else:
            tag.name = _RENAMED.get(name, name)

    def _formula(self, tag: Tag) -> None:
        if tag.find(True) is not None:
            notes = [one for one in tag.find_all(True) if one.name.lower() == "annotation"]
            tex = notes[0].get_text() if notes else ""
            if not tex.strip():
                self._losses.add(_("A formula in MathML is shown as plain text."))
                tag.name = "span"
                return
        else:
            tex = tag.get_text().strip()
            if len(tex) > 1 and tex[0] == tex[-1] == "$":
                tex = tex.strip("$")
        display = "\\displaystyle" in tex or tag.get("display") in ("block", "1", "true")
        tag.replace_with(self._tex(tex, display=display))

    def _embedded(self, tag: Tag) -> None:
        source = tag.find("source")
        address = str(tag.get(_EMBEDDED[tag.name]) or (source.get("src") if source else "") or "")
        self._losses.add(_("A page or player that was set into the text is shown as a link."))
        if not address:
            tag.unwrap()
            return
        link = self._soup.new_tag("a", href=address)
        link.string = str(tag.get("title") or tag.get_text().strip() or address)
        paragraph = self._soup.new_tag("p")
        paragraph.append(link)
        tag.replace_with(paragraph)

    def _code(self) -> None:
        for tag in self._soup.find_all(["pre", "code", "kbd", "samp"]):
            if tag.find_parent(["pre", "code", "kbd", "samp"]) is not None:
                continue
            inner = tag.find("code") if tag.name == "pre" else None
            if inner is not None and inner.get_text().strip() == tag.get_text().strip():
                tag["class"] = str(inner.get("class") or "")
                inner_text = inner
            else:
                inner_text = tag
            has_lines = False
            for line_break in inner_text.find_all("br"):
                line_break.replace_with("\n")
                has_lines = True
            text = inner_text.get_text()
            if tag.name != "pre" and has_lines and not self._one_line:
                tag.name = "pre"
            if tag.name == "pre" and (self._one_line or tag.find_parent(["td", "th", *HEADINGS, *INLINE])):
                tag.name = "code"
            if tag.name != "pre":
                text = _SPACES.sub(" ", text)
            tag.string = text
            if not text.strip():
                tag.decompose()

    def _math(self) -> None:
        for text in self._soup.find_all(string=True):
            if not _MATH_OPENS.search(text) or text.find_parent(["pre", "code", "kbd", "samp"]) is not None:
                continue
            end = 0
            for start, after, tex, display in _formulas(text):
                text.insert_before(NavigableString(text[end:start]))
                text.insert_before(self._tex(tex, display=display))
                end = after
            text.replace_with(NavigableString(text[end:]))

    def _tex(self, tex: str, *, display: bool) -> Tag:
        tex = _SPACES.sub(" ", _TEX_COMMENT.sub("", tex)).strip()
        if (len(tex) - len(tex.rstrip("\\"))) % 2:
            tex += " {}"
        if not tex:
            return self._soup.new_tag("span")
        if _BARE_DOLLAR.search(tex):
            self._losses.add(_("A formula that holds a “$” inside is shown as TeX."))
            tag = self._soup.new_tag("code")
        else:
            tag = self._soup.new_tag("tex")
            if display:
                tag["display"] = "block"
        tag.string = tex
        return tag

    def _tables(self) -> None:
        for table in self._soup.find_all("table"):
            if table.find_parent("table") is not None or self._one_line:
                self._losses.add(_("A table inside another table or an option is shown as text."))
                self._flatten(table)
                continue
            for caption in table.find_all("caption"):
                caption.name = "p"
                table.insert_before(caption.extract())
            inner = [row for row in table.find_all("tr") if row.find_parent("table") is table]
            rows = []
            for row in inner:
                for child in list(row.children):
                    if not (isinstance(child, Tag) and child.name in ("td", "th")):
                        child.extract()
                if row.find(["td", "th"]) is not None:
                    rows.append(row)
            widest = max((sum(span_of(cell) for cell in row.find_all(["td", "th"])) for row in rows), default=0)
            if widest > MAX_COLUMNS:
                self._losses.add(_("A table with more than %(n)d columns is shown as text.") % {"n": MAX_COLUMNS})
            if not 0 < widest <= MAX_COLUMNS:
                self._flatten(table)
                continue
            for row in rows:
                row.extract()
            table.clear()
            widths = []
            for row in rows:
                cells = row.find_all(["td", "th"], recursive=False)
                if any(cell.get("rowspan", "1") not in ("", "1") for cell in cells):
                    self._losses.add(_("A cell of a table that spanned several rows stands in its first row."))
                widths.append(sum(span_of(cell) for cell in cells))
                table.append(row)
            for row, width in zip(rows, widths, strict=True):
                name = "td" if row.find("td") is not None else "th"
                for _missing in range(max(widths) - width):
                    row.append(self._soup.new_tag(name))
            for entry in table.find_all(["ul", "ol", "blockquote", "hr"]):
                if entry.name in ("ul", "ol"):
                    self._losses.add(_("A list in a table is shown in one line."))
                entry.unwrap()
            for entry in table.find_all(["li", *HEADINGS]):
                entry.name = "p"

    def _flatten(self, table: Tag) -> None:
        for tag in table.find_all(["table", "tr", "td", "th", "thead", "tbody", "tfoot", "caption"]):
            if tag.name in ("tr", "td", "th", "caption"):
                tag.name = "div"
            else:
                tag.unwrap()
        table.name = "div"

    def _lines(self) -> None:
        """Stray parts of lists and tables, and everything that is no line where only a line may stand."""
        for tag in self._soup.find_all(["tr", "td", "th"]):
            if tag.find_parent("table") is None:
                tag.name = "div"
        for tag in self._soup.find_all("li"):
            if tag.parent is None or tag.parent.name not in ("ul", "ol"):
                tag.name = "div"
        for tag in self._soup.find_all(["ul", "ol"]):
            for child in list(tag.children):
                if (isinstance(child, Tag) and child.name != "li") or (
                    isinstance(child, NavigableString) and child.strip()
                ):
                    child.wrap(self._soup.new_tag("li"))
        if not self._one_line:
            return
        for tag in self._soup.find_all(list(BLOCKS)):
            if tag.name in ("ul", "ol"):
                self._losses.add(_("A list in an option or a remark is shown in one line."))
            if tag is root_of(self._soup):
                continue
            tag.insert_before(" ")
            tag.insert_after(" ")
            tag.unwrap()
        for tag in self._soup.find_all("br"):
            tag.replace_with(" ")

    def _nesting(self) -> None:
        for tag in self._soup.find_all(list(INLINE)):
            if tag.name in ("code", "kbd", "samp"):
                continue
            same = (
                {"b", "strong"}
                if tag.name in ("b", "strong")
                else {"i", "em"}
                if tag.name in ("i", "em")
                else {tag.name}
            )
            if tag.find_parent(list(same)) is not None:
                tag.unwrap()
            elif tag.find(list(BLOCKS)) is not None:
                if tag.name == "a":
                    for block in tag.find_all(list(BLOCKS)):
                        block.insert_before(" ")
                        block.insert_after(" ")
                        block.unwrap()
                else:
                    tag.unwrap()
            elif tag.name != "a" and not tag.get_text().strip() and tag.find("img") is None:
                tag.unwrap()
        for tag in self._soup.find_all(["p", *HEADINGS]):
            if tag.find(list(BLOCKS)) is not None:
                tag.name = "div"

    def _neighbours(self) -> None:
        for tag in self._soup.find_all(list(INLINE)):
            after = tag.next_sibling
            while isinstance(after, Tag) and after.name == tag.name and tag.name != "a" and tag.parent is not None:
                for child in list(after.children):
                    tag.append(child.extract())
                after.decompose()
                tag.smooth()
                after = tag.next_sibling
        for tag in self._soup.find_all(list(EMPHASIS)):
            _move_marks(tag)

    def _breaks(self) -> None:
        """A break at the edge of a block does nothing, and one at the edge of emphasis stands beside it."""
        for step in (1, -1):
            found = self._soup.find_all("br")
            for tag in reversed(found) if step > 0 else found:
                parent = tag.parent
                while parent is not None and parent.name in INLINE and _beside(tag, step) is None:
                    (parent.insert_after if step > 0 else parent.insert_before)(tag.extract())
                    parent = tag.parent
                beside = _beside(tag, step)
                if beside is None or is_block(beside):
                    tag.decompose()

    def _paragraphs(self) -> None:
        """Words beside blocks become paragraphs of their own."""
        if self._one_line:
            return
        for tag in self._soup.find_all(["div", "blockquote"]):
            paragraph = None
            for child in list(tag.children):
                if is_block(child):
                    paragraph = None
                elif paragraph is not None:
                    paragraph.append(child.extract())
                elif isinstance(child, Tag) or str(child).strip():
                    paragraph = child.wrap(self._soup.new_tag("p"))


def _formulas(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Where each formula begins and ends, its TeX, and whether it stands on a line of its own."""
    at = 0
    without_end: set[str] = set()
    while found := _MATH_OPENS.search(text, at):
        at, close = found.end(), _MATH_CLOSES[found[0]]
        if close in without_end:
            continue
        end = text.find(close, at)
        if end < 0:
            without_end.add(close)
        elif end > at:
            yield found.start(), end + len(close), text[at:end], found[0] in ("\\[", "[mathjax]")
            at = end + len(close)


def _beside(tag: Tag, step: int) -> Any:
    """What stands next to the element in the same one; None at its edge."""
    beside: Any = tag
    while True:
        beside = beside.next_sibling if step > 0 else beside.previous_sibling
        if not isinstance(beside, NavigableString) or beside.strip():
            return beside


def _move_marks(tag: Tag) -> None:
    """``**Note:**text`` is not emphasis in Markdown: punctuation before a letter goes behind the mark."""
    after, last = tag.next_sibling, tag.contents[-1] if tag.contents else None
    if type(after) is not NavigableString or type(last) is not NavigableString or not after[:1].isalnum():
        return
    kept = last.rstrip()
    while kept and not kept[-1].isalnum() and not kept[-1].isspace():
        kept = kept[:-1]
    if kept.strip() and kept != last:
        moved = last[len(kept) :]
        last.replace_with(NavigableString(kept))
        after.replace_with(NavigableString(moved + after))
