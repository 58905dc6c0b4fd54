"""Examples made from a schema and a list of words: what each field looks like when somebody has filled it in.

A word fits a field by the field's name, or by ``Component.field`` where the name means something else there. A name may have
several words: the first that the field's schema allows is taken. A component's whole example may be given as well.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# Deep enough for every answer; what refers to itself stops here.
_DEEPEST = 8
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": Mapping,
}
_BY_FORMAT = {
    "uuid": "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10",
    "date-time": "2026-03-02T09:30:00Z",
    "date": "2026-03-02",
    "email": "sam@example.org",
    "uri": "https://learn.example.org/",
    "binary": "(the bytes of the file)",
}


class Examples:
    """``words`` by field, ``wholes`` by component; ``components`` are the description's schemas."""

    def __init__(
        self,
        components: Mapping[str, Any],
        *,
        words: Mapping[str, Sequence[Any]],
        wholes: Mapping[str, Any],
    ) -> None:
        self._components = components
        self._words = words
        self._wholes = wholes

    def of(self, schema: Mapping[str, Any], name: str = "", inside: str = "", depth: int = 0) -> Any:
        """An example of ``schema``, the field ``name`` of the component ``inside``."""
        if "$ref" in schema:
            return self._of_component(schema["$ref"].rpartition("/")[2], name, inside, depth)
        for word in (*self._words.get(f"{inside}.{name}", ()), *self._words.get(name, ())):
            if fits(word, schema):
                return word
        if "default" in schema and schema["default"] not in (None, ""):
            return schema["default"]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        for word in ("allOf", "oneOf", "anyOf"):
            if word in schema:
                return self._of_choice(schema[word], name, inside, depth)
        return self._of_type(schema, name, inside, depth)

    def each(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The examples of a body, by name: one, or one for each kind of thing it may be."""
        if "$ref" in schema:
            named = schema["$ref"].rpartition("/")[2]
            found = self._components[named]
            kinds: Mapping[str, str] = found.get("discriminator", {}).get("mapping", {})
            if kinds and named_plainly(named) not in self._wholes:
                return {kind: self._of_kind(found, kind, reference) for kind, reference in kinds.items()}
        return {"usual": self.of(schema)}

    def _of_kind(self, schema: Mapping[str, Any], kind: str, reference: str) -> Any:
        made = self.of({"$ref": reference})
        return {**made, schema["discriminator"]["propertyName"]: kind} if isinstance(made, Mapping) else made

    def _of_component(self, named: str, name: str, inside: str, depth: int) -> Any:
        plain = named_plainly(named)
        schema = self._components[named]
        if plain in self._wholes:
            whole = self._wholes[plain]
            return dict(whole) if isinstance(whole, Mapping) else whole
        if "properties" not in schema:
            return self.of(schema, name, inside, depth)
        made = self._of_object(schema, plain, depth)
        # A change names only what changes.
        few = {*list(made)[:3], "version"} if named.startswith("Patched") else set(made)
        return {key: value for key, value in made.items() if key in few}

    def _of_choice(self, choices: Sequence[Mapping[str, Any]], name: str, inside: str, depth: int) -> Any:
        useful = [one for one in choices if one.get("type") != "null" and not _is_blank(one)]
        return self.of(useful[0], name, inside, depth) if useful else None

    def _of_type(self, schema: Mapping[str, Any], name: str, inside: str, depth: int) -> Any:
        kinds = schema.get("type", "object")
        kind = kinds if isinstance(kinds, str) else next((one for one in kinds if one != "null"), "null")
        if kind == "object":
            return self._of_object(schema, inside, depth)
        if kind == "array":
            item = self.of(schema.get("items", {}), name, inside, depth + 1) if depth < _DEEPEST else None
            return [] if item is None else [item] * max(1, schema.get("minItems", 1))
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        if kind == "boolean":
            return False
        return _BY_FORMAT.get(schema.get("format", ""), "text") if kind == "string" else None

    def _of_object(self, schema: Mapping[str, Any], inside: str, depth: int) -> dict[str, Any]:
        if depth >= _DEEPEST:
            return {}
        properties: Mapping[str, Any] = schema.get("properties", {})
        return {name: self.of(one, name, inside, depth + 1) for name, one in properties.items()}


def named_plainly(component: str) -> str:
    """The serializer's name in a component's: what is sent, and what is sent in part, are called after it."""
    return component.removeprefix("Patched").removesuffix("Request")


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a word can stand in a field of this schema: type, length, range, pattern."""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "enum" in schema:
        return value in schema["enum"]
    if value is None:
        return "null" in kinds
    if not kinds or not any(_is_of(value, kind) for kind in kinds):
        return False
    if isinstance(value, str):
        return (
            schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
            and re.search(schema.get("pattern", ""), value) is not None
            and (schema.get("format") not in ("uuid", "date-time") or (value[:4].isalnum() and value.count("-") > 1))
        )
    if isinstance(value, list):
        return "items" in schema and all(not schema["items"] or fits(one, schema["items"]) for one in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def _is_of(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return kind in _TYPES and isinstance(value, _TYPES[kind])


def _is_blank(schema: Mapping[str, Any]) -> bool:
    return str(schema.get("$ref", "")).endswith(("/BlankEnum", "/NullEnum"))
