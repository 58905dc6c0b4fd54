"""The last hand on the API's description: the problems that each operation may answer with, and examples of everything.

Both are made here for all operations, from what the operations say already: the codes of ``OWN_PROBLEMS`` beside those of
the conventions (``core.api.schema``), the explanations of ``ERROR_DOCS``, the words of ``example_words``.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.api.examples import Examples
from core.api.schema import METHODS, PROBLEM
from core.errors import phrase_of
from lms.api.example_words import WHOLES, WORDS
from lms.api.own_problems import OWN_PROBLEMS
from lms.error_docs import ERROR_DOCS

PROBLEM_TYPE = "application/problem+json"
_REQUEST_ID = "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10"
# Codes that come with several statuses: 409 when the version was in the body, 412 when in If-Match; 507 when the disk is full.
_STATUSES = {"stale_version": (409, 412), "database_unavailable": (503, 507)}
_MEANINGS = {
    400: "Something of the request cannot be used.",
    401: "Not signed in.",
    403: "Not allowed.",
    404: "Nothing here that you may see.",
    406: "No answer in that format.",
    409: "The state of things does not allow it.",
    410: "It is over.",
    412: "Somebody else changed it after the version in If-Match.",
    413: "Too large.",
    415: "The body has a format that is not read here.",
    422: "The Idempotency-Key was used for another request.",
    423: "Somebody else is at it.",
    429: "Too many requests.",
    460: "What was sent arrived changed.",
    500: "Something broke on the site's side.",
    502: "A service outside the site failed.",
    503: "The database is busy, read-only or away.",
    507: "The disk is full.",
}
_EXTRAS: dict[str, dict[str, Any]] = {
    "invalid": {"errors": {"title": ["This field is required."]}},
    "stale_version": {"current_version": 4},
    "second_factor_needed": {"ticket": "NDI:1t2Yx4:k7b0", "kinds": ["totp"], "expires_in": 300},
}
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {"description": "Finds the request in the log.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of the limit that is nearest.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "ETag": {"description": "The version, for `If-Match`.", "schema": {"type": "string"}},
    "Location": {"description": "The address of what was made.", "schema": {"type": "string"}},
}


def describe_operations(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """drf-spectacular's hook, called with the whole description."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["headers"] = _HEADERS
    for schema in components["schemas"].values():
        if "oneOf" in schema and "discriminator" not in schema and all("$ref" in one for one in schema["oneOf"]):
            # Without a field that says which, several may fit: what fits any of them is right.
            schema["anyOf"] = schema.pop("oneOf")
    used: set[tuple[str, int]] = set()
    shared: dict[str, Any] = {}
    for methods in result.get("paths", {}).values():
        for method, operation in methods.items():
            if method in METHODS:
                _add_if_match(method, operation, components["schemas"])
                used |= _add_problems(operation, shared)
                _add_headers(operation, components["schemas"])
    components["responses"] = shared
    components["examples"] = {_example_name(code, status): _problem(code, status) for code, status in sorted(used)}
    _add_examples(result)
    return result


def codes_of(operation_id: str, usual: list[str]) -> list[tuple[str, int]]:
    """Every problem that an operation may answer with, as code and status."""
    codes = {*usual, *OWN_PROBLEMS.get(operation_id, ())}
    found = {(code, status) for code in codes for status in statuses_of(code)}
    # If-Match is a header of changes; elsewhere a version that is not the current one stands in the body.
    return sorted(found if "stale_version" in usual else found - {("stale_version", 412)})


def statuses_of(code: str) -> tuple[int, ...]:
    return _STATUSES.get(code, (ERROR_DOCS[code].status,))


def _add_if_match(method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    if method in ("patch", "put") and "version" in _fields(operation.get("requestBody", {}), schemas):
        sentence = _("The version that you started from, as `ETag` had it; a later one answers 412.")
        parameters = operation.setdefault("parameters", [])
        if not any(one["name"] == "If-Match" for one in parameters):
            parameters.append(
                {"in": "header", "name": "If-Match", "schema": {"type": "string"}, "description": sentence}
            )
        operation["x-problems"] = sorted({*operation.get("x-problems", ()), "stale_version"})


def _fields(body: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for media in body.get("content", {}).values():
        schema = schemas.get(media.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
        kinds = [
            schemas[one["$ref"].rpartition("/")[2]]
            for one in [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
            if "$ref" in one
        ]
        for one in (schema, *kinds):
            found |= set(one.get("properties", ()))
    return found


def _add_problems(operation: dict[str, Any], shared: dict[str, Any]) -> set[tuple[str, int]]:
    """Answers that several operations have in the same words are written once, among the ``shared`` ones."""
    found = codes_of(operation["operationId"], operation.pop("x-problems", []))
    answers: dict[str, Any] = operation["responses"]
    for status in sorted({status for _code, status in found}):
        answer = _problem_answer(status, [code for code, of in found if of == status])
        name = next((name for name, one in shared.items() if one == answer), "")
        if not name:
            like = phrase_of(status).title().replace(" ", "").replace("-", "")
            count = sum(known.rstrip("0123456789") == like for known in shared)
            name = f"{like}{count + 1 if count else ''}"
            shared[name] = answer
        answers[str(status)] = {"$ref": f"#/components/responses/{name}"}
    operation["responses"] = dict(sorted(answers.items()))
    return set(found)


def _problem_answer(status: int, codes: list[str]) -> dict[str, Any]:
    told = "\n".join(f"- `{code}`: {ERROR_DOCS[code].meaning}" for code in codes)
    examples = {code: {"$ref": f"#/components/examples/{_example_name(code, status)}"} for code in codes}
    names = ["X-Request-ID", "Retry-After"] if status in (429, 503, 507) else ["X-Request-ID"]
    return {
        "description": f"{_MEANINGS[status]}\n\n{told}",
        "headers": _headers(names),
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }


def _example_name(code: str, status: int) -> str:
    return code if status == statuses_of(code)[0] else f"{code}_{status}"


def _problem(code: str, status: int) -> dict[str, Any]:
    doc = ERROR_DOCS[code]
    value = {
        "type": f"{settings.SITE_URL}/docs/errors/{code}/",
        "title": str(doc.meaning),
        "status": status,
        "code": code,
        "request_id": _REQUEST_ID,
    }
    return {"summary": str(doc.remedy), "value": value | _EXTRAS.get(code, {})}


def _add_headers(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            names = ["X-Request-ID", "RateLimit"]
            names += ["ETag"] if "version" in _fields(answer, schemas) else []
            names += ["Location"] if status == "201" else []
            answer["headers"] = _headers(names) | answer.get("headers", {})


def _headers(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _add_examples(result: dict[str, Any]) -> None:
    examples = Examples(result["components"]["schemas"], words=WORDS, wholes=WHOLES)
    for methods in result.get("paths", {}).values():
        for method, operation in methods.items():
            if method not in METHODS:
                continue
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter.setdefault("example", examples.of(parameter["schema"], parameter["name"]))
            bodies = [operation.get("requestBody", {})]
            bodies += [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            for body in bodies:
                for media in body.get("content", {}).values():
                    made = examples.each(media["schema"])
                    media.setdefault("examples", {name: {"value": value} for name, value in made.items()})
