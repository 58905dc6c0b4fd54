"""JSON as every database can keep it."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

# Deeper than any body that an operation describes; questions with branches come to nine.
DEEPEST = 32


class JSONParser(BaseParser):
    """Strict JSON in UTF-8: no NaN, no number beyond a double, no half of a surrogate pair, no name twice in one
    object, at most ``DEEPEST`` levels."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            text = stream.read().decode("utf-8")
            data = json.loads(
                text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_each_name_once
            )
            if text.count("{") + text.count("[") > DEEPEST and not _is_shallow(data):
                raise ParseError(_("The JSON is nested too deeply: more than %(n)d levels.") % {"n": DEEPEST})
            if "\\u" in text:
                json.dumps(data, ensure_ascii=False).encode("utf-8")
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
        except ValueError as error:
            raise ParseError(_("The request's body is not JSON: %(reason)s") % {"reason": error}) from error
        return data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is too large")
    return value


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers disagree which of two values counts, so neither does.
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _value in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"“{twice[:80]}” stands twice in one object")
    return found


def _is_shallow(data: Any) -> bool:
    level = [data]
    for _depth in range(DEEPEST):
        level = [
            value
            for one in level
            if isinstance(one, (dict, list))
            for value in (one.values() if isinstance(one, dict) else one)
            if isinstance(value, (dict, list))
        ]
        if not level:
            return True
    return False
