"""References to files in Markdown, outside code: ``](media/a.svg)`` in a folder, ``](file:<public id>)`` here."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from core.html import html_addresses
from core.slots import BLOCK_KINDS

MEDIA = "media/"
_PICTURE = "image"
# As long as every reference to a file here.
_ANY_FILE = f"file:{UUID(int=0)}"
# In lists and quotes, too.
_FENCE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)$")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_TARGET = re.compile(
    r"(?P<open>\]\([ \t]*<|\]\([ \t]*|^[ ]{0,3}\[[^\]\n]+\]:[ \t]*<?)"
    r"(?P<address>(?<=<)media/[^<>\n]+|(?:media/|file:)[^\s<>()\"']+)",
    re.MULTILINE,
)


def rewrite(text: str, change: Callable[[str], str | None]) -> str:
    """The text with every file address put through ``change``; None leaves an address as it is."""
    return "".join(part if is_code else _outside_code(part, change) for part, is_code in _parts(text))


def addresses(text: str) -> list[str]:
    """The file addresses that the text refers to, as they are written."""
    found: list[str] = []

    def note(address: str) -> None:
        found.append(address)

    rewrite(text, note)
    return found


def length_here(text: str) -> int:
    """How many characters the Markdown of a folder has once its files are named by their ids here."""
    return len(rewrite(text, lambda address: _ANY_FILE if address.startswith(MEDIA) else None))


def is_html(kind: str) -> bool:
    """Whether the text of a kind of block, or of markup, is HTML; all other text is Markdown."""
    return kind == "html"


def rewrite_text(kind: str, text: str, change: Callable[[str], str | None]) -> str:
    """``rewrite`` for the text of a block of this kind, or of a page with this markup."""
    return html_addresses(text, change) if is_html(kind) else rewrite(text, change)


def rewrite_settings(
    kind: str, settings: dict[str, Any], named: Callable[[str], str], change: Callable[[str], str | None]
) -> dict[str, Any]:
    """A block's settings with their files changed: settings that name a file by ``named``, Markdown by ``change``."""
    files = frozenset(getattr(BLOCK_KINDS.get(kind), "file_settings", ()))
    return {name: _changed(value, name in files, named, change) for name, value in settings.items()}


def files_of_block(kind: str, settings: dict[str, Any], text: str) -> tuple[list[str], list[str]]:
    """What a block in a folder names: the files in its settings, and the addresses in its texts."""
    files: list[str] = []
    found: list[str] = []

    def named(path: str) -> str:
        files.append(path)
        return path

    def note(address: str) -> None:
        found.append(address)

    rewrite_text(kind, text, note)
    rewrite_settings(kind, settings, named, note)
    return files, found


def _changed(value: Any, is_file: bool, named: Callable[[str], str], change: Callable[[str], str | None]) -> Any:
    if isinstance(value, str):
        return (named(value) if value else "") if is_file else rewrite(value, change)
    if isinstance(value, list):
        return [_changed(entry, is_file, named, change) for entry in value]
    if isinstance(value, dict):
        # Each entry of a table in such a setting is a file: captions by their language. A poll's options have pictures.
        return {key: _changed(entry, is_file or key == _PICTURE, named, change) for key, entry in value.items()}
    return value


def media_path(address: str) -> str:
    """The path in the folder that an address names."""
    return unquote(address)


def code_lines(lines: list[str]) -> list[bool]:
    """For each line, whether it stands in a code fence that begins at the start of a line (or is its edge)."""
    inside, fence = [], ""
    for line in lines:
        match = re.match(r"(`{3,}|~{3,})(.*)$", line)
        if fence:
            inside.append(True)
            if match and match[1][0] == fence[0] and len(match[1]) >= len(fence) and not match[2].strip():
                fence = ""
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            fence = match[1]
            inside.append(True)
        else:
            inside.append(False)
    return inside


def open_fence(text: str) -> str:
    """The code fence that is still open at the end of the text; empty if there is none."""
    fence = ""
    for line in text.split("\n"):
        match = re.match(r"(`{3,}|~{3,})(.*)$", line)
        if not match:
            continue
        if fence:
            if match[1][0] == fence[0] and len(match[1]) >= len(fence) and not match[2].strip():
                fence = ""
        elif not (match[1][0] == "`" and "`" in match[2]):
            fence = match[1]
    return fence


def _parts(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is fenced code; fences in lists and quotes count too."""
    parts: list[tuple[str, bool]] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line.rstrip("\n"))
        is_code = bool(fence)
        if fence:
            if match and match[1][0] == fence[0] and len(match[1]) >= len(fence) and not match[2].strip():
                fence = ""
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            fence, is_code = match[1], True
        if parts and parts[-1][1] == is_code:
            parts[-1] = (parts[-1][0] + line, is_code)
        else:
            parts.append((line, is_code))
    return parts


def _outside_code(text: str, change: Callable[[str], str | None]) -> str:
    pieces, end = [], 0
    for span in _CODE_SPAN.finditer(text):
        pieces += [_addresses_changed(text[end : span.start()], change), span[0]]
        end = span.end()
    return "".join([*pieces, _addresses_changed(text[end:], change)])


def _addresses_changed(text: str, change: Callable[[str], str | None]) -> str:
    def put(match: re.Match[str]) -> str:
        changed = change(match["address"])
        return match[0] if changed is None else match["open"] + changed

    return _TARGET.sub(put, text)


def strings_in(value: Any) -> Iterator[str]:
    """All texts in plain data, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_in(inner)
