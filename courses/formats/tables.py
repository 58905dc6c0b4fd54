"""TOML tables: read with lines to point at, written always alike."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import tomli_w
from django.utils.translation import gettext as _

from courses.formats.problems import Problems

_PLACE_IN_ERROR = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
MISSING: Any = object()


class TableError(Exception):
    """The text is not TOML; ``line`` counts from 1, None for its end."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def parse(text: str) -> dict[str, Any]:
    """The table, with decimal numbers kept exact. Raises ``TableError``."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE_IN_ERROR.search(str(error))
        reason = _PLACE_IN_ERROR.sub("", str(error)).strip()
        raise TableError(int(found[1]) if found and found[1] else None, reason) from None
    except RecursionError:
        raise TableError(None, "nested too deeply") from None
    except ValueError as error:
        # A date such as 2025-13-45, or a number of a million digits.
        raise TableError(None, str(error)) from None


def dump(table: Mapping[str, Any]) -> str:
    """TOML for a table: plain settings first, then lists of tables written out, in the order given."""
    plain = {k: v for k, v in table.items() if not _is_tables(v)}
    parts = [tomli_w.dumps(plain, multiline_strings=True)]
    for name, rows in table.items():
        if _is_tables(rows):
            parts += [_row(_key(name), row) for row in rows]
    return "".join(parts)


def _row(path: str, row: Mapping[str, Any]) -> str:
    """One ``[[path]]`` with its plain settings, then the tables in it under their full names."""
    plain = {k: v for k, v in row.items() if not _is_tables(v) and not isinstance(v, Mapping)}
    parts = [f"[[{path}]]\n{tomli_w.dumps(plain, multiline_strings=True)}"]
    for name, value in row.items():
        inner = f"{path}.{_key(name)}"
        if isinstance(value, Mapping):
            parts.append(f"[{inner}]\n{tomli_w.dumps(value, multiline_strings=True)}")
        elif _is_tables(value):
            parts += [_row(inner, one) for one in value]
    return "".join(parts)


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).rpartition(" = ")[0]


def exact(value: Any) -> Any:
    """Plain data in which decimal numbers are written out as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [exact(entry) for entry in value]
    if isinstance(value, dict):
        return {key: exact(entry) for key, entry in value.items()}
    return value


def line_of(name: str, text: str) -> int | None:
    """The line, from 1, on which the setting ``name`` is given."""
    pattern = re.compile(rf"^\s*(?:\[\[?\s*)?[\"']?{re.escape(name)}[\"']?\s*(?:=|\]|\.)")
    for number, line in enumerate(text.split("\n"), start=1):
        if pattern.match(line):
            return number
    return None


@dataclass
class Reader:
    """Takes known settings out of a table and reports the others; ``first`` is the line before the table's first."""

    file: str
    text: str
    first: int
    problems: Problems
    table: dict[str, Any]

    def problem(self, name: str, sentence: str) -> None:
        line = line_of(name, self.text)
        self.problems.add(self.file, self.first + (line or 0) or 1, sentence)

    def take(self, name: str, kind: type, default: Any = MISSING) -> Any:
        """The setting, which must be of ``kind``; without it the default, or a problem if there is none."""
        value = self.table.pop(name, MISSING)
        if value is MISSING:
            if default is MISSING:
                self.problem(name, _("“%(name)s” is missing.") % {"name": name})
                return kind()
            return default
        if type(value) is not kind:
            words = {
                str: _("text in quotes"),
                int: _("a whole number"),
                bool: _("true or false"),
                list: _("a list"),
                dict: _("a table"),
            }
            self.problem(name, _("“%(name)s” must be %(kind)s.") % {"name": name, "kind": words[kind]})
            return kind() if default is MISSING else default
        if isinstance(value, str) and "\x00" in value:
            self.problem(name, _("“%(name)s” holds a null character. Leave it out.") % {"name": name})
            return ""
        return value.strip() if isinstance(value, str) else value

    def text_of(self, name: str, limit: int, default: Any = MISSING) -> str:
        """A text of at most ``limit`` characters; one without a default may not be empty."""
        is_text = isinstance(self.table.get(name), str)
        value: str = self.take(name, str, default)
        if len(value) > limit:
            self.problem(
                name,
                _("“%(name)s” has %(length)s characters; at most %(limit)s fit.")
                % {"name": name, "length": len(value), "limit": limit},
            )
        elif not value and default is MISSING and is_text:
            self.problem(name, _("“%(name)s” is empty.") % {"name": name})
        return value

    def choice(self, name: str, words: list[str], default: str) -> str:
        value: str = self.take(name, str, default)
        if value not in words:
            self.problem(
                name,
                _("“%(name)s” must be one of: %(words)s.") % {"name": name, "words": ", ".join(words)},
            )
            return default
        return value

    def finish(self) -> None:
        """Report what the format does not know."""
        for name in self.table:
            self.problem(name, _("“%(name)s” is not a setting here. Is it misspelt?") % {"name": name})


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
