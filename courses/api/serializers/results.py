"""Shapes of results."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from courses.api.serializers.enrolments import MemberOutput


class LessonResultOutput(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    category = serializers.CharField(help_text=_("Of the grading policy."))
    points = serializers.CharField()
    possible = serializers.CharField()
    tries = serializers.IntegerField()
    scored_at = serializers.DateTimeField(allow_null=True)


class ResultOutput(serializers.Serializer[Any]):
    enrolment = serializers.UUIDField()
    user = MemberOutput()
    points = serializers.CharField(help_text=_("An exact decimal."))
    possible = serializers.CharField(help_text=_("The points that this person can have."))
    percent = serializers.IntegerField()
    score_so_far = serializers.CharField(
        allow_null=True, help_text=_("By the grading policy, from 0 to 1: of what was tried. null without one.")
    )
    score_sure = serializers.CharField(allow_null=True, help_text=_("The score if nothing more is done."))
    passed = serializers.BooleanField(allow_null=True, help_text=_("Whether the pass mark is reached for certain."))
    lessons = LessonResultOutput(many=True)
