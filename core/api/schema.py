"""What drf-spectacular is told about conventions that all operations share."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from core.api.views import Endpoint

_PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; branch on this."},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "Sentences by field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "current_version": {"type": "integer"},
    },
}

_ERRORS = {
    "400": "Some values cannot be used.",
    "401": "Not signed in.",
    "403": "Not allowed.",
    "404": "Nothing here that you may see.",
    "409": "The state of things does not allow it.",
    "412": "Somebody else changed it after the version in If-Match.",
    "422": "The Idempotency-Key was used for another request.",
    "429": "Too many requests.",
}


class Schema(AutoSchema):
    """Adds what all operations share: the Idempotency-Key of a POST, the choice of fields of a GET."""

    def get_description(self) -> str:  # type: ignore[override]
        """Only what an operation says of itself: docstrings of views are for those who write them."""
        return ""

    def get_override_parameters(self) -> list[Any]:
        parameters = super().get_override_parameters()
        if self.method == "POST" and not getattr(self.view, "no_idempotency", False):
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
                    OpenApiParameter.HEADER,
                    description="A value of your own; the same request with the same key has one effect and one answer.",
                )
            )
        if self.method == "GET" and issubclass(type(self.view), Endpoint):
            parameters.append(
                OpenApiParameter(
                    "fields",
                    str,
                    OpenApiParameter.QUERY,
                    description="Names of fields, separated by commas: the answer has only these, of a list in each row.",
                )
            )
        return parameters


def add_problem_answers(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Post-processing: the problem shape, and the error answers each operation may give."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, methods in result.get("paths", {}).items():
        for method, operation in methods.items():
            if method not in {"get", "post", "put", "patch", "delete"}:
                continue
            answers = operation["responses"]
            codes = {"401", "403", "429"}
            # A creating POST may name its parent in the body.
            if "{" in path or method == "post":
                codes.add("404")
            if method != "get":
                codes |= {"400", "409"}
            else:
                codes.add("400")
            if method == "post":
                codes.add("422")
            if method in {"patch", "put"}:
                codes.add("412")
            for code in sorted(codes):
                answers.setdefault(code, {"description": _ERRORS[code], "content": content})
    return result
