"""HTML that other systems wrote, in the terms of our own pages.

It goes three ways: the sanitiser makes it well-formed and takes out what could act; its structure is put in order on a
tree; and the sanitiser, strict this time, is the gate that it leaves by. Only then are formulas set.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.utils.translation import gettext as _
from lxml import html as lxml_html
from lxml.html import HtmlElement

from core.formulas import set_formulas
from core.html import ATTRIBUTES, LANGUAGE_CLASS, LONG_LINE, SCHEMES, TAGS

ID_PREFIX = "in-"
MAX_DEPTH = 100
_DEEPEST_READ = 10 * MAX_DEPTH
# Those that have to be closed; of the others a new one closes the last.
_NESTING_TAG = re.compile(
    r"<(/?)(?:div|section|article|aside|blockquote|center|figure|ul|ol|dl|table|span|button|a|b|i|em|strong|font)"
    r"(?=[\s>/])[^<>]*>",
    re.IGNORECASE,
)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Looked at on the tree and then gone.
_LOOKED_AT = {
    "address", "area", "article", "aside", "audio", "button", "center", "embed", "footer", "h1", "header", "iframe",
    "main", "map", "nav", "object", "source", "video", "strike", "tt", "acronym", "dir", "menu",
}  # fmt: skip
_GONE_WITH_CONTENT = frozenset(["script", "style", "xml", "title", "svg", "select", "datalist", "textarea", "template"])
_RENAMED = {"strike": "s", "tt": "code", "acronym": "abbr", "dir": "ul", "menu": "ul"}
_BOXES_TOO = frozenset(["aside", "article", "section", "nav", "header", "footer", "main", "address", "center"])
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = {
    *_BOXES_TOO, *_HEADINGS, "blockquote", "caption", "col", "colgroup", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "hr", "li", "ol", "p", "pre", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_VERBATIM = frozenset(["code", "pre", "kbd", "samp", "var"])
_MAY_BE_EMPTY = frozenset(
    ["br", "col", "colgroup", "hr", "img", "rp", "rt", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr"]
)
_CELLS = frozenset(["li", "td", "th", "dd", "dt", "figcaption", "caption", "summary"])
# Without any of these the element says nothing.
_SAYING_ATTRIBUTES = {"a": ("href", "id"), "span": ("class", "id", "lang", "dir", "title")}
_SHOWS = frozenset(["img", "hr", "table"])

# What foreign classes mean; the words stand apart in a class or end it.
_TARGET = re.compile(r"toggle-?target(\S*)")
_OPENER = re.compile(r"toggle-?button(\S*)")
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang|language|brush)[-:]\s*([a-zA-Z0-9+#-]{1,20})")
_WARNING = re.compile(r"(?:^|[-_ ])(?:warning|danger|caution|error|important|redbox|orangebox|yellowbox)(?:$|[-_ ])")
_TIP = re.compile(r"(?:^|[-_ ])(?:tip|hint|success|greenbox)(?:$|[-_ ])")
_NOTE = re.compile(
    r"(?:^|[-_ ])(?:note|info|infobox|box|sidebar|aside|callout|admonition|well|example|panel|skillbox|"
    r"(?:blue|purple|gr[ea]y|white|pink)box)(?:$|[-_ ])"
)
_AT_END = re.compile(r"(?:hang|float|pull|align)-?(?:right|end)|float:\s*right")
_AT_START = re.compile(r"(?:hang|float|pull|align)-?(?:left|start)|float:\s*left")
_ICON = re.compile(r"icon(?:$|[-_ s])")
_WIDTH = re.compile(r"(?:^|[;\s])(?:max-)?width:\s*(\d{1,4}(?:px)|\d{1,2}%)")
_HEIGHT = re.compile(r"(?:^|[;\s])(?:max-)?height:\s*(\d{1,4})px")
_LOW = 160
_UNSEEN = re.compile(r"(?:^|\s)(?:sr|sr-only|visually-hidden|visuallyhidden|screen-reader-text)(?:\s|$)")

_FORMULA = re.compile(r"\\\(|\\\[|\$\$|\[mathjaxinline\]|\[mathjax\]")
_ENDS = {
    r"\(": (r"\)", False),
    r"\[": (r"\]", True),
    "$$": ("$$", True),
    "[mathjaxinline]": ("[/mathjaxinline]", False),
    "[mathjax]": ("[/mathjax]", True),
}
_LONGEST_FORMULA = 2_000
_SPACES = re.compile(r"[ \t\r\n\xa0]*\xa0[ \t\r\n\xa0]*")
_ODD_IN_ID = re.compile(r"[^\w.:-]+")


def imported_html(source: str, *, level: int = 3) -> str:
    """Safe HTML for HTML from elsewhere. Its top headings stand on ``level``, the others follow without a gap.

    Formulas in ``\\(…\\)``, ``\\[…\\]``, ``$$…$$`` and ``[mathjax]`` are set; ids get a prefix, links to them follow;
    addresses ``file:`` and ``part:`` stay for whoever shows it. The same source always gives the same HTML.
    """
    outer = _first_pass().clean(_shallow(_CONTROL.sub("", source)))
    root = _tree(outer)
    if root is None:
        return _gate().clean(outer)
    for step in _STEPS:
        step(root)
    _shift_headings(root, level)
    inner = "".join([root.text or "", *(lxml_html.tostring(child, encoding="unicode") for child in root)])
    html = _gate().clean(inner).strip()
    html = html.replace('<div class="tblwrap">', '<div class="tblwrap" tabindex="0">')
    html = html.replace('<pre class="scrolls">', '<pre tabindex="0">')
    return set_formulas(html)


def shifted_headings(html: str, by: int) -> str:
    """Safe HTML with its headings moved by so many levels: where a block stands decides how deep it starts."""

    def shifted(match: re.Match[str]) -> str:
        return f"{match[1]}h{min(max(int(match[2]) + by, 2), 6)}"

    return re.sub(r"(</?)h([2-6])(?=[ >])", shifted, html) if by else html


# The passes of the sanitiser


def _shallow(source: str) -> str:
    """The source without the tags that open deeper than anybody's text does: each level makes the parser look
    through all above it, so that the time would grow with the square of the depth."""
    opened = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal opened
        if match[1]:
            opened = max(opened - 1, 0)
            return match[0] if opened < _DEEPEST_READ else ""
        opened += 1
        return match[0] if opened <= _DEEPEST_READ else ""

    return _NESTING_TAG.sub(kept, source)


@lru_cache(maxsize=1)
def _first_pass() -> nh3.Cleaner:
    attributes = {tag: set(names) for tag, names in ATTRIBUTES.items()}
    attributes["*"] |= {"class", "id", "name", "style"}
    for tag in ("iframe", "audio", "video", "embed", "source"):
        attributes[tag] = {"src", "title"}
    attributes["object"] = {"data", "title"}
    attributes["area"] = {"href", "alt", "title"}
    attributes["img"] = {*attributes["img"], "align"}
    return nh3.Cleaner(
        tags=set(TAGS) | _LOOKED_AT,
        clean_content_tags=set(_GONE_WITH_CONTENT),
        attributes=attributes,
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
    )


_CLASSES = {
    "div": {"math", "display", "tblwrap", "callout", "tip", "warning", "hang-start", "hang-end"},
    "span": {"math", "inline", "visually-hidden"},
    "pre": {"scrolls"},
    "code": set[str](),
    "img": {"hang-start", "hang-end", "small-picture"},
    "figure": {"hang-start", "hang-end"},
}


def _kept_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        allowed = _CLASSES.get(tag, set())
        kept = [c for c in value.split() if c in allowed or (tag == "code" and LANGUAGE_CLASS.match(c))]
        return " ".join(kept) or None
    if attribute == "id":
        return value if value.startswith(ID_PREFIX) else None
    return value


@lru_cache(maxsize=1)
def _gate() -> nh3.Cleaner:
    attributes = {tag: set(names) for tag, names in ATTRIBUTES.items()}
    attributes["*"] |= {"id"}
    for tag in _CLASSES:
        attributes[tag] = {*attributes.get(tag, set()), "class"}
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(_GONE_WITH_CONTENT),
        attributes=attributes,
        attribute_filter=_kept_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _tree(html: str) -> HtmlElement | None:
    """The well-formed HTML as a tree in one element; None for what is nested too deep to be anybody's text."""
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    opened = deepest = 0
    for tag in re.finditer(r"<(/?)([a-z0-9]+)", html):
        if tag[2] not in ("br", "img", "hr", "wbr", "col", "area", "source", "embed"):
            opened += -1 if tag[1] else 1
            deepest = max(deepest, opened)
    if deepest > MAX_DEPTH:
        return None
    document = lxml_html.document_fromstring(f"<body><div>{html}</div></body>".encode(), parser=parser)
    body = document.find("body")
    if body is None or len(body) != 1 or body[0].tag != "div":
        return None
    root: HtmlElement = body[0]
    return root


# The steps, in their order


def _rename(root: HtmlElement) -> None:
    for element in root.iter(*_RENAMED):
        element.tag = _RENAMED[element.tag]


def _fold(root: HtmlElement) -> None:
    """A button and what it shows become details, which open without a script."""
    targets: dict[str, list[HtmlElement]] = {}
    for element in root.iter():
        if found := _TARGET.search(element.get("class", "")):
            targets.setdefault(found[1], []).append(element)
    for button in list(root.iter("button", "a", "span")):
        found = _OPENER.search(button.get("class", ""))
        waiting = targets.get(found[1], []) if found else []
        if waiting and waiting[0].tag in _BLOCKS and button not in list(waiting[0].iter()):
            _fold_one(button, waiting.pop(0))
    for button in list(root.iter("button")):
        for image in button.iter("img"):
            image.set("class", "icon")
        button.drop_tag()


def _fold_one(button: HtmlElement, target: HtmlElement) -> None:
    details, summary = target.makeelement("details"), target.makeelement("summary")
    summary.text = _words(button) or _("Show more")
    target.addprevious(details)
    details.tail, target.tail = target.tail, None
    details.append(summary)
    if target.tag == "div":
        summary.tail = target.text
        details.extend(list(target))
        target.getparent().remove(target)
    else:
        details.append(target)
    _copy_id(target, details)
    opener = button
    parent = button.getparent()
    while parent.tag in ("p", "span", "strong", "em", *_HEADINGS) and _words(parent) == _words(button):
        opener, parent = parent, parent.getparent()
    for element in opener.iter():
        _copy_id(element, details)
    opener.drop_tree()


def _copy_id(source: HtmlElement, target: HtmlElement) -> None:
    if source.get("id") and not target.get("id"):
        target.set("id", source.get("id"))


def _replace_frames(root: HtmlElement) -> None:
    """What would load another page or play becomes a link to it."""
    for frame in list(root.iter("iframe", "video", "audio", "embed", "object")):
        source = frame.get("src") or frame.get("data") or next((s.get("src") for s in frame.iter("source")), "")
        if not source:
            frame.drop_tag() if frame.tag == "object" else frame.drop_tree()
            continue
        words = frame.get("title", "").strip() or urlsplit(source).netloc
        link = root.makeelement("a", {"href": source})
        link.text = (
            _("Open what was embedded here: %(name)s") % {"name": words} if words else _("Open what was embedded")
        )
        paragraph = root.makeelement("div")
        paragraph.append(link)
        _put(frame, paragraph)
    for source in list(root.iter("source")):
        source.drop_tree()


def _replace_maps(root: HtmlElement) -> None:
    """The places of a clickable picture that lead elsewhere become a list of links."""
    for found in list(root.iter("map")):
        links = root.makeelement("ul")
        for area in found.iter("area"):
            if area.get("href", "#") != "#":
                link = root.makeelement("a", {"href": area.get("href")})
                link.text = area.get("alt") or area.get("title") or area.get("href")
                entry = root.makeelement("li")
                entry.append(link)
                links.append(entry)
        _put(found, links)


def _pictures(root: HtmlElement) -> None:
    """Pictures of this site; one that stands elsewhere is linked, as pages here load nothing from other sites."""
    for image in list(root.iter("img")):
        source, words = image.get("src", ""), image.get("alt", "").strip()
        address = urlsplit(source)
        if address.netloc:
            inside_link = any(parent.tag == "a" for parent in image.iterancestors())
            link = root.makeelement("span" if inside_link else "a", {} if inside_link else {"href": source})
            link.text = words or _("Picture on %(site)s") % {"site": address.netloc}
            _put(image, link)
        elif not source:
            words_only = root.makeelement("span")
            words_only.text = words
            _put(image, words_only)
        else:
            image.set("loading", "lazy")
            style = image.get("style", "")
            if (width := _WIDTH.search(style)) and not image.get("width"):
                image.set("width", width[1].removesuffix("px"))
            meaning = f"{image.get('class', '')} {style} float-{image.get('align', '')}"
            _set_class(image, "small-picture" if _is_small(image) else _hang(meaning))


def _is_small(image: HtmlElement) -> bool:
    """Whether it was shown as a sign beside the words: said so, or kept low by its style."""
    around = " ".join([image.get("class", ""), image.getparent().get("class", "")])
    height = _HEIGHT.search(image.get("style", "")) if not image.get("width") else None
    return bool(_ICON.search(around)) or (height is not None and int(height[1]) <= _LOW)


def _code(root: HtmlElement) -> None:
    for element in root.iter("code", "pre"):
        found = _LANGUAGE.search(element.get("class", ""))
        _set_class(element, f"language-{found[1].lower()}" if found else "")
    for block in list(root.iter("pre")):
        if block.find(".//code") is None:
            code = root.makeelement("code")
            code.text, block.text = block.text, None
            code.extend(list(block))
            block.append(code)
            _set_class(code, block.get("class", ""))
        _set_class(block, "")
        if max((len(line) for line in block.text_content().split("\n")), default=0) > LONG_LINE:
            _set_class(block, "scrolls")


def _set_boxes(root: HtmlElement) -> None:
    """Boxes, asides and notes of elsewhere look like ours; other containers say nothing."""
    for element in root.iter("div", "section", "aside", "article", "p", "figure", "span"):
        meaning = element.get("class", "")
        kept = ""
        if element.tag == "span":
            kept = "visually-hidden" if _UNSEEN.search(meaning) else ""
        elif element.tag == "figure":
            kept = _hang(f"{meaning} {element.get('style', '')}")
        elif element.tag == "aside" or (element.tag != "p" and (_WARNING.search(meaning) or _TIP.search(meaning))):
            kept = f"callout {'warning' if _WARNING.search(meaning) else 'tip' if _TIP.search(meaning) else ''}"
        elif element.tag != "p" and _NOTE.search(meaning):
            kept = "callout"
        if kept.startswith("callout"):
            element.tag = "div"
        _set_class(element, kept.strip())
    for element in root.iter(*_BOXES_TOO):
        element.tag = "div"


def _own_ids(root: HtmlElement) -> None:
    """Ids that cannot clash with those of the page; links within the text go on leading to them."""
    taken = set()
    for element in root.iter():
        old = element.attrib.pop("id", "") or (element.get("name", "") if element.tag == "a" else "")
        element.attrib.pop("name", None)
        if old and (new := _own_id(old)) not in taken:
            taken.add(new)
            element.set("id", new)
        if element.get("headers"):
            element.set("headers", " ".join(_own_id(name) for name in element.get("headers").split()))
        address = element.get("href", "") if element.tag == "a" else ""
        if address.startswith("#"):
            if len(address) > 1:
                element.set("href", f"#{_own_id(address[1:])}")
            else:
                del element.attrib["href"]


def _own_id(old: str) -> str:
    return ID_PREFIX + _ODD_IN_ID.sub("-", old)[:100]


def _set_math(root: HtmlElement) -> None:
    for element in [found for found in root.iter() if not _is_verbatim(found)]:
        for child in list(element):
            if pieces := _pieces(child.tail):
                child.tail = pieces[0][0]
                for formula in _formula_elements(root, pieces):
                    child.addnext(formula)
        if pieces := _pieces(element.text):
            element.text = pieces[0][0]
            for formula in _formula_elements(root, pieces):
                element.insert(0, formula)


def _pieces(text: str | None) -> list[tuple[str, str, bool]]:
    if not text or not ("\\" in text or "$$" in text or "[mathjax" in text):
        return []
    pieces = list(_formulas(text))
    return pieces if len(pieces) > 1 else []


def _formula_elements(root: HtmlElement, pieces: list[tuple[str, str, bool]]) -> Iterator[HtmlElement]:
    """One element for each formula with the text behind it, the last one first: each is put before the others."""
    for after, tex, display in reversed(pieces[1:]):
        formula = root.makeelement("div" if display else "span")
        formula.set("class", "math display" if display else "math inline")
        formula.text, formula.tail = tex, after
        yield formula


def _formulas(text: str) -> Iterator[tuple[str, str, bool]]:
    """The text before the first formula, then (text behind it, TeX, whether it stands on its own line) for each."""
    found: list[tuple[int, int, str, bool]] = []
    position = 0
    while opening := _FORMULA.search(text, position):
        ending, display = _ENDS[opening[0]]
        end = text.find(ending, opening.end(), opening.end() + _LONGEST_FORMULA)
        tex = text[opening.end() : end].strip() if end >= 0 else ""
        position = end + len(ending) if tex else opening.end()
        if tex:
            found.append((opening.start(), position, tex, display))
    starts = [start for start, _end, _tex, _display in found] + [len(text)]
    yield text[: starts[0]], "", False
    for number, (_start, end, tex, display) in enumerate(found):
        yield text[end : starts[number + 1]], tex, display


def _is_verbatim(element: HtmlElement) -> bool:
    return element.tag in _VERBATIM or any(parent.tag in _VERBATIM for parent in element.iterancestors())


def _tidy(root: HtmlElement) -> None:
    """Chains of spaces and of line breaks, links to nothing and elements without content."""
    for element in root.iter():
        if not _is_verbatim(element):
            element.text = _SPACES.sub(_one_space, element.text) if element.text else element.text
            for child in element:
                child.tail = _SPACES.sub(_one_space, child.tail) if child.tail else child.tail
    breaks = list(root.iter("br"))
    for line_break in (*breaks, *reversed(breaks)):
        if line_break.getparent() is not None and _is_idle(line_break):
            line_break.drop_tree()
    for element in reversed(list(root.iter())):
        if element is root or element.tag in _MAY_BE_EMPTY:
            continue
        if element.tag in _SAYING_ATTRIBUTES and not any(map(element.get, _SAYING_ATTRIBUTES[element.tag])):
            element.drop_tag()
        elif not element.get("id") and not _has_content(element):
            element.drop_tree() if element.tag in _BLOCKS or not element.text else element.drop_tag()


def _one_space(match: re.Match[str]) -> str:
    return "\xa0" if match[0] == "\xa0" else " "


def _is_idle(line_break: HtmlElement) -> bool:
    """Whether a line break opens or closes its block, or is the third one in a row."""
    parent, before, after = line_break.getparent(), line_break.getprevious(), line_break.getnext()
    opens = before is None and not (parent.text or "").strip() if parent.tag in _BLOCKS else False
    closes = after is None and not (line_break.tail or "").strip() if parent.tag in _BLOCKS else False
    beside_block = any(
        side is not None and side.tag in _BLOCKS and not (between or "").strip()
        for side, between in ((before, before.tail if before is not None else ""), (after, line_break.tail))
    )
    repeated = (
        before is not None
        and before.tag == "br"
        and not (before.tail or "").strip()
        and before.getprevious() is not None
        and before.getprevious().tag == "br"
        and not (before.getprevious().tail or "").strip()
    )
    return opens or closes or beside_block or repeated


def _has_content(element: HtmlElement) -> bool:
    if any(child.tag in _SHOWS or child.get("id") for child in element.iterdescendants()):
        return True
    return any(text.strip(" \t\r\n\xa0") for text in element.itertext())


def _set_paragraphs(root: HtmlElement) -> None:
    """Each run of words in a container is a paragraph; containers that say nothing go."""
    for element in reversed(list(root.iter("div", "p", "blockquote", "details"))):
        has_blocks = any(child.tag in _BLOCKS for child in element)
        if (
            element is root
            or element.get("class", "").startswith("callout")
            or element.tag in ("blockquote", "details")
        ):
            _wrap_runs(element)
        elif element.get("class"):
            continue
        elif element.tag == "div" and not has_blocks:
            element.tag = "p"
            if _is_alone(element) and not element.attrib and element.getparent().tag in _CELLS:
                element.drop_tag()
        elif has_blocks:
            _wrap_runs(element)
            if any(element.get(name) for name in ("id", "lang", "dir")):
                element.tag = "div"
            else:
                element.drop_tag()


def _is_alone(element: HtmlElement) -> bool:
    parent = element.getparent()
    return len(parent) == 1 and not (parent.text or "").strip() and not (element.tail or "").strip()


def _wrap_runs(box: HtmlElement) -> None:
    children = list(box)
    run = _new_run(box, box.text, lambda new: box.insert(0, new))
    box.text = None
    for child in children:
        tail, child.tail = child.tail, None
        if child.tag in _BLOCKS:
            run = _new_run(box, tail, child.addnext)
            continue
        if run is None:
            run = box.makeelement("p")
            child.addprevious(run)
        run.append(child)
        child.tail = tail


def _new_run(box: HtmlElement, text: str | None, add: Callable[[HtmlElement], None]) -> HtmlElement | None:
    if not (text or "").strip():
        return None
    run: HtmlElement = box.makeelement("p")
    run.text = text
    add(run)
    return run


def _set_tables(root: HtmlElement) -> None:
    for table in list(root.iter("table")):
        if table.find(".//td") is None and table.find(".//th") is None:
            words = table.makeelement("p")
            words.text = _words(table)
            _put(table, words) if words.text else table.drop_tree()
            continue
        for cell in table.iter("th"):
            if not cell.get("scope"):
                row = cell.getparent()
                alone = row.find("td") is None or (row.getparent() is not None and row.getparent().tag == "thead")
                cell.set("scope", "col" if alone else "row")
        if all(parent.tag != "table" for parent in table.iterancestors()):
            wrapper = table.makeelement("div", {"class": "tblwrap"})
            table.addprevious(wrapper)
            wrapper.tail, table.tail = table.tail, None
            wrapper.append(table)


_STEPS: tuple[Callable[[HtmlElement], None], ...] = (
    _rename,
    _fold,
    _replace_frames,
    _replace_maps,
    _pictures,
    _code,
    _set_boxes,
    _own_ids,
    _set_math,
    _tidy,
    _set_paragraphs,
    _set_tables,
)


def _shift_headings(root: HtmlElement, level: int) -> None:
    """Keep which heading stands under which; no level is left out on the way down."""
    open_levels: list[int] = []
    for heading in root.iter(*_HEADINGS):
        own = int(heading.tag[1])
        while open_levels and open_levels[-1] >= own:
            open_levels.pop()
        open_levels.append(own)
        heading.tag = f"h{min(level + len(open_levels) - 1, 6)}"


# Small things


def _words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _hang(meaning: str) -> str:
    return "hang-end" if _AT_END.search(meaning) else "hang-start" if _AT_START.search(meaning) else ""


def _set_class(element: HtmlElement, value: str) -> None:
    if value:
        element.set("class", value)
    else:
        element.attrib.pop("class", None)


def _put(old: HtmlElement, new: HtmlElement) -> None:
    """``new`` in the place of ``old``; the text behind it stays."""
    new.tail = old.tail
    parent: Any = old.getparent()
    parent.replace(old, new)
