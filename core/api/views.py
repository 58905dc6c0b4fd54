"""What every API view of ours is made of: parsing, paging, idempotent creation."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from core.api.pagination import Pages
from core.api.permissions import PermissionName
from core.api.throttles import count_call, count_stranger, rate_headers
from core.authz import authorize
from core.errors import Conflict, Invalid, Stale
from core.models import IdempotentRequest

M = TypeVar("M", bound=models.Model)

_KEPT_HEADERS = ("Location", "ETag")


class Endpoint(APIView):
    """Base of our API views: signed in, named permissions, problem details."""

    permission_classes = (PermissionName,)
    pagination_class = Pages
    # The part of the API that a key must be for; without one the address cannot be used with a key.
    scope = ""
    # Fields of an answer that are not kept for a replay: secrets that are shown once.
    never_kept: tuple[str, ...] = ()
    # For answers that must not be kept, such as tokens: an Idempotency-Key is then passed over.
    no_idempotency = False
    # The name of a limit of its own in ``settings.API_LIMITS``, or names by method.
    throttle_scope: str | Mapping[str, str] = ""
    # Why the body could not be read, when that was tried before the view asked what the caller may do.
    _unreadable: APIException | None = None

    def parse(self, serializer: type[BaseSerializer[Any]], **kwargs: Any) -> dict[str, Any]:
        """The request's body as checked values.

        Raises DRF's ``ValidationError``, which becomes a problem document with errors by field.
        """
        if self._unreadable is not None:
            raise self._unreadable
        data = self.request.data
        if not isinstance(data, Mapping):
            raise Invalid("not_an_object", _("Send one JSON object with the fields that the schema names."))
        parsed = serializer(data=data, context={"request": self.request}, **kwargs)
        parsed.is_valid(raise_exception=True)
        return dict(parsed.validated_data)

    def query(self, serializer: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The address's parameters as checked values; raises as ``parse`` does."""
        parsed = serializer(data=self.request.query_params, context={"request": self.request})
        parsed.is_valid(raise_exception=True)
        return dict(parsed.validated_data)

    def require(self, permission: str, obj: Any = None) -> None:
        """Refuse before the body is looked at; the service asks again."""
        authorize(self.request.user, permission, obj)  # type: ignore[arg-type]

    def version(self, values: dict[str, Any]) -> int | None:
        """Take the version that the caller started from out of ``values``, or from ``If-Match``.

        The header goes first; with it a later version answers 412 instead of 409.
        """
        given: int | None = values.pop("version", None)
        header = self.request.headers.get("If-Match", "").strip()
        if not header or header == "*":
            return given
        self._by_header = True
        number = header.removeprefix("W/").strip('"')
        # No version is 0, so a tag that is not ours matches nothing.
        return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0

    def versioned(
        self, data: Any, version: int, *, status_code: int = status.HTTP_200_OK, location: str = ""
    ) -> Response:
        """An answer with its version as ``ETag``, for ``If-Match``."""
        headers = {"ETag": f'"{version}"'}
        if location:
            headers["Location"] = location
        return Response(data, status=status_code, headers=headers)

    def page_of(self, rows: Any, present: Callable[[list[Any]], list[Any]]) -> Response:
        """One page of ``rows``; ``present`` turns the page's rows into plain data in one go."""
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(rows, self.request, view=self)
        return paginator.get_paginated_response(present(list(page or [])))

    def created(self, data: Any, location: str) -> Response:
        return Response(data, status=status.HTTP_201_CREATED, headers={"Location": location})

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST" and not self.no_idempotency and request.headers.get("Idempotency-Key"):
            return self._dispatch_once(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def _dispatch_once(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Same key, same answer: the first run's, also when fifteen come together.

        The row that claims the key and the work it stands for commit together; a refused request
        is rolled back whole, so it can be sent again under the same key.
        """
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= status.HTTP_400_BAD_REQUEST:
                transaction.set_rollback(True)
            return response

    def _is_kept(self, request: Any) -> bool:
        return request.method == "POST" and not self.no_idempotency and bool(request.headers.get("Idempotency-Key"))

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except APIException:
            count_stranger(request)
            raise

    def check_permissions(self, request: Request) -> None:
        # Counted first: who is refused for other reasons may not ask without end, either.
        self._counted = count_call(request, self)
        super().check_permissions(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.user.is_authenticated:
            structlog.contextvars.bind_contextvars(user_id=request.user.pk)
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and key and not self.no_idempotency:
            self._claim_key(request, key)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        is_read = request.method in ("GET", "HEAD") and response.status_code == status.HTTP_200_OK
        # A file has no fields to choose from.
        if is_read and isinstance(response, Response):
            names = getattr(request, "query_params", request.GET).get("fields")
            if names is not None:
                try:
                    response.data = only_fields(response.data, names)
                except ValidationError as error:
                    response = self.handle_exception(error)
        response = super().finalize_response(request, response, *args, **kwargs)
        if getattr(getattr(request, "user", None), "is_authenticated", False):
            # By whatever means: the pages' own middleware knows only the session.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        if (counted := getattr(self, "_counted", None)) is not None:
            for name, value in rate_headers(counted).items():
                response.headers[name] = value
        claimed: IdempotentRequest | None = getattr(self, "_claimed", None)
        if claimed is not None and response.status_code < status.HTTP_400_BAD_REQUEST:
            response.render()
            claimed.status = response.status_code
            claimed.headers = {h: response[h] for h in _KEPT_HEADERS if response.has_header(h)}
            claimed.body = _without(response.content.decode(), self.never_kept)
            claimed.save(update_fields=["status", "headers", "body"])
        return response

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            return exc.response
        if isinstance(exc, Stale) and getattr(self, "_by_header", False):
            exc.status = status.HTTP_412_PRECONDITION_FAILED
        return super().handle_exception(exc)

    def _claim_key(self, request: Request, key: str) -> None:
        if len(key) > 255:
            raise Invalid("idempotency_key_too_long", _("An Idempotency-Key has at most 255 characters."))
        caller = str(request.user.pk) if request.user.is_authenticated else ""
        address = f"{request.method} {request.path}"[:500]
        # The parsed body, so that spaces and the order of keys make no difference.
        try:
            canonical = json.dumps(request.data, sort_keys=True, default=str)
        except APIException as error:
            # Said by ``parse``: after what the caller may not do.
            self._unreadable, canonical = error, error.__class__.__name__
        body_hash = hashlib.sha256(canonical.encode()).hexdigest()
        try:
            with transaction.atomic():
                self._claimed = IdempotentRequest.objects.create(
                    caller=caller, key=key, address=address, body_hash=body_hash
                )
                return
        except IntegrityError:
            kept = IdempotentRequest.objects.get(caller=caller, key=key)
        if (kept.address, kept.body_hash) != (address, body_hash):
            raise _KeyReused(
                "idempotency_key_reused",
                _("This Idempotency-Key was used for another request. Use a new key for a new request."),
            )
        response = Response(
            json.loads(kept.body) if kept.body else None,
            status=kept.status,
            headers={**kept.headers, "Idempotent-Replay": "true"},
        )
        raise _Replay(response)


def only_fields(data: Any, names: str) -> Any:
    """``data`` with only the fields whose names stand in ``names``, separated by commas; of a page, in each row.

    Raises DRF's ``ValidationError`` for a name that the answer does not have. An empty list has no names to compare with.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    is_page = isinstance(data, Mapping) and isinstance(data.get("results"), list)
    rows = data["results"] if is_page else data if isinstance(data, list) else [data]
    if not all(isinstance(row, Mapping) for row in rows):
        raise ValidationError({"fields": [_("This answer has no fields to choose from.")]})
    known = {name: None for row in rows for name in row}
    if rows and (unknown := [name for name in wanted if name not in known]):
        sentence = _("There is no field %(names)s. There are: %(known)s.")
        raise ValidationError({"fields": [sentence % {"names": ", ".join(unknown)[:200], "known": ", ".join(known)}]})
    if not wanted:
        raise ValidationError({"fields": [_("Name at least one field, for example ?fields=id.")]})
    chosen = [{name: row[name] for name in wanted if name in row} for row in rows]
    if is_page:
        return {**data, "results": chosen}
    return chosen if isinstance(data, list) else chosen[0]


def _without(body: str, secrets: tuple[str, ...]) -> str:
    if not secrets or not body:
        return body
    return json.dumps({name: value for name, value in json.loads(body).items() if name not in secrets})


class _KeyReused(Conflict):
    status = 422


class _Replay(Exception):
    """Carries a kept answer past the handler."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response
