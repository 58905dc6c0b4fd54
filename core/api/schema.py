"""What drf-spectacular is told about conventions that all operations share.

``Schema`` knows the view, so it says which problems the conventions bring with them (``x-problems``) and what a caller needs;
the hooks of the site that come afterwards turn that into described answers and add what each operation adds of its own.
"""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from core.api.throttles import limits_of
from core.api.views import Endpoint

METHODS = ("get", "post", "put", "patch", "delete")

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "A page that explains the code."},
        "title": {"type": "string", "description": "What is wrong, in the caller's language."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; branch on this."},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The path that was asked."},
        "request_id": {"type": "string", "description": "As in `X-Request-ID` and the log."},
        "errors": {
            "type": "object",
            "description": "Sentences by field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "current_version": {"type": "integer", "description": "With `stale_version`: the version that is stored."},
        "ticket": {"type": "string", "description": "With `second_factor_needed`: for the second step."},
        "kinds": {"type": "array", "items": {"type": "string"}, "description": "With `second_factor_needed`."},
        "expires_in": {"type": "integer", "description": "With `second_factor_needed`: seconds."},
    },
}


class Schema(AutoSchema):
    """Adds what all operations share: the Idempotency-Key of a POST, the choice of fields of a GET, the usual problems."""

    def get_description(self) -> str:  # type: ignore[override]
        """Only what an operation says of itself: docstrings of views are for those who write them."""
        return ""

    def get_override_parameters(self) -> list[Any]:
        parameters = super().get_override_parameters()
        if _takes_key(self.view, self.method):
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

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None or not isinstance(self.view, Endpoint):
            return operation
        if not self.view.get_authenticators():
            # Nothing is asked for; an empty list says so to every reader.
            operation["security"] = []
        said = [operation.get("description", ""), _needs(self.view, self.method), _limits(self.view, self.method)]
        operation["description"] = " ".join(part for part in said if part)
        operation["x-problems"] = sorted(usual_problems(self.view, operation, self.path, self.method))
        return operation


def _takes_key(view: Any, method: str) -> bool:
    return method == "POST" and not getattr(view, "no_idempotency", False)


def _needs(view: Endpoint, method: str) -> str:
    if not view.get_authenticators():
        return _("Needs no sign-in.")
    if not view.scope:
        return _("Takes no key.")
    way = "read" if method == "GET" else "write"
    return _("With a key: scope `%(scope)s`.") % {"scope": f"{view.scope}:{way}"}


def _limits(view: Endpoint, method: str) -> str:
    own = [limit for limit in limits_of(view, method) if limit.is_of_endpoint]
    return " ".join(_("At most %(rate)s.") % {"rate": limit.words} for limit in own)


def usual_problems(view: Endpoint, operation: dict[str, Any], path: str, method: str) -> set[str]:
    """Codes that the conventions can answer with at this operation, whatever it does."""
    codes = {"throttled", "not_acceptable", "server_error", "database_unavailable", "origin_refused"}
    writes = method != "GET"
    if view.get_authenticators():
        codes |= {"not_signed_in", "token_refused", "not_allowed"}
        codes |= {"key_refused", "scope_missing"} if view.scope else {"keys_not_allowed"}
        if writes:
            codes.add("csrf_failed")
        if not getattr(view, "before_second_factor", False):
            codes |= {"second_factor_required", "password_change_required"}
    if "{" in path:
        codes.add("not_found")
    if method == "GET":
        codes.add("invalid")
    if "requestBody" in operation:
        codes |= {"invalid", "unsupported_media_type", "bad_request"}
        if "application/json" in operation["requestBody"]["content"]:
            codes |= {"not_json", "not_an_object"}
    elif writes and method != "DELETE":
        codes |= {"not_json", "unsupported_media_type"}
    if _takes_key(view, method):
        codes |= {"idempotency_key_reused", "idempotency_key_too_long"}
    return codes
