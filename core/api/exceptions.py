"""Every API error as problem details (RFC 9457): one shape, stable codes, the request's id."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import DomainError
from core.middleware import database_trouble

logger = logging.getLogger("aumbry.api")

CONTENT_TYPE = "application/problem+json"


def problem(
    request: HttpRequest | None,
    *,
    status_code: int,
    code: str,
    title: str,
    detail: str = "",
    errors: dict[str, list[str]] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """The body of a problem document. ``errors`` holds sentences by field; "" is the whole input."""
    body: dict[str, Any] = {
        "type": f"{settings.SITE_URL}/docs/errors/{code}/",
        "title": title,
        "status": status_code,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    if request is not None:
        body["instance"] = request.path
        body["request_id"] = getattr(request, "request_id", "")
    return body | extra


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: the answer for whatever a view raised; None lets a real bug become a 500."""
    request = context["request"]
    described = _describe(error)
    if described is None:
        return None
    set_rollback()
    headers = described.pop("headers", {})
    body = problem(getattr(request, "_request", request), **described)
    response = Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)
    response.is_problem = True  # type: ignore[attr-defined]
    return response


def _describe(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, DomainError):
        return {
            "status_code": error.status,
            "code": error.code,
            "title": str(error.message),
            "errors": {k: [str(m) for m in v] for k, v in error.fields.items()},
            "headers": {} if error.retry_after is None else {"Retry-After": str(error.retry_after)},
            **error.extra,
        }
    if isinstance(error, Http404):
        return {
            "status_code": 404,
            "code": "not_found",
            "title": _("There is nothing at this address, or it is not yours to see."),
        }
    if isinstance(error, DjangoValidationError):
        return _invalid(error.message_dict if hasattr(error, "error_dict") else {"": error.messages})
    if isinstance(error, PermissionDenied):
        return {"status_code": 403, "code": "not_allowed", "title": _("You may not do this.")}
    if isinstance(error, exceptions.ValidationError):
        return _invalid(_flatten(error.detail))
    if isinstance(error, exceptions.APIException):
        headers = {}
        if (auth := getattr(error, "auth_header", None)) is not None:
            headers["WWW-Authenticate"] = auth
        if (wait := getattr(error, "wait", None)) is not None:
            headers["Retry-After"] = str(int(wait) + 1)
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else error.default_code
        code = _CODES.get(code, code)
        detail = error.detail
        title = detail.get("detail", "") if isinstance(detail, dict) else detail
        return {"status_code": error.status_code, "code": str(code), "title": str(title), "headers": headers}
    trouble = database_trouble(error)
    if trouble is not None:
        logger.error("database cannot write", exc_info=error)
        return {
            "status_code": trouble[0],
            "code": "database_unavailable",
            "title": trouble[1],
            "headers": {"Retry-After": "5"},
        }
    return None


_CODES = {
    "permission_denied": "not_allowed",
    "not_authenticated": "not_signed_in",
    "authentication_failed": "not_signed_in",
    "parse_error": "not_json",
    "error": "bad_request",
}


def _invalid(errors: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "status_code": status.HTTP_400_BAD_REQUEST,
        "code": "invalid",
        "title": _("Some values cannot be used. Nothing was stored."),
        "errors": errors,
    }


def _flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested serializer errors as ``{"options.2.text": ["…"]}``."""
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            flat |= _flatten(value, ".".join(part for part in (path, name) if part))
        return flat
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        flat = {}
        for index, value in enumerate(detail):
            if value:
                flat |= _flatten(value, f"{path}.{index}" if path else str(index))
        return flat
    return {path: [str(item) for item in (detail if isinstance(detail, list) else [detail])]}


def problem_response(request: HttpRequest, *, status_code: int, code: str, title: str) -> JsonResponse:
    """A problem document outside DRF: for error handlers of addresses below ``/api/``."""
    return JsonResponse(
        problem(request, status_code=status_code, code=code, title=title),
        status=status_code,
        content_type=CONTENT_TYPE,
    )
