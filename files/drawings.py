"""SVG is a document that can act; only drawings that merely draw are let in.

Nothing is cleaned away: a drawing that holds anything active is refused with a sentence, so that
what is stored is what its author sent.
"""

import re
from xml.parsers import expat

from django.utils.translation import gettext as _

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

_ACTIVE_ELEMENTS = frozenset(
    ["script", "foreignobject", "iframe", "embed", "object", "audio", "video", "canvas", "handler", "listener"]
)
_INNER_REFERENCE = re.compile(r"^\s*(#|data:image/(png|jpeg|gif|webp);base64,)")
# Possessive quantifiers: the quotation mark must not be given back to make the rest match.
_URL = re.compile(r"url\(\s*+['\"]?+\s*+(?!#|data:image/(?:png|jpeg|gif|webp);base64,)", re.IGNORECASE)
_ACTIVE_STYLE = re.compile(r"@import|expression\s*\(|javascript:|-moz-binding|\\", re.IGNORECASE)


class _Refused(Exception):
    pass


def drawing_problem(content: bytes) -> str:
    """Why this SVG is not accepted, or an empty string."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.element
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.ProcessingInstructionHandler = reader.instruction
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(content, True)
    except _Refused as refusal:
        return str(refusal)
    except (expat.ExpatError, ValueError, LookupError):
        return _("The drawing is not well-formed SVG. Export it again from your drawing program.")
    return ""


class _Reader:
    """Looks at each piece as the parser comes across it and raises on the first bad one."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._style: list[str] = []

    def element(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _space, local = name.rpartition(" ")
        local = local.lower()
        if not self._open and (namespace != SVG or local != "svg"):
            raise _Refused(_("The file does not begin with an svg element. Export it again as SVG."))
        if "xhtml" in namespace or local in _ACTIVE_ELEMENTS:
            raise _Refused(
                _("The drawing contains a “%(name)s” element, which could act by itself. Remove it.") % {"name": local}
            )
        self._open.append(local)
        for key, value in attributes.items():
            self._attribute(key, value)

    def end(self, name: str) -> None:
        if self._open.pop() == "style":
            self._check_style("".join(self._style))
            self._style.clear()

    def text(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self._style.append(data)

    def instruction(self, target: str, data: str) -> None:
        raise _Refused(_("The drawing contains a processing instruction. Save it as plain SVG."))

    def doctype(self, name: str, system_id: str | None, public_id: str | None, has_subset: int) -> None:
        if has_subset:
            raise _Refused(_("The drawing declares entities of its own. Save it as plain SVG."))

    def entity(self, *declaration: object) -> None:
        raise _Refused(_("The drawing declares entities of its own. Save it as plain SVG."))

    def _attribute(self, key: str, value: str) -> None:
        namespace, _space, local = key.rpartition(" ")
        local = local.lower()
        if local.startswith("on") and not namespace:
            raise _Refused(_("The drawing has the event handler “%(name)s”. Remove it.") % {"name": local})
        if local == "base" and namespace:
            raise _Refused(_("The drawing changes its base address. Remove xml:base."))
        if local in {"href", "src"} and namespace in {"", XLINK} and not _INNER_REFERENCE.match(value):
            raise _Refused(_("The drawing refers to something outside itself. Embed it in the drawing or remove it."))
        if local == "attributename" and value.strip().lower().rpartition(":")[2] in {"href", "src"}:
            raise _Refused(_("The drawing animates an address. Remove that animation."))
        if local == "style" or "url(" in value.lower():
            self._check_style(value)

    def _check_style(self, style: str) -> None:
        if _URL.search(style) or _ACTIVE_STYLE.search(style):
            raise _Refused(
                _("The drawing's styles refer to something outside it. Embed it in the drawing or remove it.")
            )
