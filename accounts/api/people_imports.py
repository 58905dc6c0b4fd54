"""People from a table, for programs."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.proof import require_proof
from accounts.columns import known_fields
from accounts.enums import PeopleImportState, RowVerdict
from accounts.models import PeopleImport, PeopleImportRow
from accounts.refused import refused_answer
from accounts.selectors import import_counts, import_rows, list_people_imports
from accounts.services.people_import import apply_people_import, map_columns, note_refused_download, start_people_import
from core.api.views import Endpoint
from core.shortcuts import get_visible


class PeopleImportInput(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="CSV or XLSX, at most 5 MB and 20,000 rows.")
    invite = serializers.BooleanField(default=False, help_text="Mail new people a link to choose a password.")
    extras = serializers.BooleanField(default=False, help_text="Add people to the courses that the table names.")


class PeopleImportOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=PeopleImportState.choices)
    invite = serializers.BooleanField()
    extras = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    message = serializers.CharField(help_text="Why the table could not be read; else empty.")
    columns = serializers.DictField(
        child=serializers.CharField(), help_text="Which field each column is, by its place from 0."
    )
    done = serializers.IntegerField(help_text="Rows applied so far.")
    total = serializers.IntegerField()


class PeopleImportColumnsInput(serializers.Serializer[Any]):
    columns = serializers.DictField(
        child=serializers.CharField(max_length=40, allow_blank=True),
        help_text='Field by the column\'s place from 0: {"0": "email", "3": "name"}. A field stands once; others are left out.',
    )

    def validate_columns(self, value: dict[str, str]) -> dict[int, str]:
        known = known_fields()
        if wrong := [name for name in value.values() if name and name not in known]:
            raise serializers.ValidationError(
                _("There is no field %(name)s. There are: %(known)s.")
                % {"name": wrong[0], "known": ", ".join(sorted(known))}
            )
        if not all(place.isascii() and place.isdigit() and len(place) < 4 for place in value):
            raise serializers.ValidationError(_("Name columns by their place, from 0."))
        return {int(place): name for place, name in value.items() if name}


class PeopleImportDetailOutput(PeopleImportOutput):
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="How many rows have each verdict.")


class PeopleImportRowFilter(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=RowVerdict.choices, required=False)


class PeopleImportRowOutput(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    verdict = serializers.ChoiceField(choices=RowVerdict.choices)
    name = serializers.CharField()
    email = serializers.CharField()
    field = serializers.CharField(help_text="The field that is wrong, for a refused row.")
    reason = serializers.CharField()


def _present(runs: list[PeopleImport]) -> list[dict[str, Any]]:
    names = ("name", "state", "invite", "extras", "created_at", "finished_at", "message", "columns", "done", "total")
    return [{"id": str(run.public_id)} | {name: getattr(run, name) for name in names} for run in runs]


def _detail(run: PeopleImport) -> dict[str, Any]:
    return _present([run])[0] | {"counts": import_counts(run)}


def _present_rows(rows: list[PeopleImportRow]) -> list[dict[str, Any]]:
    names = ("verdict", "name", "email", "field", "reason")
    return [{"row": row.number} | {name: getattr(row, name) for name in names} for row in rows]


def _load(request: Request, public_id: uuid.UUID) -> PeopleImport:
    return get_visible(PeopleImport.objects.defer("content"), request.user, public_id=public_id)


class PeopleImportsView(Endpoint):
    scope = "people"
    throttle_scope = {"POST": "tables"}
    permission_names = {"GET": "accounts.add_peopleimport", "POST": "accounts.add_peopleimport"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="people_imports_list",
        summary="Tables of people that were sent",
        tags=["users"],
        responses=PeopleImportOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page_of(list_people_imports(request.user), _present)

    @extend_schema(
        operation_id="people_imports_create",
        summary="Send a table of people",
        description="Send CSV or XLSX as `multipart/form-data`. A job reads it; ask the address in `Location` until `state` "
        "is `ready`, look at the rows, then apply it.",
        tags=["users"],
        request={"multipart/form-data": PeopleImportInput},
        responses={201: PeopleImportDetailOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(PeopleImportInput)
        table = values.pop("file")
        run = start_people_import(actor=person_of(request), name=table.name, content=table.read(), **values)
        return self.created(_detail(run), reverse("api:accounts:people-import", args=[run.public_id]))


class PeopleImportView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_imports_read",
        summary="One table of people",
        tags=["users"],
        responses=PeopleImportDetailOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(_detail(_load(request, public_id)))


class PeopleImportRowsView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_imports_rows",
        summary="What each row would do, or did",
        tags=["users"],
        parameters=[PeopleImportRowFilter],
        responses=PeopleImportRowOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        run = _load(request, public_id)
        return self.page_of(import_rows(run, **self.query(PeopleImportRowFilter)), _present_rows)


class PeopleImportApplyView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_imports_apply",
        summary="Apply a table that was read",
        description="Applying it again judges every row again; what is so already is unchanged. A table with roles asks for "
        "a fresh proof (`proof_needed`).",
        tags=["users"],
        request=None,
        responses=PeopleImportDetailOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        run = _load(request, public_id)
        if "role" in run.columns.values():
            require_proof(request)
        run = apply_people_import(actor=person_of(request), run=run)
        return Response(_detail(run))


class PeopleImportColumnsView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_imports_columns",
        summary="Say which field each column is",
        description="The table is read again by a job; ask its address until `state` is `ready`. 409 `column_twice` for a field "
        "that two columns are.",
        tags=["users"],
        request=PeopleImportColumnsInput,
        responses=PeopleImportDetailOutput,
    )
    def put(self, request: Request, public_id: uuid.UUID) -> Response:
        run = _load(request, public_id)
        run = map_columns(actor=person_of(request), run=run, **self.parse(PeopleImportColumnsInput))
        return Response(_detail(run))


class PeopleImportRefusedView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_imports_refused",
        summary="The refused rows as CSV",
        description="With row, field and reason before what the table had; to be mended and sent again.",
        tags=["users"],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, description="The file.")},
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Any:
        run = _load(request, public_id)
        note_refused_download(actor=person_of(request), run=run)
        return refused_answer(run)
