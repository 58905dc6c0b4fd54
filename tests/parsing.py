"""Reads HTML as a browser would and names what in it could act."""

import re
from html.parser import HTMLParser

_ELEMENTS = {
    "script", "style", "iframe", "object", "embed", "form", "input", "button", "base", "meta", "link", "svg", "math",
    "video", "audio", "template", "noscript", "frame", "textarea", "select", "dialog",
}  # fmt: skip
_ADDRESSES = {"href", "src", "action", "formaction", "cite", "data", "poster", "xlink:href"}
_KEPT_ATTRIBUTES = {
    "href", "hreflang", "rel", "src", "alt", "width", "height", "loading", "title", "lang", "dir", "class", "start",
    "reversed", "type", "value", "colspan", "rowspan", "headers", "scope", "abbr", "span", "datetime", "open", "cite",
}  # fmt: skip
# What formulas are made of, and what elements of theirs could carry in from elsewhere.
_FORMULA_ATTRIBUTES = {
    "display", "encoding", "tabindex", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "symmetric",
    "movablelimits", "accent", "accentunder", "form", "columnspan", "lspace", "rspace", "minsize", "maxsize",
    "linethickness",
}  # fmt: skip
_FORMULA_ELEMENTS = {"annotation-xml", "mglyph", "malignmark", "maction", "menclose"}
_FORMULA_CLASSES = re.compile(r"^(wide|tex|nowrap|boxed|struck|left|right|gap|prime|tight-start|tight-end|line-\w+)$")
_KEPT_CLASSES = re.compile(r"^(math|inline|display|tblwrap|language-[a-z0-9+#-]{1,20})$")
# As browsers read an address (URL standard): controls and spaces go at its ends, tabs and line ends anywhere.
_AT_ENDS = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SAFE_SCHEMES = {"http", "https", "mailto", "tel", "file", "part"}
# What texts of other systems may have besides: ids and classes that are ours.
_IMPORTED_CLASSES = re.compile(r"^(callout|tip|warning|hang-start|hang-end|small-picture|visually-hidden)$")


class _Reader(HTMLParser):
    def __init__(self, formulas: bool, imported: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.formulas = formulas
        self.imported = imported
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FORMULA_ELEMENTS or (tag in _ELEMENTS and not (self.formulas and tag == "math")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in _KEPT_ATTRIBUTES and not self._is_own(name, value or ""):
                self.found.append(f"{tag} {name}")
            address = re.sub(r"[\t\n\r]", "", (value or "").strip(_AT_ENDS))
            scheme = _SCHEME.match(address)
            if name in _ADDRESSES and scheme and scheme[1].lower() not in _SAFE_SCHEMES:
                self.found.append(f"{tag} {name}={value}")
            if name == "class" and not all(self._is_kept(word) for word in (value or "").split()):
                self.found.append(f"{tag} class={value}")

    def _is_own(self, name: str, value: str) -> bool:
        if self.imported and (name == "tabindex" or (name == "id" and value.startswith("in-"))):
            return True
        return self.formulas and name in _FORMULA_ATTRIBUTES

    def _is_kept(self, word: str) -> bool:
        if self.imported and _IMPORTED_CLASSES.match(word):
            return True
        return bool(_KEPT_CLASSES.match(word) or (self.formulas and _FORMULA_CLASSES.match(word)))

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")


def dangers(html: str, *, formulas: bool = False, imported: bool = False) -> list[str]:
    """What in the HTML could run, navigate by itself, fetch or restyle the page.

    ``formulas``: MathML is expected, as our own converter writes it; ``imported``: ids and boxes, too.
    """
    reader = _Reader(formulas, imported)
    reader.feed(html)
    reader.close()
    return reader.found
