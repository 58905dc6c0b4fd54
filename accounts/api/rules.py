"""What signing in asks of each role."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.me import person_of
from accounts.api.proof import require_proof
from accounts.enums import SiteRole
from accounts.selectors.policies import SignInRule, policy_for
from accounts.services.policies import LIMITS, change_policy
from core.api.views import Endpoint


class SignInRuleOutput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=SiteRole.choices)
    second_factor = serializers.BooleanField()
    second_factor_since = serializers.DateTimeField(allow_null=True)
    grace_days = serializers.IntegerField()
    idle_minutes = serializers.IntegerField()
    kept_idle_minutes = serializers.IntegerField(help_text=_("For who chose to stay signed in, if it is more."))
    most_hours = serializers.IntegerField()
    version = serializers.IntegerField()


class SignInRuleInput(serializers.Serializer[Any]):
    second_factor = serializers.BooleanField(required=False)
    grace_days = serializers.IntegerField(
        required=False, min_value=LIMITS["grace_days"][0], max_value=LIMITS["grace_days"][1]
    )
    idle_minutes = serializers.IntegerField(
        required=False, min_value=LIMITS["idle_minutes"][0], max_value=LIMITS["idle_minutes"][1]
    )
    kept_idle_minutes = serializers.IntegerField(
        required=False, min_value=LIMITS["kept_idle_minutes"][0], max_value=LIMITS["kept_idle_minutes"][1]
    )
    most_hours = serializers.IntegerField(
        required=False, min_value=LIMITS["most_hours"][0], max_value=LIMITS["most_hours"][1]
    )
    version = serializers.IntegerField(required=False, min_value=1)


class SignInRuleView(Endpoint):
    scope = "people"
    permission_names = {"GET": "accounts.change_signinrules", "PATCH": "accounts.change_signinrules"}

    @extend_schema(
        operation_id="sign_in_rules_read", summary="The rule of a role", tags=["people"], responses=SignInRuleOutput
    )
    def get(self, request: Request, role: str) -> Response:
        return self._answer(policy_for(_known(role)))

    @extend_schema(
        operation_id="sign_in_rules_change",
        summary="Change the rule of a role",
        tags=["people"],
        request=SignInRuleInput,
        responses=SignInRuleOutput,
    )
    def patch(self, request: Request, role: str) -> Response:
        _known(role)
        require_proof(request)
        values = self.parse(SignInRuleInput)
        version = self.version(values)
        return self._answer(change_policy(actor=person_of(request), role=role, version=version, **values))

    def _answer(self, rule: SignInRule) -> Response:
        return self.versioned(SignInRuleOutput(rule).data, rule.version)


def _known(role: str) -> str:
    if role not in SiteRole.values:
        raise Http404
    return role
