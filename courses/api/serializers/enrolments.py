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


class GivenOutput(serializers.Serializer[Any]):
    time_factor = serializers.CharField(help_text=_("An exact decimal; 1.5 means half as much time again."))
    extra_attempts = serializers.IntegerField()
    extra_days = serializers.IntegerField()
    break_minutes = serializers.IntegerField()


class EnrolmentOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    user = MemberOutput()
    role = serializers.ChoiceField(choices=Role.choices)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    points = serializers.CharField(allow_null=True, help_text=_("An exact decimal; null for who is no student."))
    possible = serializers.CharField(allow_null=True, help_text=_("The points that this person can have."))
    accommodation = GivenOutput(
        allow_null=True,
        help_text=_("What counts for this student today; null for who does not look after the people of the course."),
    )
