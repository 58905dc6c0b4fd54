"""TeX in, MathML out: formulas that every browser sets without a script.

Generated MathML does not pass the sanitiser, so nothing of it is trusted: the converter gets the bare TeX, and its tree is
copied name by name into a new one that holds only what is listed here. The converter is native code that recurses with its
input: what is too long or too deep never reaches it.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from django.utils.translation import gettext as _
from math_core import LatexError, LatexToMathML

MAX_LENGTH = 2_000
MAX_DEPTH = 30
MAX_COMMANDS = 300
MAX_FORMULAS = 1_000

# The sanitiser writes these itself; a formula with any tag inside is not one.
FORMULA = re.compile(
    r'(?P<before>[(\[“‘«„]{0,3})<(?P<tag>span|div) class="math (?:inline|display)">(?P<tex>[^<]*)</(?P=tag)>'
    r"(?P<after>[^\s<&]{0,20})"
)
_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_ANNOTATION = re.compile(r"<annotation\b[^>]*>([^<]*)</annotation>")

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[{}]", re.DOTALL)
_DEFINES = re.compile(r"\\(?:[egx]?def|let|(?:re)?newcommand|providecommand|DeclareMathOperator)(?![a-zA-Z])")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Numbers for equations count from 1 in each formula: nothing could refer to them.
_NUMBERED = re.compile(r"\\(begin|end)\{(align|equation|gather|multline|alignat|flalign)\}")
_MACROS = {
    "mbox": r"\text{#1}",
    "substack": r"\begin{subarray}{c}#1\end{subarray}",
    "euro": "€",
}

_TOKENS = frozenset({"mi", "mn", "mo", "mtext"})
_SCRIPTS = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts"})
_LAYOUT = frozenset({"mrow", "mspace", "mfrac", "msqrt", "mroot", "mstyle", "mpadded", "mphantom"})
_ELEMENTS = _TOKENS | _SCRIPTS | _LAYOUT | {"mtable", "mtr", "mtd"}
_EMPHASIS = frozenset({"b", "i", "em", "code"})
_YES_NO = re.compile(r"^(true|false)$")
_LENGTH = re.compile(r"^\d{0,2}(\.\d{1,8})?(em|rem|ex)?$")
_ATTRIBUTES = {
    "displaystyle": _YES_NO,
    "scriptlevel": re.compile(r"^[0-3]$"),
    "mathvariant": re.compile(r"^normal$"),
    "stretchy": _YES_NO,
    "symmetric": _YES_NO,
    "movablelimits": _YES_NO,
    "accent": _YES_NO,
    "accentunder": _YES_NO,
    "form": re.compile(r"^(prefix|infix|postfix)$"),
    "columnspan": re.compile(r"^\d{1,2}$"),
    "lspace": _LENGTH,
    "rspace": _LENGTH,
    "minsize": _LENGTH,
    "maxsize": _LENGTH,
    "width": _LENGTH,
    "linethickness": _LENGTH,
}
# The policy for styles allows no style attribute; these classes are in components.css.
_CLASSES = {
    "text-align:left": "left",
    "text-align:right": "right",
    "padding-left:0": "tight-start",
    "padding-left:1em": "gap",
    "padding-right:0": "tight-end",
    "border-top:0.05em solid currentcolor": "line-above",
    "border-top:0.05em dashed currentcolor": "line-above",
    "border-left:0.05em solid currentcolor": "line-start",
    "border-left:0.05em dashed currentcolor": "line-start",
    "border-right:0.05em solid currentcolor": "line-end",
    "border-right:0.05em dashed currentcolor": "line-end",
}
_ENCLOSURES = {"box": "boxed", "updiagonalstrike": "struck", "downdiagonalstrike": "struck"}
_PRIMES = frozenset("′″‴⁗")
_MAX_TREE_DEPTH = 100
_MAX_MARKUP = 120_000

_BREAKS_AFTER = frozenset("=≠≈≃≅≡∼∝<>≤≥≪≫→←↔⇒⇐⇔⟹⟺↦∈∉⊂⊆∪∩±∓+−×⋅÷∧∨∣,;")
# Estimates in em. The narrowest column, in a phone of 320 px with the largest letters, has 9; a formula may stand in a box.
_LINE = 9.0
_SCROLLS = 10.0
_PIECE = 4.0
_PIECE_IN_BRACKETS = 7.0


class FormulaError(ValueError):
    """TeX that cannot be set; the text says why, for its author."""


def formula_html(tex: str, *, display: bool, before: str = "", after: str = "") -> str:
    """The formula in MathML, or its TeX as code when it cannot be set.

    ``display``: on a line of its own. ``before`` and ``after``: HTML that touches it, kept on the same line.
    """
    try:
        tree = _tree(tex, display=display)
    except FormulaError:
        code = f'<code class="tex">{escape(tex, quote=False)}</code>'
        return before + (f'<div class="math display">{code}</div>' if display else code) + after
    if display:
        focus = ' tabindex="0"' if _width(tree) > _SCROLLS else ""
        return f'{before}<div class="math display"{focus}>{_markup(tree, tex, display="block")}</div>{after}'
    pieces = list(_pieces(tree))
    if max(_width(piece) for piece in pieces) > _LINE + _PIECE:
        return f'{before}<span class="math wide" tabindex="0">{_markup(_joined(pieces), tex, display="inline")}</span>{after}'
    first, *others = [_markup(piece, "" if n else tex, display="inline") for n, piece in enumerate(pieces)]
    if not others:
        return _unbroken(before, first, after)
    *inner, last = others
    parts = [_unbroken(before, first, ""), *inner, _unbroken("", last, after)]
    return f'<span class="math" dir="ltr">{"".join(parts)}</span>'


def _unbroken(before: str, formula: str, after: str) -> str:
    # Browsers may break the line on both sides of a formula, even before a full stop.
    return f'<span class="nowrap">{before}{formula}{after}</span>' if before or after else formula


def set_formulas(html: str) -> str:
    """Sanitised HTML with its formulas set. Those past ``MAX_FORMULAS`` stay TeX."""
    left = MAX_FORMULAS

    def replace(match: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        if left < 0:
            return f'{match["before"]}<code class="tex">{match["tex"]}</code>{match["after"]}'
        return formula_html(
            unescape(match["tex"]), display=match["tag"] == "div", before=match["before"], after=match["after"]
        )

    return FORMULA.sub(replace, html)


def without_formulas(html: str) -> str:
    """HTML with the TeX, once, in place of each formula that was set."""
    return _MATH.sub(lambda match: "".join(_ANNOTATION.findall(match[0])[:1]), html)


def formula_problem(tex: str) -> str:
    """A sentence for the author on why the TeX cannot be set; empty when it can."""
    try:
        _tree(tex, display=True)
    except FormulaError as error:
        shown = tex if len(tex) <= 60 else f"{tex[:59]}…"
        return _("The formula %(tex)s cannot be set. %(reason)s") % {"tex": shown, "reason": error}
    return ""


def _tree(tex: str, *, display: bool) -> Element:
    _check(tex)
    converter = LatexToMathML(macros=_MACROS, fancy_error=False, allow_unreliable_rendering=True, max_expansions=500)
    try:
        markup = converter.convert_with_local_state(_NUMBERED.sub(r"\\\1{\2*}", tex), displaystyle=display)
    except LatexError as error:
        raise FormulaError(_reason(str(error))) from error
    # Text is escaped by the converter, so a declaration would not be the author's; entities and their like stay out anyway.
    if len(markup) > _MAX_MARKUP or "<!" in markup or "<?" in markup:
        raise FormulaError(_("It is too long."))
    try:
        source = ElementTree.fromstring(markup)  # noqa: S314 - our converter's, without declarations
    except ElementTree.ParseError as error:
        raise FormulaError(_("It has a character that formulas cannot have.")) from error
    tree = Element("math")
    _copy_children(source, tree, 0)
    if not len(tree):
        raise FormulaError(_("It is empty."))
    return tree


def _check(tex: str) -> None:
    if len(tex) > MAX_LENGTH:
        raise FormulaError(_("It is longer than %(number)s characters.") % {"number": MAX_LENGTH})
    if _CONTROL.search(tex):
        raise FormulaError(_("It has a character that formulas cannot have."))
    if _DEFINES.search(tex):
        raise FormulaError(_("Formulas cannot define commands of their own."))
    depth = commands = 0
    for token in _TOKEN.findall(tex):
        commands += token[0] == "\\"
        if token in ("{", r"\left", r"\begin"):
            depth += 1
        elif token in ("}", r"\right", r"\end"):
            depth = max(0, depth - 1)
        if depth > MAX_DEPTH or commands > MAX_COMMANDS:
            raise FormulaError(_("It has too many commands or braces inside each other."))


def _reason(message: str) -> str:
    if found := re.search(r'Unknown (?:command|environment) "([^"]*)"', message):
        return _("Formulas here do not know “%(name)s”.") % {"name": found[1]}
    return _("Look at its braces, and that each command has what it needs.")


def _copy_children(source: Element, target: Element, depth: int) -> None:
    if depth > _MAX_TREE_DEPTH:
        raise FormulaError(_("It has too many commands or braces inside each other."))
    for child in source:
        if child.tag == "menclose":
            kinds = child.get("notation", "").split()
            if not kinds or not all(kind in _ENCLOSURES for kind in kinds):
                raise FormulaError(_("It has a frame that cannot be drawn."))
            copy = SubElement(target, "mrow", {"class": _ENCLOSURES[kinds[0]]})
        elif child.tag == "mrow" and child.get("class"):
            continue  # the line of an enclosure; ours is drawn by its class
        elif child.tag in _ELEMENTS:
            copy = SubElement(target, child.tag, dict(_attributes(child)))
        else:
            raise FormulaError(_("It refers to another place."))
        if child.tag in _TOKENS:
            _copy_text(child, copy)
            _adjust(copy, target)
        else:
            _copy_children(child, copy, depth + 1)


def _copy_text(source: Element, copy: Element) -> None:
    """Text only: HTML that stands in a token is parsed as HTML. Plain emphasis, which has no attributes, may stay."""
    if len(source) == 1 and not source.text and source[0].tag in _EMPHASIS and not source[0].tail:
        copy = SubElement(copy, source[0].tag)
    elif any(child.tag == "a" for child in source.iter()):
        raise FormulaError(_("It refers to another place."))
    copy.text = "".join(source.itertext())


def _adjust(token: Element, parent: Element) -> None:
    """What browsers would set worse than TeX does."""
    if token.text == "\u20d7":  # the arrow of a vector stands beside its letter unless it may stretch
        token.set("stretchy", "true")
    elif token.text == "~" and parent.tag == "mover":
        token.text = "\u02dc"
    elif token.text and set(token.text) <= _PRIMES and parent.tag in ("msup", "msubsup"):
        token.set("class", "prime")


def _attributes(source: Element) -> Iterator[tuple[str, str]]:
    for name, value in source.attrib.items():
        if name in _ATTRIBUTES and _ATTRIBUTES[name].match(value):
            yield name, value
    declarations = [re.sub(r"\s*:\s*", ":", part.strip()) for part in source.get("style", "").split(";")]
    if names := [_CLASSES[declaration] for declaration in declarations if declaration in _CLASSES]:
        yield "class", " ".join(names)


def _markup(tree: Element, tex: str, *, display: str) -> str:
    math = Element("math", {"display": display})
    if tex:
        semantics = SubElement(math, "semantics")
        row = SubElement(semantics, "mrow")
        row.extend(tree)
        SubElement(semantics, "annotation", {"encoding": "application/x-tex"}).text = tex
    else:
        math.extend(tree)
    return ElementTree.tostring(math, encoding="unicode")


def _pieces(tree: Element) -> Iterator[Element]:
    """A formula that is wider than a phone in several ones, broken after relations and operators like text in TeX."""
    if _width(tree) <= _LINE:
        yield tree
        return
    piece = Element("math")
    previous = None
    open_brackets = 0
    for child in tree:
        piece.append(child)
        if child.tag == "mo":
            open_brackets += (child.text in ("(", "[", "{")) - (child.text in (")", "]", "}"))
            sign = previous is None or (previous.tag == "mo" and previous.text not in (")", "]", "}"))
            binary = child.text in _BREAKS_AFTER and not sign
            if binary and _width(piece) >= (_PIECE_IN_BRACKETS if open_brackets > 0 else _PIECE):
                child.set("form", child.get("form", "infix"))
                yield piece
                piece = Element("math")
        previous = child
    if len(piece):
        yield piece


def _joined(pieces: list[Element]) -> Element:
    tree = Element("math")
    for piece in pieces:
        tree.extend(piece)
    return tree


def _width(element: Element) -> float:
    """About how wide the formula is, in em: enough to know whether a phone may have to scroll."""
    if element.tag == "mspace":
        return float(re.sub(r"[a-z]+$", "", element.get("width", "0")) or 0)
    if element.tag in _TOKENS:
        letters = 0.5 * len("".join(element.itertext()))
        return letters + (0.5 if element.tag == "mo" and element.get("stretchy") != "false" else 0.0)
    widths = [_width(child) for child in element]
    if element.tag in ("mfrac", "munder", "mover", "munderover", "mtable"):
        return max(widths, default=0.0)
    if element.tag in ("msub", "msup", "msubsup") and widths:
        return widths[0] + 0.7 * max(widths[1:], default=0.0)
    gap = {"mtr": 0.8 * len(widths), "msqrt": 0.8, "mroot": 0.8}.get(element.tag, 0.0)
    return sum(widths) + gap
