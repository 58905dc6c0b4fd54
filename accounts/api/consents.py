"""Policies and what one says to them, for programs."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.enums import ConsentWay, PolicyAsks, PolicyKind
from accounts.models import Consent, PolicyVersion
from accounts.selectors.consents import consents_of, due_policies, versions_in_force
from accounts.services.consents import answer_policies, change_policy_version, write_policy
from core.api.views import Endpoint


class PolicyOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PolicyKind.choices)
    number = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField(help_text=_("Markdown."))
    changes = serializers.CharField()
    asks = serializers.ChoiceField(choices=PolicyAsks.choices)
    asks_again = serializers.BooleanField()
    effective_from = serializers.DateTimeField()


_POLICY = ("kind", "number", "title", "text", "changes", "asks", "asks_again", "effective_from")


class PolicyChanges(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=150, required=False)
    text = serializers.CharField(max_length=100_000, required=False, help_text=_("Markdown."))
    changes = serializers.CharField(max_length=500, required=False, allow_blank=True)
    asks = serializers.ChoiceField(choices=PolicyAsks.choices, required=False)
    asks_again = serializers.BooleanField(required=False)
    effective_from = serializers.DateTimeField(required=False)


class PolicyInput(PolicyChanges):
    kind = serializers.ChoiceField(choices=PolicyKind.choices)
    title = serializers.CharField(max_length=150)
    text = serializers.CharField(max_length=100_000, help_text=_("Markdown."))
    effective_from = serializers.DateTimeField()


class DueOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PolicyKind.choices)
    number = serializers.IntegerField()
    title = serializers.CharField()
    is_required = serializers.BooleanField(help_text=_("Pages ask for it before going on; the API does not."))


class ConsentOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PolicyKind.choices)
    number = serializers.IntegerField()
    title = serializers.CharField()
    given = serializers.BooleanField()
    way = serializers.ChoiceField(choices=ConsentWay.choices)
    at = serializers.DateTimeField()


class ConsentsOutput(serializers.Serializer[Any]):
    due = DueOutput(many=True, help_text=_("What was not answered yet."))
    consents = ConsentOutput(many=True, help_text=_("What was said, the latest first; at most a hundred."))


class ConsentInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PolicyKind.choices)
    given = serializers.BooleanField()


class PoliciesView(Endpoint):
    scope = "account"
    permission_names = {"POST": "accounts.change_policies"}

    @extend_schema(
        operation_id="policies_list",
        summary="Policies, every version that is or was in force",
        tags=["policies"],
        responses=PolicyOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.page_of(versions_in_force(), lambda rows: [_policy(row) for row in rows])

    @extend_schema(
        operation_id="policies_create",
        summary="Write the next version of a policy",
        tags=["policies"],
        request=PolicyInput,
        responses={201: PolicyOutput},
    )
    def post(self, request: Request) -> Response:
        version = write_policy(actor=person_of(request), **self.parse(PolicyInput))
        return self.created(_policy(version), f"/api/v1/policies/{version.kind}/{version.number}/")


class PolicyView(Endpoint):
    scope = "account"
    permission_names = {"PATCH": "accounts.change_policies"}

    @extend_schema(
        operation_id="policies_read", summary="A version of a policy", tags=["policies"], responses=PolicyOutput
    )
    def get(self, request: Request, kind: str, number: int) -> Response:
        return Response(_policy(self._load(kind, number)))

    @extend_schema(
        operation_id="policies_change",
        summary="Change a version that is not in force yet",
        tags=["policies"],
        request=PolicyChanges,
        responses=PolicyOutput,
    )
    def patch(self, request: Request, kind: str, number: int) -> Response:
        version = self._load(kind, number)
        return Response(
            _policy(change_policy_version(actor=person_of(request), version=version, **self.parse(PolicyChanges)))
        )

    def _load(self, kind: str, number: int) -> PolicyVersion:
        may_write = self.request.user.has_perm("accounts.change_policies")
        rows = PolicyVersion.objects.all() if may_write else versions_in_force()
        return get_object_or_404(rows, kind=kind, number=number)


class OwnConsentsView(Endpoint):
    scope = "account"

    @extend_schema(
        operation_id="me_consents_read",
        summary="What you are asked to agree to, and what you said",
        tags=["me"],
        responses=ConsentsOutput,
    )
    def get(self, request: Request) -> Response:
        return Response(_state(person_of(request)))

    @extend_schema(
        operation_id="me_consents_answer",
        summary="Agree to the version of a policy that is in force, or take that back",
        tags=["me"],
        request=ConsentInput,
        responses=ConsentsOutput,
    )
    def post(self, request: Request) -> Response:
        values = self.parse(ConsentInput)
        person = person_of(request)
        answer_policies(actor=person, user=person, answers={values["kind"]: values["given"]}, way=ConsentWay.API)
        return Response(_state(person))


def _policy(version: PolicyVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in _POLICY}


def _state(person: Any) -> dict[str, Any]:
    due = [
        {"kind": policy.kind, "number": policy.number, "title": policy.title, "is_required": policy.required}
        for policy in due_policies(person)
    ]
    return {"due": due, "consents": [_consent(row) for row in consents_of(person)[:100]]}


def _consent(row: Consent) -> dict[str, Any]:
    return {
        "kind": row.version.kind,
        "number": row.version.number,
        "title": row.version.title,
        "given": row.given,
        "way": row.way,
        "at": row.at,
    }
