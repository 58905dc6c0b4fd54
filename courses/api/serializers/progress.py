"""Shapes of progress."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import Input
from courses.api.rows.progress import ROSTER_ORDERINGS
from courses.api.serializers.enrolments import MemberOutput
from courses.enums import (
    ProgressState,
)

LESSON_PROGRESS = ("not_started", *ProgressState.values)


class ProgressFilter(Input):
    course = serializers.SlugField(required=False, max_length=64)


class RosterFilter(Input):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text=_("Words of the name or email.")
    )
    ordering = serializers.ChoiceField(choices=list(ROSTER_ORDERINGS), required=False)


class CourseProgressOutput(serializers.Serializer[Any]):
    course = serializers.CharField(help_text=_("The course's slug."))
    lessons = serializers.IntegerField(help_text=_("How many lessons count."))
    done = serializers.IntegerField()
    percent = serializers.IntegerField()
    last_seen_at = serializers.DateTimeField(allow_null=True)


class StudentProgressOutput(serializers.Serializer[Any]):
    enrolment = serializers.UUIDField()
    user = MemberOutput()
    lessons = serializers.IntegerField(help_text=_("How many lessons count."))
    done = serializers.IntegerField()
    percent = serializers.IntegerField()
    last_seen_at = serializers.DateTimeField(allow_null=True)


class LessonProgressOutput(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[(state, state) for state in LESSON_PROGRESS])
    share = serializers.IntegerField(help_text=_("How much was read, in percent."))
    place = serializers.CharField(help_text=_("Where reading stopped: the id of a part of the page."))
    started_at = serializers.DateTimeField(allow_null=True)
    seen_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text=_("When the end was marked."))
    done_at = serializers.DateTimeField(allow_null=True)
