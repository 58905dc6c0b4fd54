"""HTML of an export: addresses made ours, and what would run or restyle the page left out and named."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import lxml.html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from lxml import etree

from courses.formats.olx.media import Gone
from courses.formats.olx.source import without_controls

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ADDRESSES = ("src", "href", "poster")
_MATH = re.compile(r"^math/tex(?P<display>\s*;\s*mode\s*=\s*display)?$", re.IGNORECASE)
_EMBEDDED = frozenset({"iframe", "frame", "object", "embed", "applet"})
_CONTROLS = frozenset({"input", "textarea", "select", "canvas"})
_SHOWN = frozenset({"img", "video", "audio", "svg", "math", "picture", "hr"})
_DROPPED = frozenset({"meta", "base", "title", "param", "template"})
# A picture of a point or two, which only keeps others apart.
_SPACER = re.compile(r"\s*data:image/[a-z]+;base64,.{0,150}$", re.IGNORECASE | re.DOTALL)
_MOST_SAID = 5

Address = Callable[[str], str | None]


@dataclass
class Cleaned:
    """``losses`` are sentences for the manager; ``is_empty`` says that there is nothing left to read or see."""

    html: str = ""
    losses: list[str] = field(default_factory=list)
    is_empty: bool = True


def cleaned(source: str, address: Address) -> Cleaned:
    """The HTML without scripts and styles, each address put through ``address``.

    That returns the address to use, or None to keep it, and raises ``Gone`` for one that leads nowhere.
    """
    return _Cleaner(address).clean(source)


class _Cleaner:
    def __init__(self, address: Address) -> None:
        self.address = address
        self.scripts = self.styles = self.embedded = self.handlers = self.controls = 0
        self.gone: list[str] = []

    def clean(self, source: str) -> Cleaned:
        text = _DECLARATION.sub("", without_controls(source))
        if not text.strip():
            return Cleaned()
        parser = lxml.html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
        try:
            root = lxml.html.fragment_fromstring(text, create_parent="div", parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
            return Cleaned(losses=[_("This HTML cannot be read.")])
        for element in list(root.iterdescendants()):
            if isinstance(element.tag, str) and element.getparent() is not None:
                self._element(element)
        inner = escape(root.text or "", quote=False) + "".join(
            lxml.html.tostring(child, encoding="unicode") for child in root
        )
        is_empty = not root.text_content().strip() and not any(e.tag in _SHOWN for e in root.iterdescendants())
        return Cleaned(without_controls(inner).strip(), self._losses(), is_empty)

    def _element(self, element: lxml.html.HtmlElement) -> None:
        tag = element.tag
        if tag == "script":
            self._script(element)
            return
        if tag == "style" or (tag == "link" and "stylesheet" in (element.get("rel") or "").lower()):
            self.styles += 1
            element.drop_tree()
            return
        if tag == "link" or tag in _DROPPED:
            element.drop_tree()
            return
        if tag == "noscript":
            element.drop_tag()
            return
        if tag in _EMBEDDED:
            self._embedded(element)
            return
        if tag in _CONTROLS:
            self.controls += 1
        for name in [name for name in element.attrib if name.lower().startswith("on")]:
            del element.attrib[name]
            self.handlers += 1
        self._addresses(element)

    def _script(self, element: lxml.html.HtmlElement) -> None:
        """Formulas may stand in scripts of their own type; they are texts."""
        math = _MATH.match((element.get("type") or "").strip())
        if math is None:
            self.scripts += 1
            element.drop_tree()
            return
        opening, closing = (r"\[", r"\]") if math["display"] else (r"\(", r"\)")
        words = lxml.html.Element("span")
        words.text = f"{opening}{without_controls(element.text or '')}{closing}"
        words.tail = element.tail
        element.getparent().replace(element, words)

    def _embedded(self, element: lxml.html.HtmlElement) -> None:
        """A page or player within the page becomes a plain link to it."""
        self.embedded += 1
        raw = element.get("src") or element.get("data") or ""
        title = " ".join(without_controls(element.get("title") or "").split())
        target = self._changed(raw) if raw else None
        inside = without_controls("".join(element.itertext())).strip() if element.tag == "object" else ""
        tail = element.tail
        if target:
            link = lxml.html.Element("a", href=_with_scheme(target))
            link.text = title or _readable(target)
        else:
            link = lxml.html.Element("span")
            link.text = title or inside
        link.tail = tail
        element.getparent().replace(element, link)

    def _addresses(self, element: lxml.html.HtmlElement) -> None:
        element.attrib.pop("srcset", None)
        if element.tag == "img" and not element.get("alt") and _SPACER.match(element.get("src") or ""):
            element.drop_tree()
            return
        for name in _ADDRESSES:
            raw = element.get(name)
            if raw is None:
                continue
            changed = self._changed(raw)
            if changed is not None:
                element.set(name, changed)
                continue
            del element.attrib[name]
            if element.tag == "img":
                words = lxml.html.Element("span")
                words.text, words.tail = without_controls(element.get("alt") or ""), element.tail
                element.getparent().replace(element, words)
                return

    def _changed(self, raw: str) -> str | None:
        raw = without_controls(raw)
        try:
            changed = self.address(raw.strip())
        except Gone as gone:
            if gone.sentence and gone.sentence not in self.gone:
                self.gone.append(gone.sentence)
            return None
        return raw if changed is None else changed

    def _losses(self) -> list[str]:
        said = []
        if self.scripts:
            said.append(
                ngettext(
                    "A script was left out; what it did does not happen here.",
                    "%(n)s scripts were left out; what they did does not happen here.",
                    self.scripts,
                )
                % {"n": self.scripts}
            )
        if self.styles:
            said.append(_("Its own styles were left out; the words keep the looks of this site."))
        if self.embedded:
            said.append(
                ngettext(
                    "An embedded page became a link to it.",
                    "%(n)s embedded pages became links to them.",
                    self.embedded,
                )
                % {"n": self.embedded}
            )
        if self.handlers or self.controls:
            said.append(_("Buttons and fields that need a script do nothing here."))
        said += self.gone[:_MOST_SAID]
        if len(self.gone) > _MOST_SAID:
            said.append(_("%(n)s more files are missing.") % {"n": len(self.gone) - _MOST_SAID})
        return said


def _with_scheme(address: str) -> str:
    return f"https:{address}" if address.startswith("//") else address


def _readable(address: str) -> str:
    return re.sub(r"^(?:https?:)?//", "", address).split("?")[0][:100]
