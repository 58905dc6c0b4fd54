"""Markdown and HTML that people write, made safe to show.

The sanitiser is the one gate: whatever was rendered, imported or pasted passes it before it is stored
as HTML or shown. Formulas pass it as TeX; ``core.formulas`` then puts MathML in their place, made from
that text alone and from its own list of elements and attributes.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from core.formulas import MAX_FORMULAS, formula_problem, set_formulas, without_formulas

FILE_REFERENCE = re.compile(r"\bfile:([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b")

TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height", "loading"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "col": {"span"},
    "colgroup": {"span"},
    "time": {"datetime"},
    "details": {"open"},
    "q": {"cite"},
    "blockquote": {"cite"},
    "del": {"datetime", "cite"},
    "ins": {"datetime", "cite"},
}
# Classes that our own renderer writes; a class from anywhere else could cover the page with our own styles.
_CLASSES = {
    "span": {"math", "inline"},
    "div": {"math", "display", "tblwrap"},
    "code": set[str](),
}
LANGUAGE_CLASS = re.compile(r"^language-[a-z0-9+#-]{1,20}$")
SCHEMES = {"http", "https", "mailto", "tel", "file", "part"}

_PART_LINK = re.compile(r'(<a(?: (?!href=)[a-z-]+="[^"]*")*+ href=")part:([^"]*)"')
_TAG = re.compile(r"<[^>]+>")
_OPENING = re.compile(r"""(<[a-zA-Z][^\s/>"'<]*+)((?:"[^"]*+"|'[^']*+'|[^'"<>])*+)(/?>)""")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:(\s*+=\s*+)("[^"]*+"|'[^']*+'|[^\s"'<>]++))?""")
_ADDRESSES = frozenset({"src", "href", "poster"})
_SPACE = re.compile(r"\s+")


def sanitise(html: str) -> str:
    """HTML with everything removed that could run, navigate by itself, or restyle the page."""
    return _cleaner().clean(html)


# The longest line of code that fits on a telephone, also inside a question.
LONG_LINE = 30
_CODE = re.compile(r"<pre>(.*?</pre>)", re.DOTALL)


def markdown(text: str, *, resolve_file: Callable[[str], str | None] | None = None) -> str:
    """Safe HTML for Markdown. ``resolve_file`` turns the public id of a ``file:`` reference into an address."""
    html = set_formulas(reachable(sanitise(_renderer().render(text))))
    return link_files(html, resolve_file) if resolve_file else html


def reachable(html: str) -> str:
    """Safe HTML in which the keyboard reaches what may have to be scrolled sideways: tables and code with long lines."""
    html = html.replace('<div class="tblwrap">', '<div class="tblwrap" tabindex="0">')
    return _CODE.sub(lambda code: '<pre tabindex="0">' + code[1] if _is_wide(code[1]) else code[0], html)


def _is_wide(code: str) -> bool:
    return any(len(unescape(line)) > LONG_LINE for line in re.sub(r"<[^>]+>", "", code).split("\n"))


def markdown_inline(text: str) -> str:
    """Safe HTML for one line of Markdown, without a paragraph around it."""
    return set_formulas(sanitise(_renderer().renderInline(text)))


def link_files(html: str, resolve: Callable[[str], str | None]) -> str:
    """Put addresses in place of ``file:<public id>``; a file that is gone gets an empty address."""
    return FILE_REFERENCE.sub(lambda match: resolve(match[1]) or "", html)


def file_references(texts: Iterable[str]) -> set[str]:
    """Public ids of the files that the texts refer to."""
    return {match[1] for text in texts for match in FILE_REFERENCE.finditer(text)}


def link_parts(html: str, resolve: Callable[[str], str]) -> str:
    """Safe HTML with addresses in place of the links to ``part:<id>``, a part of a course."""
    if 'href="part:' not in html:
        return html
    return _PART_LINK.sub(lambda match: f'{match[1]}{escape(resolve(unquote(unescape(match[2]))))}"', html)


def part_references(html: str) -> list[str]:
    """The ids that links in safe HTML name as ``part:<id>``, as often as they are named."""
    if 'href="part:' not in html:
        return []
    return [unquote(unescape(match[2])) for match in _PART_LINK.finditer(html)]


def html_addresses(html: str, change: Callable[[str], str | None]) -> str:
    """HTML, safe or not, with each ``src``, ``href`` and ``poster`` put through ``change``; None keeps an address.

    ``change`` gets the address without the entities in it. Everything else stays as it was written.
    """

    def in_attribute(match: re.Match[str]) -> str:
        name, equals, value = match[1], match[2], match[3]
        if value is None or name.lower() not in _ADDRESSES:
            return match[0]
        address = value[1:-1] if value[0] in "\"'" else value
        changed = change(unescape(address).strip())
        return match[0] if changed is None else f'{name}{equals}"{escape(changed)}"'

    return _OPENING.sub(lambda tag: tag[1] + _ATTRIBUTE.sub(in_attribute, tag[2]) + tag[3], html)


def plain_text(html: str) -> str:
    """Words of the HTML, for search and previews; formulas as their author wrote them."""
    return _SPACE.sub(" ", unescape(_TAG.sub(" ", without_formulas(html)))).strip()


def markdown_problems(text: str) -> list[str]:
    """Addresses in the Markdown that will not be kept, so that an author is told instead of surprised."""
    problems = []
    for token in _walk(_renderer().parse(text)):
        address = token.attrs.get("href") or token.attrs.get("src")
        if isinstance(address, str) and not _is_allowed_address(address):
            problems.append(address)
    # markdown-it drops javascript: and its like before they become tokens.
    problems += re.findall(r"\]\(\s*((?:javascript|vbscript|data):[^)\s]*)", text, re.IGNORECASE)
    return problems


def formula_problems(text: str) -> list[str]:
    """Sentences about the formulas in the Markdown that cannot be set: readers will see their TeX."""
    formulas = [token.content.strip() for token in _walk(_renderer().parse(text)) if token.type.startswith("math_")]
    return [problem for tex in formulas[:MAX_FORMULAS] if (problem := formula_problem(tex))]


def _is_allowed_address(address: str) -> bool:
    scheme = re.match(r"^([a-zA-Z][a-zA-Z0-9+.-]*):", address)
    return scheme is None or scheme[1].lower() in SCHEMES


def _walk(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or ())


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        allowed = _CLASSES.get(tag, set())
        kept = [c for c in value.split() if c in allowed or (tag == "code" and LANGUAGE_CLASS.match(c))]
        return " ".join(kept) or None
    return value


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    attributes = {tag: set(names) for tag, names in ATTRIBUTES.items()}
    for tag in _CLASSES:
        attributes.setdefault(tag, set()).add("class")
    return nh3.Cleaner(
        tags=set(TAGS),
        attributes=attributes,
        attribute_filter=_keep_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    parser.enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_space=False, double_inline=True)
    validate = parser.validateLink
    parser.validateLink = lambda url: url.startswith("file:") or validate(url)  # type: ignore[method-assign]
    for rule in ("math_inline", "math_inline_double", "math_block", "math_block_label"):
        parser.add_render_rule(rule, _render_math)
    parser.add_render_rule("heading_open", _render_heading)
    parser.add_render_rule("heading_close", _render_heading)
    parser.add_render_rule("table_open", lambda *args: '<div class="tblwrap"><table>')
    parser.add_render_rule("table_close", lambda *args: "</table></div>")
    return parser


def _render_math(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    source = token.content.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if token.type == "math_inline":
        return f'<span class="math inline">{source}</span>'
    return f'<div class="math display">{source}</div>'


def _render_heading(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    # A page has one h1, its own title.
    token = tokens[index]
    token.tag = "h2" if token.tag == "h1" else token.tag
    return self.renderToken(tokens, index, options, env)
