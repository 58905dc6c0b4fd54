"""Pages of a long list by cursor: a page costs the same wherever it lies, and nobody is skipped when rows come and go."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)

_LONGEST = 2000


class BadCursor(ValueError):
    """The text is no cursor of this list in this order."""


@dataclass(frozen=True)
class CursorPage(Generic[M]):
    """``next`` and ``previous``: cursors of the neighbouring pages; empty where there is none."""

    rows: list[M]
    next: str
    previous: str


def cursor_page(rows: "QuerySet[M]", ordering: Sequence[str], *, size: int, cursor: str = "") -> CursorPage[M]:
    """The page that ``cursor`` names, or the first, in one query.

    ``ordering``: names of the model's own fields without nulls, all in one direction, the last of them unique. Best with
    an index that begins with what the list is filtered by. Raises ``BadCursor``.
    """
    descending = ordering[0].startswith("-")
    names = [name.removeprefix("-") for name in ordering]
    backwards, values = _read(cursor, rows.model, names) if cursor else (False, [])
    if values:
        rows = rows.filter(_past(names, values, up=descending == backwards))
    turned = [("-" if descending != backwards else "") + name for name in names]
    found = list(rows.order_by(*turned)[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return CursorPage([], "", "")
    before, after = _cursor(found[0], names, backwards=True), _cursor(found[-1], names, backwards=False)
    has_previous = more if backwards else bool(values)
    has_next = True if backwards else more
    return CursorPage(found, after if has_next else "", before if has_previous else "")


def cursor_of(row: Model, ordering: Sequence[str]) -> str:
    """The cursor of the page that begins after ``row``."""
    return _cursor(row, [name.removeprefix("-") for name in ordering], backwards=False)


def _past(names: list[str], values: list[Any], *, up: bool) -> Q:
    """Rows beyond ``values``. The first comparison stands alone, so that an index can begin there."""
    sign = "gt" if up else "lt"
    if len(names) == 1:
        return Q(**{f"{names[0]}__{sign}": values[0]})
    beyond = Q(**{f"{names[0]}__{sign}": values[0]}) | _past(names[1:], values[1:], up=up)
    return Q(**{f"{names[0]}__{sign}e": values[0]}) & beyond


def _cursor(row: Model, names: list[str], *, backwards: bool) -> str:
    values = [row._meta.get_field(name).value_to_string(row) for name in names]  # type: ignore[union-attr]
    text = json.dumps([int(backwards), *values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, model: type[Model], names: list[str]) -> tuple[bool, list[Any]]:
    if len(cursor) > _LONGEST:
        raise BadCursor
    try:
        told = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(told, list) or len(told) != len(names) + 1 or told[0] not in (0, 1):
            raise BadCursor
        values = [_value(model, name, text) for name, text in zip(names, told[1:], strict=True)]
    except (binascii.Error, ValueError, ValidationError, OverflowError, RecursionError) as error:
        raise BadCursor from error
    return bool(told[0]), values


def _value(model: type[Model], name: str, text: Any) -> Any:
    if not isinstance(text, str) or "\0" in text:
        raise BadCursor
    text.encode()
    value = model._meta.get_field(name).to_python(text)  # type: ignore[union-attr]
    # Whole numbers beyond what a database holds.
    if value is None or (isinstance(value, int) and abs(value) >= 2**63):
        raise BadCursor
    return value
