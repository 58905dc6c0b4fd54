"""Personal data for programs. What opens or ends everything of a person is not for keys: those addresses have no scope."""

import uuid
from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.proof import require_proof
from core.api.views import Endpoint
from core.shortcuts import get_visible
from core.slots import RETENTION
from files.serving import download
from privacy.api import serializers
from privacy.models import Erasure, PersonalExport
from privacy.selectors import all_erasures, all_exports, all_retention, open_erasure, retention
from privacy.services.erasing import ask_erasure, take_back
from privacy.services.exports import ask_export, open_export
from privacy.services.retention import change_rule, run_rule

_ROWS = PersonalExport.objects.select_related("user", "asked_by")


def _person(request: Request) -> Any:
    return request.user


def _asked(export: PersonalExport) -> Response:
    location = reverse("api:privacy:data-export", args=[export.public_id])
    return Response(serializers.present_exports([export])[0], status=202, headers={"Location": location})


class DataExportsView(Endpoint):
    @extend_schema(
        operation_id="data_exports_list",
        summary="Archives of your data; for administrators, of everybody’s",
        tags=["privacy"],
        responses=serializers.DataExportOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page_of(all_exports().visible_to(request.user), serializers.present_exports)  # type: ignore[attr-defined]

    @extend_schema(
        operation_id="data_exports_create",
        summary="Have all that is kept of you collected",
        description="A job collects it; ask the address in `Location` until `state` is `done`, then fetch `download`. "
        "It takes a fresh sign-in or proof.",
        tags=["privacy"],
        request=None,
        responses={202: serializers.DataExportOutput},
    )
    def post(self, request: Request) -> Response:
        require_proof(request)
        return _asked(ask_export(actor=_person(request), user=_person(request)))


class DataExportView(Endpoint):
    @extend_schema(
        operation_id="data_exports_read",
        summary="One archive of personal data",
        tags=["privacy"],
        responses=serializers.DataExportOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(serializers.present_exports([get_visible(_ROWS.all(), request.user, public_id=public_id)])[0])


class DataExportDownloadView(Endpoint):
    @extend_schema(
        operation_id="data_exports_download",
        summary="Fetch an archive of personal data",
        description="For the person and for who asked for it. It takes a fresh sign-in or proof; each time is noted.",
        tags=["privacy"],
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, description="The ZIP file."),
        },
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Any:
        export = get_visible(_ROWS.all(), request.user, public_id=public_id)
        require_proof(request)
        handle = open_export(actor=_person(request), export=export)
        name = f"personal-data-{export.created_at:%Y-%m-%d}.zip"
        return download(request._request, handle, name=name, media_type="application/zip")


class PersonDataExportsView(Endpoint):
    @extend_schema(
        operation_id="users_export_data",
        summary="Have all that is kept of somebody collected",
        description="Only who asked, and the person, can fetch it. It takes a fresh sign-in or proof.",
        tags=["privacy"],
        request=serializers.ReasonInput,
        responses={202: serializers.DataExportOutput},
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        self.require("privacy.list_requests")
        require_proof(request)
        values = self.parse(serializers.ReasonInput)
        return _asked(ask_export(actor=_person(request), user=user, **values))


class OwnErasureView(Endpoint):
    @extend_schema(
        operation_id="me_erasure_read",
        summary="Whether you are to be erased, and when",
        description="404 when you are not.",
        tags=["privacy"],
        responses=serializers.ErasureOutput,
    )
    def get(self, request: Request) -> Response:
        return Response(serializers.present_erasure(self._load(request)))

    @extend_schema(
        operation_id="me_erasure_ask",
        summary="Have your account erased",
        description="After some days in which you can take it back. It takes a fresh sign-in or proof.",
        tags=["privacy"],
        request=None,
        responses={201: serializers.ErasureOutput},
    )
    def post(self, request: Request) -> Response:
        require_proof(request)
        erasure = ask_erasure(actor=_person(request), user=_person(request))
        return self.created(serializers.present_erasure(erasure), reverse("api:privacy:own-erasure"))

    @extend_schema(
        operation_id="me_erasure_take_back",
        summary="Do not have your account erased after all",
        tags=["privacy"],
        responses={204: OpenApiResponse(description="Nothing will be erased.")},
    )
    def delete(self, request: Request) -> Response:
        take_back(actor=_person(request), erasure=self._load(request))
        return Response(status=204)

    def _load(self, request: Request) -> Erasure:
        erasure = open_erasure(_person(request))
        if erasure is None:
            raise Http404
        return erasure


class ErasuresView(Endpoint):
    permission_names = {"GET": "privacy.list_requests"}

    @extend_schema(
        operation_id="erasures_list",
        summary="People who are to be erased, or were",
        tags=["privacy"],
        responses=serializers.ErasureOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page_of(all_erasures(), lambda rows: [serializers.present_erasure(row) for row in rows])


class PersonErasureView(Endpoint):
    @extend_schema(
        operation_id="users_erase",
        summary="Have somebody erased",
        description="Names, addresses and all else that is personal go for good; what others count on stays. It takes a "
        "fresh sign-in or proof.",
        tags=["privacy"],
        request=serializers.EraseInput,
        responses={202: serializers.ErasureOutput},
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        self.require("privacy.list_requests")
        require_proof(request)
        erasure = ask_erasure(actor=_person(request), user=user, **self.parse(serializers.EraseInput))
        return Response(serializers.present_erasure(erasure), status=202)

    @extend_schema(
        operation_id="users_take_back_erasure",
        summary="Do not have somebody erased after all",
        tags=["privacy"],
        responses={204: OpenApiResponse(description="Nothing will be erased.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        user = get_visible(User, request.user, public_id=public_id)
        self.require("privacy.list_requests")
        erasure = open_erasure(user)
        if erasure is None:
            raise Http404
        take_back(actor=_person(request), erasure=erasure)
        return Response(status=204)


class RetentionsView(Endpoint):
    scope = "operations"
    permission_names = {"GET": "privacy.change_retention"}

    @extend_schema(
        operation_id="retention_list",
        summary="How long things are kept, and what a run would let go of",
        tags=["privacy"],
        responses=serializers.RetentionOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = all_retention()
        return self.page_of(rows, lambda page: [serializers.present_retention(rule) for rule in page])


class RetentionView(Endpoint):
    permission_names = {"GET": "privacy.change_retention", "PATCH": "privacy.change_retention"}

    @extend_schema(
        operation_id="retention_read",
        summary="The rule of a kind of data",
        tags=["privacy"],
        responses=serializers.RetentionOutput,
    )
    def get(self, request: Request, kind: str) -> Response:
        rule = retention(_known(kind))
        return self.versioned(serializers.present_retention(rule), rule.version)

    @extend_schema(
        operation_id="retention_change",
        summary="Change how long a kind of data is kept",
        tags=["privacy"],
        request=serializers.RetentionInput,
        responses=serializers.RetentionOutput,
    )
    def patch(self, request: Request, kind: str) -> Response:
        _known(kind)
        require_proof(request)
        values = self.parse(serializers.RetentionInput)
        version = self.version(values)
        rule = change_rule(actor=_person(request), kind=kind, version=version, **values)
        return self.versioned(serializers.present_retention(rule), rule.version)


class RetentionRunView(Endpoint):
    permission_names = {"POST": "privacy.change_retention"}

    @extend_schema(
        operation_id="retention_run",
        summary="Let go of what was kept long enough",
        description="With `before` exactly what the preview with that moment counted. It takes a fresh sign-in or proof.",
        tags=["privacy"],
        request=serializers.RunInput,
        responses=serializers.RunOutput,
    )
    def post(self, request: Request, kind: str) -> Response:
        _known(kind)
        require_proof(request)
        rows = run_rule(actor=_person(request), kind=kind, **self.parse(serializers.RunInput))
        return Response({"rows": rows})


def _known(kind: str) -> str:
    if kind not in RETENTION:
        raise Http404
    return kind
