"""The JavaScript client: one module, a method for each operation, its types as JSDoc."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

RUNTIME = Path(__file__).with_name("runtime.js")
FILE = "aumbry.js"
_METHODS = ("get", "post", "put", "patch", "delete")
_TYPES = {
    "integer": "number",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "null": "null",
    "object": "object",
}


def javascript_client(schema: Mapping[str, Any]) -> str:
    """The whole module for ``schema``, an OpenAPI 3.1 document."""
    operations = [
        _operation(path, method, operation)
        for path, methods in sorted(schema["paths"].items())
        for method, operation in methods.items()
        if method in _METHODS
    ]
    typedefs = [_typedef(name, one) for name, one in sorted(schema["components"]["schemas"].items())]
    about = f"// Generated from the API's description, version {schema['info']['version']}; do not edit.\n"
    methods = "\n\n".join(operations)
    runtime = RUNTIME.read_text(encoding="utf-8")
    return "\n".join([about, runtime, *typedefs, "", "export class Client extends Caller {", methods, "}", ""])


def method_name(operation_id: str) -> str:
    """``courses_list`` → ``coursesList``."""
    first, *others = operation_id.split("_")
    return first + "".join(word.capitalize() for word in others)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    arguments = list(_arguments(operation))
    names = {kind: [(name, field) for name, field, of, *_ in arguments if of == kind] for kind in ("path", "query")}
    names["header"] = [(name, field) for name, field, of, *_ in arguments if of == "header"]
    content = operation.get("requestBody", {}).get("content", {})
    is_json = "application/json" in content
    given = [name for name, *_ in arguments]
    if content:
        given.append("body" if is_json else "form")
    given.append("signal")
    passed = [
        f"{kind}: {{ {', '.join(_pair(field, name) for name, field in pairs)} }}"
        for kind, pairs in (("path", names["path"]), ("query", names["query"]))
        if pairs
    ]
    other = [(name, field) for name, field in names["header"] if name != "idempotencyKey"]
    if other:
        passed.append(f"headers: {{ {', '.join(_pair(field, name) for name, field in other)} }}")
    passed += [name for name in ("idempotencyKey", "body", "form", "signal") if name in given]
    if not operation.get("security", [True]):
        passed.append("open: true")
    said = [operation["summary"].rstrip(".") + ".", operation.get("description", "")]
    lines = [line for text in said for line in _comment(text).splitlines() if line.strip()]
    fields = [f"{name}{'' if needed else '?'}: {kind}" for name, _field, _of, kind, needed in arguments]
    if content:
        needed = operation["requestBody"].get("required")
        fields.append(
            f"{'body' if is_json else 'form'}{'' if needed else '?'}: {_type_of_body(content) if is_json else 'FormData'}"
        )
    fields.append("signal?: AbortSignal")
    required = any(not field.partition(":")[0].endswith("?") for field in fields)
    lines.append(f"@param {{{{{', '.join(fields)}}}}} {'args' if required else '[args]'}")
    lines.append(f"@returns {{Promise<{_answer(operation)}>}}")
    comment = "\n".join(f"   * {line}" for line in lines)
    head = f"  {method_name(operation['operationId'])}({{ {', '.join(given)} }}{'' if required else ' = {}'}) {{"
    call = f'    return this._call("{method.upper()}", "{path}", {{ {", ".join(passed)} }});'
    return f"  /**\n{comment}\n   */\n{head}\n{call}\n  }}"


def _arguments(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, bool]]:
    for parameter in operation.get("parameters", ()):
        field = parameter["name"]
        needed = bool(parameter.get("required"))
        yield _camel(field), field, parameter["in"], _type(parameter["schema"]), needed


def _camel(field: str) -> str:
    first, *others = re.split(r"[^A-Za-z0-9]+", field)
    return first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in others)


def _pair(field: str, name: str) -> str:
    if field == name:
        return name
    return f"{field}: {name}" if field.isidentifier() else f'"{field}": {name}'


def _answer(operation: Mapping[str, Any]) -> str:
    found = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    kinds = {_type_of_body(answer.get("content", {})) for answer in found}
    return "|".join(sorted(kinds)) or "null"


def _type_of_body(content: Mapping[str, Any]) -> str:
    if "application/json" in content:
        return _type(content["application/json"]["schema"])
    return "Blob" if content else "null"


def _typedef(name: str, schema: Mapping[str, Any]) -> str:
    if "properties" not in schema:
        return f"/** @typedef {{{_type(schema)}}} {name} */"
    needed = set(schema.get("required", ()))
    lines = [f"/**\n * @typedef {{object}} {name}"]
    for field, one in schema["properties"].items():
        shown = field if field in needed else f"[{field}]"
        told = _comment(one.get("description", "")).replace("\n", " ")
        lines.append(f" * @property {{{_type(one)}}} {shown} {told}".rstrip())
    return "\n".join([*lines, " */"])


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return "|".join(_literal(value) for value in schema["enum"])
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return "|".join(dict.fromkeys(_type(one) for one in schema[word]))
    kinds = schema.get("type", "any")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return "|".join(_plain(kind, schema) for kind in kinds)


def _plain(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        return f"Array<{_type(schema.get('items', {}))}>"
    if kind == "object" and schema.get("additionalProperties"):
        return f"Object<string, {_type(schema['additionalProperties'])}>"
    return _TYPES.get(kind, "*")


def _literal(value: Any) -> str:
    return "null" if value is None else f'"{value}"' if isinstance(value, str) else str(value).lower()


def _comment(text: Any) -> str:
    # What stands in a description must not end the comment that it is put into.
    return str(text).replace("*/", "*\\/")
