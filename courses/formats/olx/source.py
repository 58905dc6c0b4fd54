"""The files of an export of Open edX: read as text, XML or JSON, with nothing fetched and nothing expanded."""

import json
import re
from pathlib import Path
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from lxml import etree

MOST_BYTES = 10 * 1024 * 1024
_PROLOGUE = re.compile(r"(?:<\?xml[^>]*+>|<!--.*?-->|\s)*+<!(?:DOCTYPE|ENTITY)", re.DOTALL | re.IGNORECASE)
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_TEMPLATE = re.compile(r"<%\w|\$\{")


class Unreadable(Exception):
    """A file that cannot be read: where, and a sentence that says why."""

    def __init__(self, file: str, line: int | None, sentence: str | Promise) -> None:
        super().__init__(file)
        self.file = file
        self.line = line
        self.sentence = sentence


def read_json(text: str) -> Any:
    """JSON whose texts hold nothing but text: no control characters, no halves of characters."""
    return _plain(json.loads(text))


def without_controls(text: str) -> str:
    return _NO_TEXT.sub("", text)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return without_controls(value)
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {without_controls(name): _plain(entry) for name, entry in value.items()}
    return value


class Source:
    """The folder of an export; it remembers which of its files somebody asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.read: set[str] = set()

    def exists(self, name: str) -> bool:
        return self._path(name) is not None

    def text(self, name: str) -> str:
        """Raises ``Unreadable`` for a file that is missing, too large or not UTF-8."""
        content = self._content(name)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise Unreadable(name, line, _("This is not UTF-8. Save the file again with that encoding.")) from None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def xml(self, name: str) -> etree._Element:
        """The root element. Raises ``Unreadable`` for what is not well-formed, and for declared entities."""
        content = self._content(name)
        # Entities cost time when they are declared, before anybody uses them: look before the parser does.
        if _PROLOGUE.match(content[:100_000].decode("utf-8", "replace")):
            raise _declares(name)
        parser = etree.XMLParser(
            resolve_entities=False,
            load_dtd=False,
            dtd_validation=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise self._not_xml(name, content, error) from None
        except (ValueError, LookupError):
            raise Unreadable(name, None, _("This is not XML.")) from None
        if root.getroottree().docinfo.doctype:
            raise _declares(name)
        return root

    def json(self, name: str) -> Any:
        """Raises ``Unreadable`` for what is not JSON."""
        text = self.text(name)
        try:
            return read_json(text)
        except json.JSONDecodeError as error:
            raise Unreadable(name, error.lineno, _("This is not JSON: %(why)s.") % {"why": error.msg}) from None
        except (RecursionError, ValueError):
            raise Unreadable(name, None, _("This is not JSON.")) from None

    def names(self) -> list[str]:
        """All files, in order, without those whose names or folders begin with a full stop."""
        found = []
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root)
            if path.is_file() and not any(part.startswith(".") for part in name.parts):
                found.append(name.as_posix())
        return found

    def path(self, name: str) -> Path:
        return self.root / name

    def _path(self, name: str) -> Path | None:
        """The file of that name, if there is one and it lies within the folder."""
        if "\x00" in name or len(name) > 1000:
            return None
        try:
            path = (self.root / name).resolve()
            return path if path.is_relative_to(self.root) and path.is_file() else None
        except OSError:
            return None

    def _content(self, name: str) -> bytes:
        path = self._path(name)
        if path is None:
            raise Unreadable(name, None, _("This file is missing."))
        self.read.add(name)
        if path.stat().st_size > MOST_BYTES:
            most = filesizeformat(MOST_BYTES)
            raise Unreadable(name, None, _("This file is larger than %(most)s. Split it.") % {"most": most})
        return path.read_bytes()

    def _not_xml(self, name: str, content: bytes, error: etree.XMLSyntaxError) -> Unreadable:
        line = error.position[0] or 1
        if _TEMPLATE.search(content[:100_000].decode("utf-8", "replace")):
            sentence = _(
                "This is a template from which a course is still to be made, not a course. "
                "Make the course with the tools that the template belongs to, then import that."
            )
            return Unreadable(name, line, sentence)
        if "encoding" in str(error.msg).lower():
            return Unreadable(name, line, _("The text is not in the encoding that the file names, or in UTF-8."))
        return Unreadable(name, line, _("This is not well-formed XML: %(why)s.") % {"why": _reason(error)})


def _reason(error: etree.XMLSyntaxError) -> str:
    return re.sub(r", line \d+.*$", "", str(error.msg)).strip()[:200]


def _declares(name: str) -> Unreadable:
    sentence = _("This file declares a document type or entities. Take the declaration out: it is never followed.")
    return Unreadable(name, 1, sentence)
