"""The files of an export that its texts name, each under a plain name that no address has to escape."""

import base64
import binascii
import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.formats.olx.source import Source
from courses.formats.references import MEDIA
from files.validators import file_type, max_bytes, too_large, validate_content

STATIC = "static/"
MADE = ".made"
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_LOOSE = re.compile(r"[^\w.-]+|_+")
HOST = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//")
_STATIC = re.compile(r"/?static/(?P<name>[^?#]*)")
_ASSET = re.compile(r"/(?:asset-v1:[^/]*?\+type@asset\+block(?:@|/)|c4x/[^/]+/[^/]+/asset/)(?P<name>[^?#]+)")
_DATA = re.compile(r"data:image/(?P<kind>png|jpeg|jpg|gif|webp);base64,(?P<data>[A-Za-z0-9+/=\s]+)$", re.IGNORECASE)
_MOST_DATA = 8_000_000


class Gone(Exception):
    """A file that a text names and that cannot be taken; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Media:
    """``used`` maps the names that texts use here ("media/a.png") to files on the disk."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.used: dict[str, Path] = {}
        self._made = source.root / MADE
        self._made_names: dict[Path, str] = {}
        self._taken: set[str] = set()
        self._names: dict[str, str] = {}
        self._loose: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        for file in (name for name in source.names() if name.startswith(STATIC)):
            name = file.removeprefix(STATIC)
            self._names[name] = self._plain(name)
            self._loose.setdefault(_loosened(name), name)

    @property
    def left_over(self) -> list[str]:
        """Files under static/ that no text and no film names, and that stand in nothing that was read."""
        return [
            f"{STATIC}{name}"
            for name, plain in self._names.items()
            if MEDIA + plain not in self.used and f"{STATIC}{name}" not in self.source.read
        ]

    def name_in(self, address: str) -> str | None:
        """The name under static/ that an address means, whether there is such a file or not; None for other addresses."""
        is_here = not HOST.match(address)
        if is_here and (found := _STATIC.match(address)):
            return unquote(found["name"])
        if found := _ASSET.search(address):
            name = unquote(found["name"])
            return name if is_here or self.find(name) else None
        return None

    def find(self, name: str) -> str | None:
        """The file under static/ that a name means: as it is, or as Studio writes it in addresses."""
        name = unicodedata.normalize("NFC", name)
        return name if name in self._names else self._loose.get(_loosened(name))

    def take(self, name: str) -> str:
        """The path that texts use for a file under static/. Raises ``Gone``."""
        found = self.find(name)
        if found is None:
            raise Gone(_("The file “%(name)s” is not in the archive.") % {"name": name[:100]})
        if found in self._refused:
            raise Gone(self._refused[found])
        path = self.source.path(STATIC + found)
        try:
            _check(path)
        except ValidationError as error:
            self._refused[found] = str(error.messages[0])
            if error.code == "file_type_unknown":
                values = {"name": found[:100]}
                self._refused[found] = _("The file “%(name)s” is of a kind that is not kept here.") % values
            raise Gone(self._refused[found]) from None
        self.used[MEDIA + self._names[found]] = path
        return MEDIA + self._names[found]

    def make(self, name: str, content: bytes) -> str:
        """The path for a file that is made from others, such as captions from their older form. Raises ``Gone``."""
        digest = hashlib.sha256(content).hexdigest()
        folder = self._made / digest[:16]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self._plain_form(name)
        if path in self._made_names:
            self.used[self._made_names[path]] = path
            return self._made_names[path]
        path.write_bytes(content)
        try:
            _check(path)
        except ValidationError as error:
            raise Gone(str(error.messages[0])) from None
        self._made_names[path] = MEDIA + self._plain(name)
        self.used[self._made_names[path]] = path
        return self._made_names[path]

    def from_data(self, address: str) -> str | None:
        """The path for a picture that stands in its own address; None for an address that is no picture. Raises ``Gone``."""
        found = _DATA.match(address.strip()) if len(address) < _MOST_DATA else None
        if found is None:
            return None
        try:
            content = base64.b64decode("".join(found["data"].split()), validate=True)
        except (binascii.Error, ValueError):
            raise Gone(_("A picture within an address is damaged.")) from None
        ending = found["kind"].lower().replace("jpeg", "jpg")
        return self.make(f"picture-{hashlib.sha256(content).hexdigest()[:12]}.{ending}", content)

    def _plain_form(self, name: str) -> str:
        stem, dot, ending = unicodedata.normalize("NFKD", name).rpartition(".")
        plain = _PLAIN.sub("-", stem or ending).strip("-.")[:120] or "file"
        ending = _PLAIN.sub("", ending).lower() if stem and dot else ""
        return f"{plain}.{ending}" if ending else plain

    def _plain(self, name: str) -> str:
        plain = self._plain_form(name)
        stem, dot, ending = plain.rpartition(".")
        number = 1
        while plain.lower() in self._taken:
            number += 1
            plain = f"{stem or ending}-{number}{dot if stem else ''}{ending if stem else ''}"
        self._taken.add(plain.lower())
        return plain


def _check(path: Path) -> None:
    """Raises ``ValidationError`` for what cannot be stored."""
    family = file_type(path.name).family
    if path.stat().st_size > max_bytes(family):
        raise too_large(path.name[:100], family)
    with path.open("rb") as content:
        validate_content(content, path.name)


def _loosened(name: str) -> str:
    """The name as Studio writes it in addresses, nearly: one "_" for anything that it does not keep."""
    return re.sub("__+", "_", _LOOSE.sub("_", unicodedata.normalize("NFC", name))).strip("_").lower()
