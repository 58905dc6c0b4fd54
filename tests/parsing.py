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
_KEPT_CLASSES = re.compile(r"^(math|inline|display|tblwrap|language-[a-z0-9+#-]{1,20})$")
# As browsers read an address (URL standard): controls and spaces go at its ends, tabs and line ends anywhere.
_AT_ENDS = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SAFE_SCHEMES = {"http", "https", "mailto", "tel", "file"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ELEMENTS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in _KEPT_ATTRIBUTES:
                self.found.append(f"{tag} {name}")
            address = re.sub(r"[\t\n\r]", "", (value or "").strip(_AT_ENDS))
            scheme = _SCHEME.match(address)
            if name in _ADDRESSES and scheme and scheme[1].lower() not in _SAFE_SCHEMES:
                self.found.append(f"{tag} {name}={value}")
            if name == "class" and not all(_KEPT_CLASSES.match(word) for word in (value or "").split()):
                self.found.append(f"{tag} class={value}")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")


def dangers(html: str) -> list[str]:
    """What in the HTML could run, navigate by itself, fetch or restyle the page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found
