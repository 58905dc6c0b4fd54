"""Addresses in the texts of an export, as addresses here: files of the course, parts of it, other places."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from django.utils.translation import gettext as _

from courses.formats.olx.media import HOST, Gone, Media

PART = "part:"
LONGEST = 2_000
_TO_PART = re.compile(
    r"(?:^/jump_to_id/|/jump_to(?:_id)?/(?:[^?#]*(?:block@|/))?|/xblock/[^?#]*block@|/xblock/i4x:[^?#]*/)(?P<id>[^/?#@]+)"
)
_COURSEWARE = re.compile(r"/courseware/(?P<ids>[^?#]+)")
_SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*):")


class Links:
    """``parts`` maps the names of parts in the source to their ids here."""

    def __init__(self, media: Media, parts: Mapping[str, str]) -> None:
        self.media = media
        self.parts = parts

    def change(self, address: str) -> str | None:
        """The address to use; None keeps the one that stands there. Raises ``Gone`` for one that leads nowhere."""
        address = address.strip()
        if len(address) > LONGEST and not address.lower().startswith("data:"):
            raise Gone(_("A link whose address is very long was taken off."))
        scheme = (found := _SCHEME.match(address)) and found[1].lower()
        if scheme == "data":
            if (made := self.media.from_data(address)) is None:
                raise Gone(_("A picture within an address cannot be kept."))
            return made
        if scheme and scheme not in ("http", "https", "mailto", "tel"):
            raise Gone(_("A link that runs a script or leads to “%(scheme)s:” was taken off.") % {"scheme": scheme})
        if (name := self.media.name_in(address)) is not None:
            return self.media.take(name)
        if (part := self._part(address)) is not None:
            return part
        if address.startswith("/") and not address.startswith("//"):
            sentence = _(
                "The link “%(address)s” leads to a page of the site that the course came from; it was taken off."
            )
            raise Gone(sentence % {"address": address[:100]})
        return None

    def _part(self, address: str) -> str | None:
        path = unquote(address)
        if found := _TO_PART.search(path):
            if found["id"] in self.parts:
                return PART + self.parts[found["id"]]
            if HOST.match(address):
                return None
            sentence = _("A link to the part “%(id)s”, which the course does not have, was taken off.")
            raise Gone(sentence % {"id": found["id"][:100]})
        if (found := _COURSEWARE.search(path)) and not HOST.match(address):
            for name in reversed(found["ids"].strip("/").split("/")):
                if name in self.parts:
                    return PART + self.parts[name]
        return None
