"""Shapes of enrolments."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import Input
from courses.enums import (
    Role,
)


class EnrolmentFilter(Input):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    ended = serializers.BooleanField(required=False, help_text=_("true: those that ended; otherwise the current ones."))


class EnrolmentInput(Input):
    user = serializers.UUIDField(required=False, help_text=_("The person's id; without it, yourself."))
    email = serializers.EmailField(required=False, max_length=254, help_text=_("Instead of the id."))
    role = serializers.ChoiceField(choices=Role.choices, required=False)


class EnrolmentChanges(Input):
    role = serializers.ChoiceField(choices=Role.choices)


class MemberOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()


class EnrolmentOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    user = MemberOutput()
    role = serializers.ChoiceField(choices=Role.choices)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    points = serializers.CharField(allow_null=True, help_text=_("An exact decimal; null for who is no student."))
    possible = serializers.CharField(allow_null=True, help_text=_("The points that this person can have."))
