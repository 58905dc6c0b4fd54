"""Several people at once, for programs: look at what would become of each, then do it."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.proof import require_proof
from accounts.enums import PeopleActionKind, PeopleActionState, RowVerdict, SiteRole
from accounts.models import PeopleAction, PeopleActionRow
from accounts.selectors.actions import action_counts, action_rows, chosen_people
from accounts.services.people_actions import MOST, apply_people_action, start_people_action
from core.api.views import Endpoint
from core.shortcuts import get_visible


class PeopleActionInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=PeopleActionKind.choices)
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST)
    reason = serializers.CharField(
        max_length=300, required=False, help_text=gettext_lazy("For suspend: each of them reads it.")
    )
    role = serializers.ChoiceField(choices=SiteRole.choices, required=False, help_text=gettext_lazy("For role."))
    course = serializers.CharField(
        max_length=100, required=False, help_text=gettext_lazy("For course: its code or address.")
    )
    course_role = serializers.CharField(max_length=30, required=False, help_text=gettext_lazy("Student if left out."))


class PeopleActionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    action = serializers.ChoiceField(choices=PeopleActionKind.choices)
    values = serializers.DictField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=PeopleActionState.choices)
    counts = serializers.DictField(child=serializers.IntegerField(), help_text=gettext_lazy("People by verdict."))
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class PeopleActionRowOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text=gettext_lazy("The person's."))
    name = serializers.CharField()
    verdict = serializers.ChoiceField(choices=RowVerdict.choices, allow_blank=True)
    reason = serializers.CharField(help_text=gettext_lazy("Why it is refused; else empty."))
    applied = serializers.BooleanField()


class PeopleActionsView(Endpoint):
    scope = "people"
    permission_names = {"POST": "accounts.add_peopleaction"}

    @extend_schema(
        operation_id="people_actions_create",
        summary="Look at a change to several people",
        description="Nothing is done to them. Many are looked at by a job: ask the address in `Location` until `state` is "
        "`ready`, look at the rows, then apply it.",
        tags=["users"],
        request=PeopleActionInput,
        responses={201: PeopleActionOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(PeopleActionInput)
        ids = {str(one) for one in values.pop("ids")}
        people = list(chosen_people(request.user, sorted(ids)))
        if unknown := ids - {str(user.public_id) for user in people}:
            raise ValidationError({"ids": [_("There is nobody with the id %(id)s.") % {"id": min(unknown)}]})
        action = start_people_action(actor=person_of(request), kind=values.pop("action"), people=people, **values)
        return self.created(_present(action), reverse("api:accounts:people-action", args=[action.public_id]))


class PeopleActionView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_actions_read",
        summary="One change to several people",
        tags=["users"],
        responses=PeopleActionOutput,
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(_present(get_visible(PeopleAction, request.user, public_id=public_id)))


class PeopleActionRowsView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_actions_rows",
        summary="What would become of each, or did",
        tags=["users"],
        responses=PeopleActionRowOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        action = get_visible(PeopleAction, request.user, public_id=public_id)
        return self.page_of(action_rows(action), _present_rows)


class PeopleActionApplyView(Endpoint):
    scope = "people"

    @extend_schema(
        operation_id="people_actions_apply",
        summary="Do it",
        description="Each with a verdict of its own. Roles ask for a fresh proof. 409 `action_done` the second time.",
        tags=["users"],
        request=None,
        responses=PeopleActionOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        action = get_visible(PeopleAction, request.user, public_id=public_id)
        if action.kind == PeopleActionKind.ROLE:
            require_proof(request)
        return Response(_present(apply_people_action(actor=person_of(request), action=action)))


def _present(action: PeopleAction) -> dict[str, Any]:
    names = ("values", "state", "created_at", "finished_at")
    return {
        "id": str(action.public_id),
        "action": action.kind,
        "counts": action_counts(action),
        **{name: getattr(action, name) for name in names},
    }


def _present_rows(rows: list[PeopleActionRow]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.user.public_id),
            "name": str(row.user),
            "verdict": row.verdict,
            "reason": row.reason,
            "applied": row.applied,
        }
        for row in rows
    ]
